import type { WaiversModel } from '../../../reports/dashboard/model.ts';
import type { TargetRecord } from '../../core/history.ts';
import type { CauseKind, Outcome } from '../../core/outcome.ts';
import type { Arch, ImageKind } from '../../core/target.ts';
import type { Waiver } from '../../gate/waiver.ts';
import { waiverUse } from '../../gate/waiver-use.ts';
import type { ScenarioResult } from '../../store/queries/scenario.ts';
import type { Moment } from '../site.ts';
import { historyOf } from './scenario.ts';

/** More results than three releases of any scenario have. */
const resultsRead = 3000;

/** V8. */
export const loadWaivers = async (moment: Moment): Promise<WaiversModel> => {
  const issues = await moment.history.issues();
  return {
    rows: await Promise.all(
      moment.waivers.map(async waiver => {
        const history = (await historyOf(moment, waiver.scenario, resultsRead)).map(one =>
          targetWith(waiver.scenario, one),
        );
        const [use] = waiverUse([waiver], history, moment.at);
        return {
          id: waiver.id,
          scenario: waiver.scenario,
          scope: scopeOf(waiver),
          signature: waiver.signature,
          tracker: waiver.tracker,
          issue: issues.find(issue => issue.url === waiver.tracker)?.state ?? null,
          reason: waiver.reason,
          author: waiver.author,
          approver: waiver.approver ?? null,
          expires: waiver.expires,
          expired: use?.expired ?? false,
          used: use?.used ?? 0,
          lastUsed: use?.lastUsed ?? null,
          removable: use?.removable ?? false,
          matchesNothing: use?.matchesNothing ?? true,
        };
      }),
    ),
  };
};

const scopeOf = ({ platforms, arches, channels, versions }: Waiver): string =>
  `${platforms.join(', ')} on ${arches.join(', ')}; ${channels.join(', ')}; ${versions.from} to before ${versions.until}`;

/** One result as a target of its own: the use of a waiver asks for nothing else. */
const targetWith = (scenario: string, one: ScenarioResult): TargetRecord => ({
  run: one.run,
  platform: one.platform,
  arch: one.arch as Arch,
  variant: one.variant,
  channel: one.channel,
  version: one.version,
  digest: 'unknown',
  kind: one.kind as ImageKind,
  startedAt: one.decidedAt,
  ended: true,
  provenance: one.provenance === 'run' ? 'run' : 'imported',
  synthetic: one.synthetic,
  policy: null,
  embargoed: false,
  planned: [scenario],
  results: [
    {
      scenario,
      copy: one.copy,
      outcome: one.outcome as Outcome,
      cause: one.cause as CauseKind | null,
      code: null,
      signature: one.signature,
      message: one.message,
      rule: one.rule,
      attempts: one.attempts,
      decidedAt: one.decidedAt,
      took: one.took,
      boot: one.boot,
    },
  ],
});
