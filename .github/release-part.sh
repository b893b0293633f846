#!/usr/bin/env bash
# Runs one part of a release. It is judged when all parts are together: see verdict.sh.
set -euo pipefail
folder=${RUNNER_TEMP:?}/kola-part-${GITHUB_JOB:-job}-$$
echo "folder=$folder" >>"${GITHUB_OUTPUT:?}"

args=("--channel=${CHANNEL:?}" "--version=${VERSION:?}" "--platform=${PLATFORM:?}" "--arch=${ARCH:?}")
args+=("--shard=${SHARD:-1/1}" "--output-dir=$folder" --no-verdict)
# On the runner itself cores and memory are the limit, in an account its quota is.
[[ ${ACCOUNT:-false} != true ]] || args+=("--parallel=${PARALLEL:?}")
[[ -z ${PREVIOUS:-} ]] || args+=("--previous=$PREVIOUS")
[[ -z ${MAX_COST:-} ]] || args+=("--max-cost=$MAX_COST")
exec node "${KOLA_ACTION:?}/bin/kola.js" release "${args[@]}"
