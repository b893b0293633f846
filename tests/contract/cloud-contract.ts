import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { planCollection } from '../../src/cloud/gc.ts';
import { tagKeys } from '../../src/cloud/tags.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { CloudAccount } from '../../src/core/cloud-account.ts';
import { asKolaError, type KolaError } from '../../src/core/errors.ts';
import type { ImageManifest } from '../../src/core/image.ts';
import type { ProvisionedMachine } from '../../src/core/platform.ts';
import type { RenderedUserData } from '../../src/core/user-data.ts';
import type { Effect, Tap } from '../support/clouds/faults.ts';
import { specsFolder } from '../support/clouds/specs.ts';
import { begin, describePlatform, openFlight, type PlatformUnderTest } from './platform-contract.ts';

/** A cloud's adapter and simulator. */
export interface CloudUnderTest extends PlatformUnderTest {
  readonly tap: Tap;
  /** Calls that create something, as the simulator names them; the last one creates the machine. */
  readonly creates: readonly string[];
  /** Tags of everything that exists, by `kind id`; what the vendor cannot tag is left out. */
  tagged(): ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Makes something in the account that is not ours, and something ours whose tags make no sense. */
  clutter(): void;
  /** The user-data that a machine was created with. */
  userDataOf(machine: ProvisionedMachine): string;
  /** Most bytes of user-data. */
  readonly userDataLimit: number;
  /** Texts that must appear nowhere. */
  readonly secrets: readonly string[];
  /** Effects that the vendor knows no word for. */
  readonly without?: readonly Effect[];
  /** `false`: machines install their image themselves, and the account keeps none. */
  readonly imageStore?: false;
}

const never = (): AbortSignal => new AbortController().signal;

const metadataKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0sFyF0 kola';

const ignition = (padding = ''): RenderedUserData => ({
  channel: 'ignition',
  form: 'ignition 3.3.0',
  text: JSON.stringify({
    ignition: { version: '3.3.0' },
    storage: { files: [{ path: '/etc/padding', contents: { source: `data:,${padding}` } }] },
  }),
  redacted: '{}',
  ownDigest: 'sha256:',
});

/** One life of a run: open, prepare, one machine, destroy, close. Returns what stopped it. */
const liveOnce = async (under: CloudUnderTest, signal: AbortSignal): Promise<KolaError | undefined> => {
  try {
    const { flight, spec } = await openWith(under, signal);
    try {
      await flight.preflight?.(signal);
      await flight.prepareImage(signal);
      const wanted = spec({ metadataKey, userData: ignition() });
      await flight.provision(wanted, signal);
      await flight.destroy(wanted.id, never());
    } finally {
      await flight.close(never());
    }
    return undefined;
  } catch (error) {
    return asKolaError(error);
  }
};

/** A flight whose image is not prepared yet. */
const openWith = (under: CloudUnderTest, signal: AbortSignal) => openFlight(under, { signal }, false);

/**
 * The promises of {@link describePlatform}, and those that only clouds have to keep. `described` = `KOLA_API_SPECS` has the
 * vendor's own description; where it cannot, that test is reported as not run.
 */
