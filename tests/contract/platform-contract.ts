import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { brandId, type MachineId, type RunId, randomIds } from '../../src/core/ids.ts';
import type { LocalImage } from '../../src/core/image.ts';
import type { Ledger, OwnedResource } from '../../src/core/ledger.ts';
import { isInfrastructure } from '../../src/core/outcome.ts';
import type {
  Flight,
  FlightContext,
  MachineSpec,
  PlatformDefinition,
  ProvisionedMachine,
} from '../../src/core/platform.ts';
import { poll } from '../../src/core/poll.ts';

/** What a platform brings so that the contract can be tried on it. */
export interface PlatformUnderTest {
  readonly definition: PlatformDefinition;
  readonly arch: 'amd64' | 'arm64';
  readonly options: unknown;
  /** An image that writes {@link greeting} on the console soon after power-on. */
  image(folder: string): LocalImage;
  readonly greeting: string;
  /** Names of everything that exists on the platform now: processes, ports, instances … */
  census(): Promise<readonly string[]>;
  /** What a machine has written on its console, for platforms that show it to nobody. */
  screen?(machine: ProvisionedMachine): string;
  /** Makes a machine disappear behind the adapter's back. */
  murder(machine: ProvisionedMachine): Promise<void>;
  /** Option values that must be refused, with a piece of the message. */
  readonly badOptions: readonly (readonly [object, RegExp])[];
  /** For platforms that wait long: a clock whose minutes pass in a moment. */
  readonly clock?: Clock;
  /** Takes down what the platform under test itself needs. */
  end?(): Promise<void>;
}

/** A ledger in memory, which can call off the provisioning at a chosen moment. */
export class MemoryLedger implements Ledger {
  readonly entries = new Map<string, OwnedResource>();
  readonly run: RunId;
  readonly #platform: string;
  /** Called after every step: `intent` and `created`. */
  onStep: () => void = () => {};
  #count = 0;

  constructor(run: RunId, platform: string) {
    this.run = run;
    this.#platform = platform;
  }

