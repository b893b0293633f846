import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { HarnessError } from '../core/errors.ts';
import { brandId, type RunId } from '../core/ids.ts';
import type { Created, Ledger, OwnedResource, ResourceIntent } from '../core/ledger.ts';

const lineSchema = z.discriminatedUnion('step', [
  z.strictObject({
    step: z.literal('intent'),
    entry: z.string(),
    platform: z.string(),
    kind: z.string(),
    name: z.string(),
    machine: z.string().optional(),
    detail: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({
    step: z.literal('created'),
    entry: z.string(),
    id: z.string(),
    detail: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({ step: z.literal('released'), entry: z.string() }),
]);
type Line = z.infer<typeof lineSchema>;

/** The ledgers of all platforms of one run, in one append-only file that is on disk before anything is created. */
export interface LedgerFile {
  /** The ledger as one platform's adapter sees it. */
  for(platform: string): Ledger;
  open(): readonly OwnedResource[];
  close(): void;
}

export const openLedgerFile = (path: string, run: RunId): LedgerFile => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const entries = existsSync(path) ? readLedger(path, run) : new Map<string, OwnedResource>();
  const file = openSync(path, 'a', 0o600);
  let counter = entries.size;

  const write = (line: Line): void => {
    try {
      writeSync(file, `${JSON.stringify(line)}\n`);
      fsyncSync(file);
    } catch (error) {
      throw new HarnessError('ledger', `the ledger ${path} cannot be written: ${String(error)}`, {
        hint: 'nothing is created without it; free space there',
        cause: error,
      });
    }
    apply(entries, line, run);
  };

  const own = async <T>(platform: string, intent: ResourceIntent, create: () => Promise<Created<T>>) => {
    counter += 1;
    const entry = `${platform}-${counter}`;
    const { kind, name, machine, detail: known } = intent;
    write({
      step: 'intent',
      entry,
      platform,
      kind,
      name,
      ...(machine === undefined ? {} : { machine }),
      ...(known === undefined ? {} : { detail: { ...known } }),
    });
    const { id, value, detail } = await create();
    write({ step: 'created', entry, id, ...(detail === undefined ? {} : { detail: { ...detail } }) });
    return { entry, value };
  };

  const release = async (entry: string): Promise<void> => {
    if (entries.has(entry)) write({ step: 'released', entry });
  };

  return {
    for: platform => ({
      own: (intent, create) => own(platform, intent, create),
      release,
      open: () => [...entries.values()].filter(resource => resource.platform === platform),
    }),
    open: () => [...entries.values()],
    close: () => closeSync(file),
  };
};

/** Reads what a run, maybe a dead one, still owns. A torn last line is what a crash leaves: it is passed over. */
export const readLedger = (path: string, run: RunId): Map<string, OwnedResource> => {
  const entries = new Map<string, OwnedResource>();
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    const line = parseLine(text);
    if (line !== undefined) apply(entries, line, run);
  }
  return entries;
};

const parseLine = (text: string): Line | undefined => {
  try {
    return lineSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
};

const apply = (entries: Map<string, OwnedResource>, line: Line, run: RunId): void => {
  const known = entries.get(line.entry);
  if (line.step === 'intent') {
    const { entry, platform, kind, name, machine, detail } = line;
    entries.set(entry, {
      run,
      entry,
      platform,
      kind,
      name,
      ...(machine === undefined ? {} : { machine: brandId(machine) }),
      ...(detail === undefined ? {} : { detail }),
    });
  } else if (line.step === 'released') entries.delete(line.entry);
  else if (known !== undefined)
    entries.set(line.entry, {
      ...known,
      id: line.id,
      ...(line.detail === undefined ? {} : { detail: { ...known.detail, ...line.detail } }),
    });
};
