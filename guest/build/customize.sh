#!/bin/sh
# customize.sh ROOT RECIPE OUT ARCH IMITATES VERSION
# Arranges a freshly installed Debian tree the Flatcar way. Runs as (real or mapped) root from a hook of mmdebstrap, so every
# owner it sets is the one that ends up in the image. Leaves everything the running system needs below ROOT/usr.
set -eu
root=$1 recipe=$2 out=$3 arch=$4 imitates=$5 version=$6
# The lines of a list that are for this architecture: those without "[arch]" at their end, and those with ours.
lines() { sed -e 's/[[:space:]]*#.*//' -e "s/[[:space:]]*\[$arch\]$//" -e '/\]$/d' "$1" | grep . ; }

# The kernel, straight from its package: its dependencies would only bring an initramfs generator we do not use.
mkdir -p "$out/kernel"
dpkg-deb -x "$out"/linux-image-*.deb "$out/kernel"
kver=$(ls "$out/kernel/lib/modules")
cp -a "$out/kernel/lib/modules/$kver" "$root/usr/lib/modules.new"
mkdir -p "$root/usr/lib/modules"
mv "$root/usr/lib/modules.new" "$root/usr/lib/modules/$kver"
cp "$out/kernel/boot/vmlinuz-$kver" "$root/usr/lib/modules/$kver/vmlinuz"
cp "$out/kernel/boot/config-$kver" "$root/usr/lib/modules/$kver/config"
rm -rf "$out/kernel"
(cd "$root/usr/lib/modules/$kver/kernel" && rm -rf drivers/gpu drivers/media sound drivers/infiniband drivers/staging)
chroot "$root" depmod "$kver"

# Users and groups: core as Flatcar has it, nobody else with a shell.
chroot "$root" groupadd -g 500 core
chroot "$root" groupadd -g 233 sudo 2>/dev/null || true
chroot "$root" groupadd -r wheel
for group in docker systemd-journal; do chroot "$root" groupadd -rf "$group"; done
chroot "$root" useradd -u 500 -g core -G sudo,docker,systemd-journal,wheel -c 'Flatcar Admin' -d /home/core -m -s /bin/bash -p '*' core
chroot "$root" usermod -p '*' root
for user in $(cut -d: -f1 "$root/etc/passwd"); do
  case $user in
    root | core) shell=/bin/bash ;;
    sync) shell=/bin/sync ;;
    *) shell=/sbin/nologin ;;
  esac
  sed -i "s|^\($user:.*:\)[^:]*$|\1$shell|" "$root/etc/passwd"
done

# Start-up: only what wants.txt says.
units=$root/usr/lib/systemd/system
cp "$root/usr/share/systemd/tmp.mount" "$units/"
rm -rf "$root/etc/systemd/system" "$root/etc/systemd/user" "$units"/*.target.wants "$root/usr/lib/systemd/user"/*.target.wants
mkdir -p "$root/etc/systemd/system" "$root/etc/systemd/user"
generators=$root/usr/lib/systemd/system-generators
for generator in gpt-auto sysv rc-local hibernate-resume integritysetup veritysetup system-update run getty; do
  rm -f "$generators/systemd-$generator-generator"
done
rm -f "$generators/selinux-autorelabel-generator.sh"
lines "$recipe/masked.txt" | while read -r unit; do ln -sf /dev/null "$units/$unit"; done
mv "$root/usr/bin/cgpt" "$root/cgpt.real"
cp -r --preserve=mode "$recipe/overlay/." "$root/"
mv "$root/cgpt.real" "$root/usr/libexec/kola/cgpt"
lines "$recipe/wants.txt" | while read -r target unit; do
  mkdir -p "$units/$target.wants"
  real=$unit
  case $unit in *@*.service) real="${unit%%@*}@.service" ;; esac
  [ -e "$units/$real" ] || { echo "wants.txt: no such unit $unit" >&2; exit 1; }
  ln -sf "../$real" "$units/$target.wants/$unit"
done
ln -sf multi-user.target "$units/default.target"
# Name resolution and the clock are not needed before the first login.
for unit in systemd-resolved systemd-timesyncd; do
  sed -i -e 's/^\(Before=.*\)sysinit.target/\1/' -e '/^DefaultDependencies=/d' "$units/$unit.service"
  sed -i -e '/^Before=[[:space:]]*$/d' "$units/$unit.service"
done
# The network is what the first login waits for: it needs neither udev's nor sysctl's start (the initrd left the card ready).
sed -i -e '/^After=/s/ systemd-udevd.service//' -e '/^After=/s/ systemd-sysctl.service//' -e '/^After=/s/ systemd-sysusers.service//' \
  "$units/systemd-networkd.service"
for bus in resolve1:resolved timesync1:timesyncd network1:networkd; do
  ln -sf "systemd-${bus#*:}.service" "$units/dbus-org.freedesktop.${bus%%:*}.service"
done

# Logins: no session manager per login (two seconds under emulation), no mail, no message of the day.
sed -i -e '/pam_systemd.so/d' "$root/etc/pam.d/common-session"
for service in sshd login su; do
  sed -i -e '/pam_motd.so/d' -e '/pam_mail.so/d' -e '/pam_lastlog.so/d' "$root/etc/pam.d/$service" 2>/dev/null || true
done
# Programs of administrators are found by name over SSH, whatever sshd_config becomes.
echo 'session required pam_env.so envfile=/usr/share/flatcar/login-environment' >> "$root/etc/pam.d/sshd"
sed -i -e '/^#\?[[:space:]]*SHELL=/d' -e '$aSHELL=/bin/bash' "$root/etc/default/useradd"
sed -i 's/^hosts:.*/hosts: files myhostname dns/' "$root/etc/nsswitch.conf"
printf '/bin/sh\n/bin/bash\n/sbin/nologin\n' > "$root/etc/shells"
printf '127.0.0.1\tlocalhost\n::1\t\tlocalhost\n' > "$root/etc/hosts"
: > "$root/etc/fstab"
chmod 440 "$root/etc/sudoers.d/flatcar"

