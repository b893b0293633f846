#!/usr/bin/env bash
# Destroys what one run left on each of its platforms; a platform without an account has nothing to look through.
set -euo pipefail
status=0
IFS=, read -ra platforms <<<"${PLATFORM:?}"
for platform in "${platforms[@]}"; do
  [[ $platform == qemu ]] || node "${KOLA_ACTION:?}/bin/kola.js" gc "--platform=$platform" "--run=${RUN_ID:?}" || status=$?
done
exit "$status"
