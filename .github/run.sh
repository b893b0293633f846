#!/usr/bin/env bash
# Runs kola with the inputs of the action, which come as variables: none of them is ever shell code.
set -euo pipefail
folder=${RUNNER_TEMP:?}/kola-run-${GITHUB_JOB:-job}-$$
echo "folder=$folder" >>"${GITHUB_OUTPUT:?}"

args=("--platform=${PLATFORM:-qemu}" "--output-dir=$folder" "--parallel=${PARALLEL:-auto}" "--retries=${RETRIES:-1}")
[[ -z ${IMAGE:-} ]] || args+=("--image=$IMAGE")
[[ -z ${ARCH:-} ]] || args+=("--board=$ARCH")
[[ -z ${CHANNEL:-} ]] || args+=("--channel=$CHANNEL")
[[ -z ${TAG:-} ]] || args+=("--tag=$TAG")
[[ -z ${SHARD:-} ]] || args+=("--shard=$SHARD")
[[ ${FAIL_ON_FLAKY:-false} != true ]] || args+=(--flaky-budget=0)
# Globs are kola's to read, not the shell's.
set -f
# shellcheck disable=SC2206
tests=(${TESTS:-})
exec node "${KOLA_ACTION:?}/bin/kola.js" run "${args[@]}" -- "${tests[@]}"
