#!/usr/bin/env bash
# Joins the parts of a release, keeps them in the history and lets the gate speak. Ends as the gate says, and on GO, or when
# no verdict was asked for, as the tests did.
set -euo pipefail
kola=(node "${KOLA_ACTION:?}/bin/kola.js")
# GitHub drops a summary above 1 MiB: the verdict has a quarter of it, the tests what is left.
verdict_limit=$((256 * 1024))

run=0
"${kola[@]}" merge "${PARTS:?}"/*/ "--output-dir=${FOLDER:?}" || run=$?
# Without a merged log there is nothing to say; the message is there.
[[ -e $FOLDER/events.ndjson ]] || exit "$run"
if [[ -e $FOLDER/release-facts.json ]]; then
  "${kola[@]}" import release "$FOLDER/release-facts.json"
fi
"${kola[@]}" import "$FOLDER"

gate=0
if [[ ${VERDICT:-true} == true ]]; then
  args=("--channel=${CHANNEL:?}" "--version=${VERSION:?}")
  [[ -z ${PREVIOUS:-} ]] || args+=("--previous=$PREVIOUS")
  "${kola[@]}" gate "${args[@]}" --markdown >"$FOLDER/verdict.md" || gate=$?
  head -c "$verdict_limit" "$FOLDER/verdict.md" >>"${GITHUB_STEP_SUMMARY:?}"
  case $gate in
    0) word=GO ;;
    7) word=NO-GO ;;
    8) word=UNDECIDED ;;
    *) exit "$gate" ;;
  esac
  echo "gate=$word" >>"${GITHUB_OUTPUT:?}"
  echo "The gate says $word on ${CHANNEL} ${VERSION}"
fi
"${kola[@]}" github publish "$FOLDER" --annotate
exit $((gate != 0 ? gate : run))
