import type { FileChangesView } from '../../../reports/dashboard/model.ts';
import { diffContents } from '../../gate/compare/contents.ts';
import { releaseLists } from '../../store/import/release-files.ts';
import type { Moment } from '../site.ts';
import type { ReleaseState } from './release-state.ts';

const shown = 200;

/** What came, went or moved among the files of the image since the previous release. */
export const fileChanges = async (
  moment: Moment,
  { rules, input }: ReleaseState,
): Promise<FileChangesView[]> => {
  if (input.previous === undefined) return [];
  const [before, after] = await Promise.all(
    [input.previous.version, input.candidate.version].map(version =>
      releaseLists(moment.store, rules.names, version, 'contents'),
    ),
  );
  return rules.arches.flatMap(({ arch }) => {
    const [old, fresh] = [before?.get(arch), after?.get(arch)];
    if (old === undefined || fresh === undefined) return [];
    const changes = diffContents(old, fresh);
    const counts: Record<string, number> = {};
    for (const { kind } of changes) counts[kind] = (counts[kind] ?? 0) + 1;
    return [
      {
        arch,
        counts,
        // A file whose mode and size changed is there twice.
        delta: [...new Map(changes.map(one => [one.path, one.delta])).values()].reduce((a, b) => a + b, 0),
        changes: changes.toSorted((a, b) => Math.abs(b.delta) - Math.abs(a.delta)).slice(0, shown),
      },
    ];
  });
};