  own: Ledger['own'] = async (intent, create) => {
    const entry = `${this.#platform}-${++this.#count}`;
    const resource: OwnedResource = { ...intent, run: this.run, platform: this.#platform, entry };
    this.entries.set(entry, resource);
    this.onStep();
    const { id, value, detail } = await create();
    this.entries.set(entry, { ...resource, id, detail: { ...resource.detail, ...detail } });
    this.onStep();
    return { entry, value };
  };

  release: Ledger['release'] = async entry => {
    this.entries.delete(entry);
  };

  open: Ledger['open'] = () => [...this.entries.values()];
}

export interface Opened {
  readonly flight: Flight;
  readonly ledger: MemoryLedger;
  /** Entries of what all machines share. */
  readonly shared: readonly string[];
  /** Entries of machines. */
  own(): readonly OwnedResource[];
  readonly log: readonly string[];
  readonly stateDir: string;
  spec(over?: Partial<MachineSpec>): MachineSpec;
}

const never = (): AbortSignal => new AbortController().signal;
const rendered = { channel: 'none', form: 'none', text: '', redacted: '', ownDigest: 'sha256:' } as const;

/** Opens a flight, with its image prepared unless `prepare` is false; it is closed at the end of the test. */
export const openFlight = async (
  under: PlatformUnderTest,
  context: Partial<FlightContext> = {},
  prepare = true,
): Promise<Opened> => {
  const root = mkdtempSync(join(tmpdir(), 'kola-contract-'));
  // Also of a flight that refuses to open. What is registered last runs first: the flight is closed before.
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const run = brandId<RunId>(randomIds.next());
  const ledger = new MemoryLedger(run, under.definition.name);
  const log: string[] = [];
  const stateDir = join(root, 'state');
  const schema = await under.definition.options();
  const flight = await under.definition.open({
    run,
    arch: under.arch,
    image: under.image(root),
    options: schema.parse(under.options),
    ledger,
    clock: under.clock ?? systemClock,
    signal: never(),
    stateDir,
    log: line => log.push(line),
    ...context,
  });
  onTestFinished(() => flight.close(never()));
  if (prepare) {
    await flight.preflight?.(never());
    await flight.prepareImage(never());
  }
  const shared = ledger.open().map(({ entry }) => entry);
  const spec = (over: Partial<MachineSpec> = {}): MachineSpec => {
    const id = brandId<MachineId>(`kola-${randomIds.next()}`);
    const evidenceDir = join(root, 'evidence', id);
    mkdirSync(evidenceDir, { recursive: true });
    return {
      id,
      role: 'machine',
      cluster: { id: 'cluster', index: 0 },
      size: { memoryMiB: 128, vcpus: 1 },
      primaryDiskExtraMiB: 0,
      disks: [],
      tpm: false,
      userData: rendered,
      evidenceDir,
      ...over,
    };
  };
  const own = (): readonly OwnedResource[] => ledger.open().filter(({ entry }) => !shared.includes(entry));
  return { flight, ledger, shared, own, log, stateDir, spec };
};

/** Starts the platform under test; it ends after everything else that the test leaves. */
export const begin = async <Under extends PlatformUnderTest>(
  make: () => Under | Promise<Under>,
): Promise<Under> => {
  const under = await make();
  onTestFinished(async () => under.end?.());
  return under;
};

/** The promises that every platform adapter keeps. Calls describe() and it(). */
export const describePlatform = (
  name: string,
  make: () => PlatformUnderTest | Promise<PlatformUnderTest>,
): void => {
  const greets = (machine: ProvisionedMachine, under: PlatformUnderTest): Promise<void> =>
    poll({ every: 20, until: 10_000, what: 'the greeting on the console' }, async () => {
      const text = machine.console?.text() ?? under.screen?.(machine) ?? '';
      return text.includes(under.greeting) ? { done: undefined } : { pending: text };
    });

  /** The console as it comes until the greeting; a platform without a console does not claim one. */
  const watch = async (machine: ProvisionedMachine, under: PlatformUnderTest): Promise<string> => {
    const { features } = under.definition.capabilities;
    expect(machine.console !== undefined).toBe(features.includes('console'));
    if (machine.console === undefined) {
      await greets(machine, under);
      return under.screen?.(machine) ?? '';
    }
    let seen = '';
    for await (const text of machine.console.follow(AbortSignal.timeout(10_000))) {
      seen += text;
      if (seen.includes(under.greeting)) break;
    }
    return seen;
  };

  describe(`platform ${name}: what it says of itself`, () => {
    it('has a name, flags with its own prefix, and an option schema that knows each of them', async () => {
      const { definition } = await begin(make);
      expect(definition.name).toMatch(/^[a-z]+$/);
      const schema = await definition.options();
      expect(schema.safeParse({}).success).toBe(true);
      for (const flag of definition.flags) {
        const key = flag.name.replace(/-(.)/g, (_all, letter: string) => letter.toUpperCase());
        const issues = schema.safeParse({ [key]: Symbol() }).error?.issues ?? [];
        expect(
          issues.map(issue => issue.code),
          `${flag.name}: ${JSON.stringify(issues)}`,
        ).not.toContain('unrecognized_keys');
        expect(issues, flag.name).not.toHaveLength(0);
      }
    });

    it('refuses unknown and wrong options, and says what it expected', async () => {
      const { definition, badOptions } = await begin(make);
      const schema = await definition.options();
      expect(schema.safeParse({ gibberish: 1 }).error?.message).toMatch(/gibberish/);
      for (const [value, message] of badOptions)
        expect(
          schema.safeParse(value).error?.issues[0]?.message ?? 'accepted',
          JSON.stringify(value),
        ).toMatch(message);
    });
  });

  describe(`platform ${name}: life of a machine`, () => {
    it('boots, shows its console live, has the address that was foretold, and leaves nothing', async () => {
      const under = await begin(make);
      const { flight, own, spec } = await openFlight(under);
      const before = await under.census();
      const wanted = spec({ cluster: { id: 'c', index: 3 } });
      const machine = await flight.provision(wanted, never());
      const foretold = flight.privateAddress(wanted.cluster);
      if (foretold !== undefined) expect(machine.privateAddress).toBe(foretold);
      expect(machine.ssh.port).toBeGreaterThan(0);
      expect(own().length).toBeGreaterThan(0);
      expect(own().every(entry => entry.id !== undefined && entry.machine === wanted.id)).toBe(true);
      expect(await watch(machine, under)).toContain(under.greeting);
      expect(await under.census()).not.toEqual(before);
      await flight.destroy(wanted.id, never());
      expect(own()).toEqual([]);
      expect(await under.census()).toEqual(before);
      if (machine.console === undefined) return;
      // The console can be read after the end, and following it ends.
      let after = '';
      for await (const text of machine.console.follow(never())) after += text;
      expect(after).toContain(under.greeting);
    });

    it('is destroyed as often as one likes, also all at once, and when it never was', async () => {
      const under = await begin(make);
      const { flight, own, spec } = await openFlight(under);
      const before = await under.census();
      const wanted = spec();
      await flight.provision(wanted, never());
      await Promise.all([flight.destroy(wanted.id, never()), flight.destroy(wanted.id, never())]);
      await flight.destroy(wanted.id, never());
      await flight.destroy(brandId<MachineId>('kola-nobody'), never());
      expect(own()).toEqual([]);
      expect(await under.census()).toEqual(before);
    });

    it('says so when it goes away by itself, as a cause that is not the product', async () => {
      const under = await begin(make);
      const { flight, spec } = await openFlight(under);
      const wanted = spec();
      const machine = await flight.provision(wanted, never());
      await greets(machine, under);
      await under.murder(machine);
      const error = await machine.gone;
      expect(isInfrastructure(error.kind)).toBe(true);
      expect(error.message).not.toContain('\n');
    });

    it('goes with its flight', async () => {
      const under = await begin(make);
      const before = await under.census();
      const { flight, ledger, spec } = await openFlight(under);
      await flight.provision(spec(), never());
      await flight.close(never());
      expect(ledger.open()).toEqual([]);
      expect(await under.census()).toEqual(before);
    });
  });

  describe(`platform ${name}: being called off`, () => {
    it('leaves nothing, whichever step it was at', async () => {
      const under = await begin(make);
      const { flight, ledger, own, spec } = await openFlight(under);
      const before = await under.census();
      let steps = 0;
      for (let at = 1; ; at++) {
        const stop = new AbortController();
        steps = 0;
        ledger.onStep = () => {
          steps += 1;
          if (steps === at) stop.abort(new Error('called off'));
        };
        const wanted = spec();
        const end = await flight.provision(wanted, stop.signal).then(
          () => 'booted',
          (error: Error) => error.message,
        );
        if (steps < at) {
          expect(end).toBe('booted');
          await flight.destroy(wanted.id, never());
          break;
        }
        expect(end, `step ${at}`).toBe('called off');
        expect(own(), `step ${at}`).toEqual([]);
        expect(await under.census(), `step ${at}`).toEqual(before);
      }
      expect(steps).toBeGreaterThanOrEqual(2);
    });

    it('does not begin when it was called off before', async () => {
      const under = await begin(make);
      const { flight, own, spec } = await openFlight(under);
      await expect(flight.provision(spec(), AbortSignal.abort(new Error('too late')))).rejects.toThrow(
        'too late',
      );
      expect(own()).toEqual([]);
    });
  });

  describe(`platform ${name}: neighbours`, () => {
    it('two flights in one process do not meet, and a sweep takes exactly what the dead one left', async () => {
      const under = await begin(make);
      const before = await under.census();
      const dead = await openFlight(under);
      const alive = await openFlight(under);
      const first = await dead.flight.provision(dead.spec(), never());
      const second = await alive.flight.provision(alive.spec(), never());
      expect(first.ssh).not.toEqual(second.ssh);
      await Promise.all([greets(first, under), greets(second, under)]);

      const left = dead.ledger.open();
      const clock = under.clock ?? systemClock;
      const gone = await under.definition.sweep(left, { signal: never(), log: () => {}, clock });
      expect([...gone].sort()).toEqual(left.map(entry => entry.entry).sort());
      expect(isInfrastructure((await first.gone).kind)).toBe(true);
      const surprise = second.gone.then(error => error.message);
      const now = await under.census();
      expect(now.length).toBeGreaterThan(before.length);
      expect(await Promise.race([surprise, Promise.resolve('still there')])).toBe('still there');
      expect(alive.ledger.open().length).toBeGreaterThan(0);

      // A second sweep of the same entries finds nothing, and says that they are gone.
      expect(await under.definition.sweep(left, { signal: never(), log: () => {}, clock })).toEqual(gone);
      await dead.flight.close(never());
      await alive.flight.close(never());
      expect(await under.census()).toEqual(before);
    });

    it('machines of one cluster have addresses of their own', async () => {
      const under = await begin(make);
      const { flight } = await openFlight(under);
      const addresses = [0, 1, 2].map(index => flight.privateAddress({ id: 'c', index }));
      const known = addresses.filter(address => address !== undefined);
      expect(new Set(known).size).toBe(known.length);
    });
  });
};
