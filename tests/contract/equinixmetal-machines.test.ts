import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { platform } from '../../platforms/equinixmetal/index.ts';
import { leaseLength } from '../../src/cloud/lease.ts';
import type { FlightContext } from '../../src/core/platform.ts';
import { simulatedCredentials, startMetal } from '../support/clouds/equinixmetal/index.ts';
import { lastLine, PlayedHardware } from '../support/clouds/equinixmetal/played-hardware.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { bootSectorImage, greeting } from './boot-sector.ts';
import { type Opened, openFlight } from './platform-contract.ts';

/** What only Metal has: installation, plans and metros, termination time, used devices. */
beforeAll(() => {
  for (const [name, value] of Object.entries(simulatedCredentials)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const never = new AbortController().signal;

const world = async () => {
  const hardware = new PlayedHardware();
  const { url, sos, metal, tap, close } = await startMetal(hardware);
  metal.settings.pace = 2;
  onTestFinished(() => close());
  const open = (
    options: object = {},
    context: Partial<FlightContext> = {},
    prepare = true,
  ): Promise<Opened> =>
    openFlight(
      {
        definition: platform,
        arch: 'amd64',
        options: { equinixmetalEndpoint: url, equinixmetalSos: sos, ...options },
        image: bootSectorImage,
        greeting,
        clock: hastyClock(),
        census: async () => metal.census(),
        murder: async () => {},
        badOptions: [],
      },
      context,
      prepare,
    );
  return { hardware, metal, tap, open };
};

it('stops at the vendor’s own host, says that the service is gone, and asks it nothing', async () => {
  const { open, tap } = await world();
  await expect(open({ equinixmetalEndpoint: undefined })).rejects.toMatchObject({
    kind: 'usage',
    code: 'provider-sunset',
    message: 'Equinix Metal is not available: the provider shut the service down on 2026-06-30',
  });
  expect(tap.calls).toEqual([]);
});

it('looks at the stock before a run, and stops where there is none', async () => {
  const { metal, tap, open } = await world();
  const plans = { equinixmetalPlan: 'c3.small.x86,c3.medium.x86', equinixmetalMetro: 'sv,da' };
  metal.settings.stock = new Map([
    ['c3.small.x86 in sv', 1],
    ['c3.small.x86 in da', 0],
    ['c3.medium.x86 in sv', 0],
    ['c3.medium.x86 in da', 2],
  ]);
  const { flight } = await open(plans, { machinesAtOnce: 3 });
  expect((await flight.preflight?.(never))?.notes.at(-1)).toBe(
    'in stock: c3.small.x86 in sv, c3.medium.x86 in da, but no place has 3 at once; out of stock: c3.medium.x86 in sv, c3.small.x86 in da',
  );
  await flight.close(never);
  metal.settings.stock = new Map([['c3.small.x86 in sv', 0]]);
  await expect(open()).rejects.toMatchObject({
    ...{ kind: 'capacity', code: 'equinixmetal-stock' },
    message: 'out of stock: c3.small.x86 in sv',
    hint: expect.stringContaining('--equinixmetal-metro'),
  });
  const facility = { equinixmetalMetro: undefined, equinixmetalFacility: 'sv15,da11' };
  metal.settings.stock = new Map([['c3.small.x86 in sv15', 0]]);
  const other = await open(facility);
  expect((await other.flight.preflight?.(never))?.notes.at(-1)).toBe(
    'in stock: c3.small.x86 in da11; out of stock: c3.small.x86 in sv15',
  );
  expect(tap.calls.map(({ action }) => action)).toContain('metal CheckCapacityForFacility');
  expect(metal.devices()).toEqual([]);
});

it.each(['permission', 'server-error'] as const)(
  'runs where the stock may not be asked for, not where the API is ill: %s',
  async effect => {
    const { metal, tap, open } = await world();
    tap.inject({ on: 'metal CheckCapacityForMetro', effect, times: 99 });
    const { flight } = await open({}, {}, false);
    const report = flight.preflight?.(never);
    if (effect === 'permission')
      expect((await report)?.notes.at(-1)).toMatch(/^stock is not known: a machine that finds no room/);
    else await expect(report).rejects.toThrow(/CheckCapacityForMetro/);
    expect(metal.census()).toEqual([]);
  },
);

it('boots from the disk after one installation, whose last words alone lead the console', async () => {
  const { hardware, metal, open } = await world();
  const { flight, spec } = await open();
  const wanted = spec();
  const machine = await flight.provision(wanted, never);
  await vi.waitUntil(() => machine.console?.text().includes(greeting), { timeout: 10_000 });
  expect(machine.console?.text()).toBe(`${lastLine}${greeting}\n`);
  expect(readFileSync(join(wanted.evidenceDir, 'installer-console.txt'), 'utf8')).toContain('Linux version');
  const [device] = metal.devices();
  expect(device).toMatchObject({ alwaysPxe: false, plan: 'c3.small.x86', place: 'sv', boots: 2 });
  expect(hardware.installations).toHaveLength(1);
  // What was served held keys: it is gone with the installation.
  await expect(fetch(device?.script ?? '')).rejects.toThrow('fetch failed');
});

it('tries the next metro, then the next plan, when there is no room', async () => {
  const { metal, tap, open } = await world();
  const { flight, log, spec } = await open({
    equinixmetalPlan: 'c3.small.x86,c3.medium.x86',
    equinixmetalMetro: 'sv',
    equinixmetalFacility: 'da11',
  });
  tap.inject({ on: 'metal CreateDevice', effect: 'capacity', times: 3 });
  await flight.provision(spec(), never);
  expect(metal.devices()[0]).toMatchObject({ plan: 'c3.medium.x86', place: 'da11' });
  expect(log.filter(line => line.startsWith('No room for'))).toEqual([
    'No room for c3.small.x86 in sv: trying the next place',
    'No room for c3.small.x86 in da11: trying the next place',
    'No room for c3.medium.x86 in sv: trying the next place',
  ]);
});

it('asks for the time that launch and installation may take', async () => {
  const { open } = await world();
  const { flight } = await open({ equinixmetalLaunchTimeout: '20', equinixmetalInstallTimeout: '70m' });
  expect(flight.provisionLimit).toBe(95 * 60_000);
});

it('says what flatcar-install said, and leaves nothing', async () => {
  const { hardware, metal, open } = await world();
  const { flight, own, spec } = await open();
  hardware.failure = 'flatcar-install: no space left on device';
  await expect(flight.provision(spec(), never)).rejects.toMatchObject({
    kind: 'provisioning',
    message: 'the image could not be installed: flatcar-install: no space left on device',
  });
  expect(own()).toEqual([]);
  expect(metal.devices()).toEqual([]);
});

it('installs the next machine on a device that is free again, and gives it back in the end', async () => {
  const { hardware, metal, open } = await world();
  const { flight, spec } = await open({ equinixmetalReuse: 'yes' });
  const first = spec();
  const { platformId } = await flight.provision(first, never);
  await flight.destroy(first.id, never);
  expect(metal.devices()).toHaveLength(1);
  const second = await flight.provision(spec(), never);
  expect(second.platformId).toBe(platformId);
  expect(hardware.installations).toHaveLength(2);
  await flight.close(never);
  expect(metal.census()).toEqual([]);
});

it('has the provider end what outlives its lease, and moves that end on while it lives', async () => {
  const { metal, tap, open } = await world();
  const { flight, spec } = await open();
  await flight.provision(spec(), never);
  const [device] = metal.devices();
  const end = (): number => Date.parse(device?.terminationTime ?? '');
  const before = end();
  await vi.waitUntil(() => tap.calls.some(({ action }) => action === 'metal UpdateSshKey'), {
    timeout: 30_000,
  });
  expect(end() - before).toBeGreaterThan(leaseLength / 8);
  expect(device?.tags).toContain(`kola-expires=${end() / 1000}`);
  expect(device?.tags.filter(tag => tag.startsWith('kola-'))).toHaveLength(5);
  await metal.expire(end() - 1);
  expect(metal.devices()).toHaveLength(1);
  await metal.expire(end());
  expect(metal.devices()).toEqual([]);
}, 40_000);

it.each([
  [{ equinixmetalPlan: 'm9.huge.x86' }, /the project has no plan m9.huge.x86/],
  [{ equinixmetalPlan: 'c3.large.arm64' }, /expected a plan for amd64, found c3.large.arm64/],
  [{ equinixmetalProject: 'nobody' }, /refused metal GetProject: Not found/],
])('refuses %j before anything exists', async (options, message) => {
  const { metal, open } = await world();
  await expect(open(options)).rejects.toThrow(message);
  expect(metal.census()).toEqual([]);
});
