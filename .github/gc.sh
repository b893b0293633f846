#!/usr/bin/env bash
# Destroys what runs left on each of their platforms; a platform without an account has nothing to look through. The runs
# are RUN_ID, or those whose folders lie in PARTS: a part of a release is several.
set -euo pipefail
runs=()
[[ -z ${RUN_ID:-} ]] || runs+=("$RUN_ID")
for log in ${PARTS:+"$PARTS"/*/events.ndjson}; do
  [[ ! -e $log ]] || runs+=("$(sed -n '1s/.*"run":"\([^"]*\)".*/\1/p' "$log")")
done
status=0
IFS=, read -ra platforms <<<"${PLATFORM:?}"
for platform in "${platforms[@]}"; do
  [[ $platform != qemu ]] || continue
  for run in "${runs[@]}"; do
    node "${KOLA_ACTION:?}/bin/kola.js" gc "--platform=$platform" "--run=${run:?}" || status=$?
  done
done
exit "$status"
