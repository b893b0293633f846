#!/usr/bin/env bash
# Outputs, summary and comment of a run folder. A run that never began left none: nothing to publish.
set -euo pipefail
if [[ ! -e ${FOLDER:?}/events.ndjson ]]; then
  echo "Found no events in $FOLDER: the run never began"
  exit 0
fi
args=(publish "$FOLDER" "--label=${LABEL:-report}")
[[ ${COMMENT:-false} != true ]] || args+=(--comment)
exec node "${KOLA_ACTION:?}/bin/kola.js" github "${args[@]}"
