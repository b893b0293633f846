#!/usr/bin/env bash
# Lays a release out for the matrix of a workflow: what runs on the runner itself, and what needs accounts of clouds.
set -euo pipefail
args=("--channel=${CHANNEL:?}" "--version=${VERSION:?}" "--shards=${SHARDS:-1}" --json)
[[ -z ${PLATFORMS:-} ]] || args+=("--platform=$PLATFORMS")
[[ -z ${PREVIOUS:-} ]] || args+=("--previous=$PREVIOUS")
# Nothing that can be run here is a plan, too.
status=0
plan=$(node "${KOLA_ACTION:?}/bin/kola.js" plan "${args[@]}") || status=$?
((status == 0 || status == 4)) || exit "$status"
node -e '
  const { version, matrix, totals } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  const of = account => JSON.stringify(matrix.filter(entry => entry.account === account));
  process.stdout.write(`version=${version}\nlocal=${of(false)}\nclouds=${of(true)}\n`);
  process.stderr.write(`Planned ${totals.scenarios} scenarios, ${totals.machineHours} machine hours, ${totals.cost} USD\n`);
' <<<"$plan" >>"${GITHUB_OUTPUT:?}"