export const describeCloud = (name: string, make: () => Promise<CloudUnderTest>, described = true): void => {
  describePlatform(name, make);

  const accountOf = async (under: CloudUnderTest): Promise<CloudAccount> => {
    const options = (await under.definition.options()).parse(under.options);
    const account = await under.definition.account?.({
      options,
      clock: under.clock ?? systemClock,
      signal: never(),
      log: () => {},
    });
    if (account === undefined) throw new Error(`${name} has no account`);
    return account;
  };

  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'kola-contract-'));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };

  describe(`cloud ${name}: ownership`, () => {
    it('says before a run what it will create, and creates nothing by that', async () => {
      const under = await begin(make);
      const before = await under.census();
      const { flight, ledger } = await openWith(under, never());
      const report = await flight.preflight?.(never());
      expect(report?.creates.length).toBeGreaterThan(0);
      expect(report?.identity).not.toBe('');
      expect(ledger.open()).toEqual([]);
      expect(await under.census()).toEqual(before);
    });

    it('tags every kind of resource with manager, run, owner, creation and end of lease', async () => {
      const under = await begin(make);
      const before = new Set(await under.census());
      const { flight, ledger, spec } = await openFlight(under);
      await flight.provision(spec({ metadataKey }), never());
      const tagged = under.tagged();
      const made = (await under.census()).filter(thing => !before.has(thing) && tagged.has(thing));
      expect(made.length).toBeGreaterThan(0);
      for (const thing of made) {
        const tags = tagged.get(thing) ?? {};
        expect(tags, thing).toMatchObject({ [tagKeys.managedBy]: 'kola', [tagKeys.run]: ledger.run });
        expect(tags[tagKeys.owner], thing).toMatch(/./);
        const [created, expires] = [Number(tags[tagKeys.created]), Number(tags[tagKeys.expires])];
        expect(expires - created, thing).toBeGreaterThan(600);
      }
    });

    it('leaves nothing when an answer is lost, at whichever create', async () => {
      const under = await begin(make);
      const before = await under.census();
      for (const on of under.creates) {
        under.tap.inject({ on, effect: 'lost-answer' });
        await liveOnce(under, never());
        expect(under.tap.clearFaults(), `${on} was never called`).toBe(0);
        expect(await under.census(), on).toEqual(before);
      }
    });

    it('leaves nothing when all answers of a create are lost, and says that no answer came', async () => {
      const under = await begin(make);
      const before = await under.census();
      for (const on of under.creates) {
        under.tap.inject({ on, effect: 'lost-answer', times: 99 });
        const error = await liveOnce(under, never());
        under.tap.clearFaults();
        expect(error?.kind, `${on}: ${error?.message}`).toBe('network');
        expect(await under.census(), on).toEqual(before);
      }
    });

    it('leaves nothing when it is called off, at whichever request', async () => {
      const under = await begin(make);
      const before = await under.census();
      let ended: KolaError | undefined;
      let at = 0;
      do {
        at += 1;
        const stop = new AbortController();
        let calls = 0;
        under.tap.onCall = () => {
          calls += 1;
          if (calls === at) stop.abort(new Error('called off'));
        };
        ended = await liveOnce(under, stop.signal);
        under.tap.onCall = () => {};
        expect(await under.census(), `request ${at}`).toEqual(before);
      } while (ended !== undefined && at < 200);
      expect(at).toBeGreaterThan(under.creates.length);
      expect(ended).toBeUndefined();
    });
  });

  describe(`cloud ${name}: trouble`, () => {
    it('gets over throttling and errors of the servers', async () => {
      const under = await begin(make);
      for (const on of under.creates) {
        under.tap.inject({ on, effect: 'throttle', times: 2 }, { on, effect: 'server-error' });
        const error = await liveOnce(under, never());
        expect(error?.message, on).toBeUndefined();
        expect(under.tap.clearFaults(), `${on} was not called often enough`).toBe(0);
      }
    });

    it.each([
      ['capacity', 'capacity'],
      ['quota', 'capacity'],
      ['credentials', 'usage'],
      ['permission', 'usage'],
      ['html', 'usage'],
    ] as const)('calls %s by its cause, in one line, and leaves nothing', async (effect, kind) => {
      const under = await begin(make);
      if (under.without?.includes(effect) === true) return;
      const before = await under.census();
      const on = under.creates.at(-1) ?? '';
      under.tap.inject({ on, effect, times: 99 });
      const error = await liveOnce(under, never());
      expect({ kind: error?.kind, code: error?.code }).toMatchObject({ kind });
      expect(error?.message).not.toContain('\n');
      expect(await under.census()).toEqual(before);
    });

    it('stops before anything exists when the credentials are wrong', async () => {
      const under = await begin(make);
      under.tap.inject({ on: /./, effect: 'credentials', times: 999 });
      const error = await liveOnce(under, never());
      expect(error).toMatchObject({ kind: 'usage', code: 'cloud-credentials' });
      expect(error?.hint).toMatch(/./);
      const created = under.tap.calls.filter(({ action }) => under.creates.includes(action));
      expect(created.filter(({ fault }) => fault === undefined)).toEqual([]);
    });

    it('writes no secret into log, ledger or errors', async () => {
      const under = await begin(make);
      const { flight, ledger, log, spec } = await openFlight(under);
      await flight.provision(spec(), never());
      const entries = JSON.stringify(ledger.open());
      under.tap.inject({ on: under.creates.at(-1) ?? '', effect: 'permission', times: 99 });
      const error = await flight.provision(spec(), never()).then(
        () => new Error('it worked'),
        (thrown: unknown) => asKolaError(thrown),
      );
      expect(error.message).not.toBe('it worked');
      for (const secret of under.secrets)
        for (const text of [entries, log.join('\n'), `${error.message}`]) expect(text).not.toContain(secret);
    });
  });

  describe.runIf(described && specsFolder() !== undefined)(
    `cloud ${name}: the vendor's API description`,
    () => {
      it('holds for every request and every answer of a whole life', async () => {
        const under = await begin(make);
        const { images } = await accountOf(under);
        const stored = await images.upload(under.image(folder()), folder(), never());
        await images.delete(stored.id, never());
        expect((await liveOnce(under, never()))?.message).toBeUndefined();
        expect(under.tap.calls.length).toBeGreaterThan(under.creates.length);
        expect([...new Set(under.tap.violations)]).toEqual([]);
      });
    },
  );

  describe(`cloud ${name}: user-data`, () => {
    it('arrives, with a timer that ends a forgotten machine', async () => {
      const under = await begin(make);
      const { flight, spec } = await openFlight(under);
      const machine = await flight.provision(spec({ userData: ignition('mark') }), never());
      const config = JSON.parse(under.userDataOf(machine));
      expect(JSON.stringify(config.storage)).toContain('mark');
      expect(JSON.stringify(config.systemd.units)).toContain('kola-self-destruct.timer');
    });

    it('is none when none is wanted', async () => {
      const under = await begin(make);
      const { flight, spec } = await openFlight(under);
      expect(under.userDataOf(await flight.provision(spec(), never()))).toBe('');
    });

    it('over the limit is handed over in a stub', async () => {
      const under = await begin(make);
      const image = (root: string) => {
        const local = under.image(root);
        const manifest: ImageManifest = { ...local.manifest, userData: ['ignition-3.3'] };
        return { ...local, manifest };
      };
      const { flight, spec } = await openFlight({ ...under, image });
      const large = ignition('x'.repeat(under.userDataLimit));
      const text = under.userDataOf(await flight.provision(spec({ userData: large }), never()));
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(under.userDataLimit);
      expect(JSON.parse(text).ignition.config.replace.source).toMatch(/^(data:|https?:)/);
    });
  });

  describe(`cloud ${name}: what is left behind`, () => {
    it('is collected by run: all of it, nothing else, and twice does no harm', async () => {
      const under = await begin(make);
      const untouched = await under.census();
      const dead = await openFlight(under);
      await dead.flight.provision(dead.spec({ metadataKey }), never());
      const left = await under.census();
      const alive = await openFlight(under);
      await alive.flight.provision(alive.spec({ metadataKey }), never());
      const both = await under.census();
      const account = await accountOf(under);
      for (let turn = 0; turn < 2; turn++) {
        const { doomed } = planCollection(await account.list(never()), { run: dead.ledger.run }, 0);
        for (const resource of doomed) await account.destroy(resource, never());
      }
      const now = await under.census();
      const expected = both.filter(thing => untouched.includes(thing) || !left.includes(thing));
      expect(now).toEqual(expected);
    });

    it('is collected by age only when its lease ran out; what is odd or not ours stays', async () => {
      const under = await begin(make);
      under.clutter();
      const untouched = await under.census();
      const { flight, spec } = await openFlight(under);
      await flight.provision(spec({ metadataKey }), never());
      const account = await accountOf(under);
      const now = (under.clock ?? systemClock).now();
      const day = 86_400_000;
      // What is new may be missing in a first listing.
      for (let turn = 0; turn < 2; turn++) {
        const found = await account.list(never());
        expect(planCollection(found, { olderThan: 0 }, now).doomed).toEqual([]);
        const { doomed } = planCollection(found, { olderThan: 3_600_000 }, now + day);
        expect(doomed.length).toBeGreaterThan(0);
        if (turn === 1) for (const resource of doomed) await account.destroy(resource, never());
      }
      expect(await under.census()).toEqual(untouched);
    });
  });

  describe(`cloud ${name}: images for many runs`, () => {
    it('are uploaded once, used by runs, listed, and deleted with all they are made of', async () => {
      const under = await begin(make);
      const before = await under.census();
      const { images } = await accountOf(under);
      const image = under.image(folder());
      if (under.imageStore === false) {
        await expect(images.upload(image, folder(), never())).rejects.toMatchObject({
          kind: 'usage',
          code: 'no-image-store',
        });
        expect(await images.list(never())).toEqual([]);
        return;
      }
      const first = await images.upload(image, folder(), never());
      const again = await images.upload(image, folder(), never());
      expect(again).toEqual(first);
      const stored = await under.census();
      expect((await images.list(never())).map(({ id }) => id)).toEqual([first.id]);
      const { flight, ledger } = await openFlight(under);
      expect(ledger.open().map(({ kind }) => kind)).not.toContain('image');
      await flight.close(never());
      expect(await under.census()).toEqual(stored);
      expect(await images.delete(first.id, never())).toBe(true);
      expect(await images.delete(first.id, never())).toBe(false);
      expect(await under.census()).toEqual(before);
    });

    it('leave nothing when their upload fails', async () => {
      const under = await begin(make);
      const before = await under.census();
      const { images } = await accountOf(under);
      if (under.imageStore === false) return;
      const on = under.creates[0] ?? '';
      under.tap.inject({ on, effect: 'lost-answer', times: 99 });
      await expect(images.upload(under.image(folder()), folder(), never())).rejects.toThrow(/no answer/);
      expect(await under.census()).toEqual(before);
    });
  });
};
