#!/bin/sh
# fetch-grub.sh PACKAGE OUT: GRUB's modules for an architecture whose package Debian has only in that architecture, as OUT/grub.tar.
set -eu
package=$1 out=$2
mkdir -p "$out/grub"
cd "$out"
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
apt-get -qq download "$package" 2>/dev/null
dpkg-deb -x "$package"_*.deb grub
tar -C grub/usr/lib/grub -cf grub.tar .