# Who we are, in plain words: never Flatcar.
cat > "$root/usr/lib/os-release" <<RELEASE
ID=kola-reference
ID_LIKE=debian
NAME="kola reference guest (not Flatcar)"
PRETTY_NAME="kola reference guest (not Flatcar), Debian 12 arranged like Flatcar $imitates"
VERSION=$version
VERSION_ID=${version%%+*}
BUILD_ID=${version#*+}
FLATCAR_IMITATES=$imitates
RELEASE
ln -sf ../usr/lib/os-release "$root/etc/os-release"
mkdir -p "$root/usr/share/flatcar" "$root/usr/lib/flatcar" "$root/etc/flatcar"
printf 'KOLA_REFERENCE_VERSION=%s\nFLATCAR_IMITATES=%s\n' "$version" "$imitates" > "$root/usr/share/flatcar/release"
ln -s flatcar "$root/usr/share/coreos"
ln -s flatcar "$root/usr/lib/coreos"
ln -s flatcar "$root/etc/coreos"
mkdir -p "$root/oem"
ln -s ../../oem "$root/usr/share/oem"
ln -sf /proc/self/mounts "$root/etc/mtab"

# Ignition lives where the initrd units call it.
mkdir -p "$root/usr/lib/ignition"
mv "$root/usr/lib/dracut/modules.d/30ignition/ignition" "$root/usr/bin/ignition"
cp -r "$root/usr/lib/dracut/modules.d/30ignition" "$root/usr/share/flatcar/ignition-units"

# /usr must not lead through /etc: a choice among alternatives is made here, once.
find "$root/usr" -type l -lname '/etc/alternatives/*' | while read -r link; do
  target=$(chroot "$root" readlink -f "${link#"$root"}" || true)
  if [ -n "$target" ]; then ln -sf "$target" "$link"; else rm -f "$link"; fi
done
rm -rf "$root/etc/alternatives"

# Last: what Flatcar does not have.
lines "$recipe/remove.txt" | while read -r glob; do
  (cd "$root" && eval "rm -rf -- $glob")
done
# Scripts whose interpreter is gone.
grep -rlIE '^#!.*(perl|python)' "$root/usr/bin" "$root/usr/sbin" | while read -r file; do rm -f "$file"; done
allowed=' chage chfn chsh expiry gpasswd mount mount.nfs newgidmap newgrp newuidmap passwd pkexec su sudo umount unix_chkpwd polkit-agent-helper-1 '
find "$root/usr" -xdev -type f -perm /6000 | while read -r file; do
  case $allowed in *" ${file##*/} "*) ;; *) chmod ug-s "$file" ;; esac
done
# As on Flatcar: set-uid root, not set-gid shadow.
chmod u+s,g-s "$root/usr/sbin/unix_chkpwd"
find "$root/usr" "$root/etc" "$root/var" -xdev -name '*[[:space:][:cntrl:]]*' -exec rm -rf {} +
# Links that lead nowhere now (to /proc and /run is somewhere).
chroot "$root" find /etc /usr -xtype l ! -lname '/proc/*' ! -lname '/run/*' ! -lname /dev/null -exec rm -f {} +

# Everything the running system keeps elsewhere starts as a skeleton in /usr: /etc as the lower layer of an overlay, the rest
# as a tree the initrd copies to an empty root file system.
skeleton=$root/usr/share/flatcar/rootfs
mkdir -p "$skeleton"
mv "$root/etc" "$root/usr/share/flatcar/etc"
mkdir -p "$skeleton/etc" "$skeleton/boot" "$skeleton/dev" "$skeleton/home" "$skeleton/media" "$skeleton/mnt" "$skeleton/oem" \
  "$skeleton/opt" "$skeleton/proc" "$skeleton/run" "$skeleton/srv" "$skeleton/sys" "$skeleton/tmp" "$skeleton/usr"
mkdir -m 700 "$skeleton/root"
mv "$root/var" "$skeleton/var"
mv "$root/home/core" "$skeleton/home/core"
rm -rf "$skeleton/var/tmp" "$skeleton/var/mail" "$skeleton/var/spool/mail" "$skeleton/var/local" "$skeleton/var/lock" "$skeleton/var/run"
mkdir -p "$skeleton/var/log/journal" "$skeleton/var/cache" "$skeleton/var/lib/kola"
# What would be a dead link or a sticky folder in here is made by the initrd's populate-root.
mkdir -p "$skeleton/var/tmp"
mkdir -p "$root/etc" "$root/var"
