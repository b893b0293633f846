import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { brandId, type RunId, randomIds } from '../../core/ids.ts';
import type { Ledger, OwnedResource } from '../../core/ledger.ts';

const lineSchema = z.discriminatedUnion('step', [
  z.strictObject({ step: z.literal('begun'), run: z.string(), created: z.number(), what: z.string() }),
  z.strictObject({
    step: z.literal('intent'),
    entry: z.string(),
    kind: z.string(),
    name: z.string(),
    detail: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({
    step: z.literal('created'),
    entry: z.string(),
    id: z.string(),
    detail: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({ step: z.literal('released'), entry: z.string() }),
  z.strictObject({ step: z.literal('noted'), key: z.string(), value: z.string() }),
  z.strictObject({ step: z.literal('block'), index: z.number() }),
]);
type Line = z.infer<typeof lineSchema>;

/** How far an upload got, also in a process that was killed. */
export interface UploadProgress {
  /** Id of what was created of this kind; undefined = nothing, or nobody knows. */
  created(kind: string): string | undefined;
  noted(key: string): string | undefined;
  /** Keeps a fact. The file is readable by its owner only: addresses that are a permission may stand there. */
  note(key: string, value: string): void;
  /** Blocks that have arrived. */
  readonly blocks: ReadonlySet<number>;
  arrived(block: number): void;
}

/** What an upload for many runs created and how far it got, in a file of the folder that it works in. */
export interface UploadJournal {
  readonly run: RunId;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly ledger: Ledger;
  readonly progress: UploadProgress;
  /** Another process began, and did not come to an end. */
  readonly leftOver: boolean;
  /** Ends it: everything was taken back, or belongs to the image now. */
  readonly end: () => void;
  /** Lets go of the file; one that was not ended stays for the next process. */
  readonly close: () => void;
}

export interface JournalPlace {
  readonly folder: string;
  readonly platform: string;
  /** What is uploaded, and where to. A journal of something else is not gone on with. */
  readonly what: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export const journalName = 'upload.ndjson';

/** Opens the journal of a process that was killed, or begins one. */
export const openJournal = (place: JournalPlace): UploadJournal => {
  mkdirSync(place.folder, { recursive: true, mode: 0o700 });
  const path = join(place.folder, journalName);
  const known = readLines(path);
  const [first] = known;
  const leftOver = first?.step === 'begun' && first.what === place.what;
  if (!leftOver) rmSync(path, { force: true });
  const begun = leftOver
    ? { run: first.run, created: first.created }
    : { run: String(randomIds.next()), created: place.now };
  const run = brandId<RunId>(begun.run);

  const entries = new Map<string, OwnedResource>();
  const notes = new Map<string, string>();
  const blocks = new Set<number>();
  const apply = (line: Line): void => {
    if (line.step === 'noted') notes.set(line.key, line.value);
    else if (line.step === 'block') blocks.add(line.index);
    else applyToLedger(entries, line, run, place.platform);
  };
  if (leftOver) for (const line of known) apply(line);

  const file = openSync(path, 'a', 0o600);
  let open = true;
  const write = (line: Line): void => {
    apply(line);
    if (!open) return;
    // What a killed process was writing ends somewhere in its line.
    writeSync(file, `\n${JSON.stringify(line)}`);
    // A block that is forgotten is sent again; a resource would be left behind.
    if (line.step !== 'block') fsyncSync(file);
  };
  const close = (): void => {
    if (open) closeSync(file);
    open = false;
  };
  if (!leftOver) write({ step: 'begun', ...begun, what: place.what });

  return {
    run,
    created: begun.created,
    leftOver,
    ledger: ledgerOf(entries, write),
    progress: {
      created: kind => [...entries.values()].find(one => one.kind === kind && one.id !== undefined)?.id,
      noted: key => notes.get(key),
      note: (key, value) => write({ step: 'noted', key, value }),
      blocks,
      arrived: index => write({ step: 'block', index }),
    },
    end: () => {
      close();
      rmSync(path, { force: true });
    },
    close,
  };
};

const readLines = (path: string): readonly Line[] => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap(line => {
    const read = lineSchema.safeParse(parsed(line));
    return read.success ? [read.data] : [];
  });
};

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const applyToLedger = (
  entries: Map<string, OwnedResource>,
  line: Exclude<Line, { readonly step: 'noted' | 'block' }>,
  run: RunId,
  platform: string,
): void => {
  if (line.step === 'intent') {
    const { entry, kind, name, detail } = line;
    entries.set(entry, { entry, kind, name, run, platform, ...(detail === undefined ? {} : { detail }) });
  }
  if (line.step === 'created') {
    const known = entries.get(line.entry);
    if (known !== undefined)
      entries.set(line.entry, { ...known, id: line.id, detail: { ...known.detail, ...line.detail } });
  }
  if (line.step === 'released') entries.delete(line.entry);
};

const ledgerOf = (entries: ReadonlyMap<string, OwnedResource>, write: (line: Line) => void): Ledger => ({
  own: async ({ kind, name, detail }, create) => {
    const entry = randomIds.next();
    write({ step: 'intent', entry, kind, name, ...(detail === undefined ? {} : { detail: { ...detail } }) });
    const { id, value, detail: more } = await create();
    write({ step: 'created', entry, id, ...(more === undefined ? {} : { detail: { ...more } }) });
    return { entry, value };
  },
  release: async entry => {
    if (entries.has(entry)) write({ step: 'released', entry });
  },
  open: () => [...entries.values()],
});
