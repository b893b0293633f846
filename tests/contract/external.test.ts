import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { platform } from '../../platforms/external/index.ts';
import { poll } from '../../src/core/poll.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { bootSectorImage, greeting } from './boot-sector.ts';
import { begin, describePlatform, openFlight, type PlatformUnderTest } from './platform-contract.ts';

const provider = resolve('tests/support/clouds/external/provider');

interface ExternalUnderTest extends PlatformUnderTest {
  /** What the provisioning commands were told. */
  requests(): readonly Record<string, unknown>[];
}

const underTest = (commands: object = {}): ExternalUnderTest => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-external-'));
  const command = `KOLA_PROVIDER='${folder}' '${provider}'`;
  const machines = (): string[] => readdirSync(folder).filter(name => name.startsWith('machine-'));
  return {
    definition: platform,
    arch: 'amd64',
    options: {
      externalProvisioningCmds: command,
      externalSerialConsoleCmd: command,
      externalDeprovisioningCmds: command,
      externalStatusCmd: command,
      ...commands,
    },
    image: bootSectorImage,
    greeting,
    // Commands take real time: the clock must not run away from them.
    clock: hastyClock(100),
    census: async () => machines(),
    murder: async ({ platformId }) => rmSync(join(folder, `machine-${platformId.replace(/^id-/, '')}`)),
    badOptions: [[{ externalStatusCmd: '' }, /expected a shell command, found nothing/]],
    requests: () => machines().map(name => JSON.parse(readFileSync(join(folder, name), 'utf8'))),
    end: async () => rmSync(folder, { recursive: true, force: true }),
  };
};

describePlatform('external', () => underTest());

const never = new AbortController().signal;

it('tells the command what is wanted, and reaches the machine where the command says', async () => {
  const under = await begin(() => underTest());
  const { flight, ledger, spec } = await openFlight(under);
  const disks = [{ serial: 'data', sizeMiB: 100 }];
  const wanted = spec({ role: 'server', disks, metadataKey: 'ssh-ed25519 AAAA' });
  const machine = await flight.provision(wanted, never);
  const [request] = under.requests();
  expect(request).toMatchObject({
    ...{
      version: 1,
      action: 'provision',
      run: ledger.run,
      role: 'server',
      cluster: 'cluster',
      arch: 'amd64',
    },
    ...{ disks, userData: '', metadataKey: 'ssh-ed25519 AAAA', size: wanted.size },
    tags: { 'managed-by': 'kola', 'kola-run': ledger.run },
  });
  expect(machine.ssh).toEqual({ host: machine.publicAddress, port: 2222 });
  expect(machine.privateAddress).toBe(machine.publicAddress);
});

it.each([
  ['echo some words', 'provisioning', /found "some words"/],
  [`echo '{"id": "x"}'`, 'provisioning', /publicAddress/],
  ['echo out of order >&2; exit 3', 'provisioning', /ended with 3: out of order/],
  ['echo all taken >&2; exit 75', 'capacity', /all taken/],
])('says in one line what is wrong with: %s', async (externalProvisioningCmds, kind, message) => {
  const under = await begin(() => underTest({ externalProvisioningCmds }));
  const { flight, ledger, spec } = await openFlight(under);
  const error = await flight.provision(spec(), never).catch(thrown => thrown);
  expect(error).toMatchObject({ kind, message: expect.stringMatching(message) });
  expect(error.message).not.toContain('\n');
  expect(ledger.open()).toEqual([]);
});

it('takes away by its name what a command made that never answered', async () => {
  const under = await begin(() => underTest());
  const { externalProvisioningCmds } = under.options as { externalProvisioningCmds: string };
  const hanging = `${externalProvisioningCmds} >/dev/null; sleep 1000`;
  const options = { ...(under.options as object), externalProvisioningCmds: hanging };
  const { flight, ledger, spec } = await openFlight({ ...under, options });
  const stop = new AbortController();
  const provisioning = flight.provision(spec(), stop.signal).catch(error => error.message);
  await poll({ every: 5, until: 5000, what: 'the machine' }, async () =>
    (await under.census()).length > 0 ? { done: undefined } : { pending: 'not there' },
  );
  stop.abort(new Error('called off'));
  expect(await provisioning).toBe('called off');
  expect(await under.census()).toEqual([]);
  expect(ledger.open()).toEqual([]);
});

it('says which command is missing', async () => {
  const under = await begin(() => underTest());
  await expect(openFlight({ ...under, options: {} })).rejects.toMatchObject({
    kind: 'usage',
    message: 'the platform external needs --external-provisioning-cmds',
  });
});
