#!/bin/sh
# fetch-kernel.sh META-PACKAGE OUT: downloads the kernel package the meta package stands for, without installing it.
set -eu
meta=$1 out=$2
mkdir -p "$out"
cd "$out"
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
package=$(apt-cache depends "$meta" | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n1)
[ -n "$package" ] || { echo "no kernel package behind $meta" >&2; exit 1; }
apt-get -qq download "$package" 2>/dev/null
