import { KolaError } from '../../core/errors.ts';
import { canonicalJson, sha256Of } from '../canonical.ts';
import { decide, type Verdict } from '../verdict.ts';
import { readEvidence } from './evidence.ts';
import { chainFaults, type DecisionRecord, openingOf, parseRecord, parseUnchecked } from './record.ts';
import { readRecordText } from './record-file.ts';
import { checkSignature, type SignatureState, type TrustedKeys } from './signature.ts';

export interface Replay {
  readonly verdict: Verdict;
  /** The bytes are the ones that the record was opened with. */
  readonly same: boolean;
  readonly recorded: string;
  readonly computed: string;
}

/** `kola gate replay`: computes the verdict again from the frozen evidence and compares it byte for byte. */
export const replay = async (file: string): Promise<Replay> => {
  const record = parseRecord(file, await readRecordText(file));
  const verdict = decide(await readEvidence(file, record));
  const recorded = openingOf(record).verdict.hash;
  const computed = sha256Of(canonicalJson(verdict));
  return { verdict, same: recorded === computed, recorded, computed };
};

export interface DecisionCheck {
  readonly record: DecisionRecord;
  /** Empty = the record is what it was when it was written. */
  readonly problems: readonly string[];
  readonly signatures: readonly {
    readonly entry: number;
    readonly by: string;
    readonly state: SignatureState;
    readonly detail: string;
  }[];
}

/** `kola gate verify`: chain, evidence and signatures. Does not throw for what it is there to find. */
export const verifyRecord = async (file: string, trusted: TrustedKeys = {}): Promise<DecisionCheck> => {
  const record = parseUnchecked(file, await readRecordText(file));
  const problems = chainFaults(record);
  const evidence = await readEvidence(file, record).then(
    () => undefined,
    (error: unknown) => (error instanceof KolaError ? error.message : Promise.reject(error)),
  );
  if (evidence !== undefined) problems.push(evidence);
  const signatures = [];
  for (const { n, hash, signature } of record.entries) {
    if (signature === undefined) continue;
    const { state, detail } = await checkSignature(signature, hash, trusted);
    signatures.push({ entry: n, by: signature.by, state, detail });
    if (state === 'invalid')
      problems.push(`the signature of entry ${n} by ${signature.by} is not valid: ${detail}`);
  }
  return { record, problems, signatures };
};
