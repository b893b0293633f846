/**
 * What came of sabotaging a scenario. `unsound`: it does not even pass without the fault. `blocked`: it could not
 * be tried, which says nothing. `undeclared`: there is no sabotage. `notrun`: its turn did not come.
 */
export const proofVerdicts = [
  'proven',
  'still-passed',
  'other-cause',
  'unsound',
  'blocked',
  'undeclared',
  'notrun',
] as const;
export type ProofVerdict = (typeof proofVerdicts)[number];

/** As tables and summaries write it. */
export const proofWords: Readonly<Record<ProofVerdict, string>> = {
  proven: 'failed as stated',
  'still-passed': 'still passed',
  'other-cause': 'failed for another cause',
  unsound: 'failed without sabotage',
  blocked: 'blocked',
  undeclared: 'none declared',
  notrun: 'not run',
};

/** Verdicts that say a scenario's green means nothing. */
export const disproves = (verdict: ProofVerdict): boolean =>
  verdict === 'still-passed' || verdict === 'other-cause' || verdict === 'unsound';
