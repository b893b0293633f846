#!/usr/bin/env bash
# Lets the runner's user open /dev/kvm, and finds out whether that was enough: opening it is the test.
set -euo pipefail
device=${KVM_DEVICE:-/dev/kvm}

if [[ ! -w $device && -e $device ]]; then
  rule='KERNEL=="kvm", GROUP="kvm", MODE="0666", OPTIONS+="static_node=kvm"'
  echo "$rule" | sudo tee /etc/udev/rules.d/99-kvm4all.rules >/dev/null
  sudo udevadm control --reload-rules
  sudo udevadm trigger --name-match=kvm --settle
fi
# A device only: opening a name that is not there would make it a file.
if [[ -c $device ]] && (: <>"$device") 2>/dev/null; then
  echo "Found $device open to this user"
elif [[ ${ALLOW_TCG:-false} == true ]]; then
  echo "::notice title=No KVM::$device cannot be opened: machines are emulated, and slow"
else
  echo "::error title=No KVM::$device cannot be opened on this runner; allow-tcg: true emulates instead"
  exit 2
fi
