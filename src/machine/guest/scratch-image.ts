import type { Machine } from '../../core/machine.ts';

/** Shell that puts the binaries and the libraries `ldd` names into a folder and imports that as an image. */
export const scratchImageScript = (name: string, binaries: readonly string[]): string => `set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for binary in ${binaries.join(' ')}; do
  path=$(type -P "$binary") || { echo "no $binary on this machine" >&2; exit 1; }
  cp --parents --dereference "$path" "$folder"
  # A static binary has no libraries: ldd says so and fails.
  ldd "$path" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
    cp --parents --dereference "$library" "$folder"
  done || true
done
mkdir -p "$folder/tmp" "$folder/proc" "$folder/sys" "$folder/dev"
# Containers do not run as whoever made the folder.
tar -C "$folder" --owner=0 --group=0 --mode=go+rX -c . | docker import - ${name} >/dev/null
docker image inspect ${name} >/dev/null
`;

/**
 * Makes a container image of binaries that the machine has, so that no registry is needed. It is imported rather
 * than built: a builder may be an extra that the image lacks.
 */
export const makeScratchImage = async (
  machine: Machine,
  name: string,
  binaries: readonly string[],
): Promise<void> => {
  await machine.run('bash -s', { input: scratchImageScript(name, binaries), timeout: 300_000 });
};
