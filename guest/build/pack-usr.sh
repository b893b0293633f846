#!/bin/sh
# pack-usr.sh ROOT OUT: the file system of /usr, as OUT/usr.squashfs. Where the tree has an SELinux policy, each file gets
# its label from the packing program: only a real root could write labels into the tree.
set -eu
root=$1 out=$2
policy=$root/usr/share/flatcar/etc/selinux/default
if [ ! -e "$policy" ]; then
  mksquashfs "$root/usr" "$out/usr.squashfs" -comp lz4 -no-progress -quiet -no-xattrs
  exit 0
fi
contexts=$policy/contexts/files/file_contexts
labels=$out/labels
cat "$contexts" "$contexts.homedirs" > "$out/contexts"
# Paths begin below /usr here. The last line that matches a path counts, so the general ones come first: /usr, then what
# the initrd copies to ROOT, then the lower layer of /etc.
{
  sed -n -e 's|^/usr(/\.\*)?|/.*|p;t' -e 's|^/usr[[:space:]]|/ |p;t' -e 's|^/usr\([/(]\)|\1|p' "$out/contexts"
  sed -n -e 's|^/|/share/flatcar/rootfs/|p' "$out/contexts"
  sed -n -e 's|^/etc|/share/flatcar/etc|p' "$out/contexts"
} > "$labels"
sed -n -e 's|^/etc\(/[^[:space:]]*\)[[:space:]][[:space:]]*/usr/|/share/flatcar/etc\1 /|p;t' \
  -e 's|^/usr\(/[^[:space:]]*\)[[:space:]][[:space:]]*/usr/|\1 /|p' "$contexts.subs_dist" > "$labels.subs_dist"
# Not lz4: what gensquashfs 1.2 makes with that, unsquashfs cannot read. And sqfstar would leave the root without a label.
gensquashfs --quiet --force --keep-time --compressor zstd --comp-extra level=3 --selinux "$labels" \
  --pack-dir "$root/usr" "$out/usr.squashfs"
