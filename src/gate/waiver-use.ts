import type { TargetRecord } from '../core/history.ts';
import { compareVersions } from '../core/version.ts';
import { coversSignature, inScope, type Waiver, waiverFault } from './waiver.ts';

/** What a waiver did in the releases that are known (V8). */
export interface WaiverUse {
  readonly id: string;
  /** Results that would have been red without it. */
  readonly used: number;
  readonly lastUsed: { readonly version: string; readonly at: number } | null;
  /** Releases in its scope that tested its scenario, newest first. */
  readonly tested: readonly string[];
  /** Not needed in the last three of them. */
  readonly removable: boolean;
  /** No known result is of its scenario and scope: a typo, or a scenario that is gone. */
  readonly matchesNothing: boolean;
  readonly expired: boolean;
}

const unusedBeforeRemoval = 3;

export const waiverUse = (
  waivers: readonly Waiver[],
  history: readonly TargetRecord[],
  now: number,
): WaiverUse[] => waivers.map(waiver => useOf(waiver, history, now));

const useOf = (waiver: Waiver, history: readonly TargetRecord[], now: number): WaiverUse => {
  const own = history
    .filter(target => inScope(waiver, { ...target, scenario: waiver.scenario, channels: [target.channel] }))
    .flatMap(target => target.results.map(result => ({ target, result })))
    .filter(({ result }) => result.scenario === waiver.scenario);
  const uses = own.filter(({ result }) => result.outcome !== 'passed' && coversSignature(waiver, result));
  const last = uses.reduce<(typeof uses)[number] | undefined>(
    (newest, one) => (newest === undefined || one.result.decidedAt > newest.result.decidedAt ? one : newest),
    undefined,
  );
  const tested = [...new Set(own.map(one => one.target.version))].sort((a, b) => compareVersions(b, a));
  const recent = tested.slice(0, unusedBeforeRemoval);
  return {
    id: waiver.id,
    used: uses.length,
    lastUsed: last === undefined ? null : { version: last.target.version, at: last.result.decidedAt },
    tested,
    removable:
      recent.length === unusedBeforeRemoval && !uses.some(one => recent.includes(one.target.version)),
    matchesNothing: own.length === 0,
    expired: waiverFault(waiver, now, false) !== undefined,
  };
};
