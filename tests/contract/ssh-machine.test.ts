import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KolaError } from '../../src/core/errors.ts';
import type { RuleHit } from '../../src/machine/console/hit.ts';
import type { MachineOptions } from '../../src/machine/machine-options.ts';
import { openMachine } from '../../src/machine/open-machine.ts';
import type { RemoteMachine } from '../../src/machine/remote-machine.ts';
import { guestManifest, playGuest, powerCut, type SshGuest } from './ssh-guest.ts';
import { freePort, type SshServer, startSshServer } from './ssh-server.ts';

let server: SshServer;
let guest: SshGuest;
let evidence: string;
let attempt: AbortController;
let phases: string[];
let hits: RuleHit[];
const machines: RemoteMachine[] = [];

beforeAll(async () => {
  server = await startSshServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  guest = playGuest(server);
  evidence = mkdtempSync(join(tmpdir(), 'kola-evidence-'));
  attempt = new AbortController();
  phases = [];
  hits = [];
});
afterEach(async () => {
  await Promise.all(machines.splice(0).map(machine => machine.close()));
  rmSync(evidence, { recursive: true });
});

const options = (changes: Partial<MachineOptions> = {}): MachineOptions => ({
  provisioned: guest.provisioned,
  role: 'machine',
  userDataForm: 'ignition 3.3.0',
  user: server.user,
  clientKey: server.clientKey.privateKey,
  hostKey: server.hostKey.publicKey,
  manifest: guestManifest(),
  allow: {},
  bootTimeout: 8000,
  slowdown: 1,
  signal: attempt.signal,
  evidenceDir: evidence,
  folder: 'run/m1',
  onPhase: phase => phases.push(phase),
  onHit: hit => hits.push(hit),
  log: () => undefined,
  ...changes,
});
const open = async (changes?: Partial<MachineOptions>): Promise<RemoteMachine> => {
  const machine = await openMachine(options(changes));
  machines.push(machine);
  return machine;
};
const failure = (work: Promise<unknown>): Promise<KolaError> =>
  work.then(
    () => expect.unreachable('it succeeded'),
    error => error,
  );
const journal = () => readFileSync(join(evidence, 'journal.txt'), 'utf8');

describe('a machine', () => {
  test('is opened, watched and closed', async () => {
    guest.say('systemd', 'Started a.service.');
    const machine = await open();
    expect(phases).toEqual(['connected', 'ready']);
    expect(await machine.run('echo hello; echo')).toBe('hello');
    expect(await machine.try('exit 3')).toMatchObject({ code: 3 });
    expect(await machine.acceptsPassword(server.user, 'asdf')).toBe(false);
    guest.print('login: ');
    expect(machine.console()).toBe('login: ');
    guest.say('systemd', 'Failed to start b.service.');
    await expect.poll(() => hits.map(hit => `${hit.line}:${hit.rule}`)).toEqual(['2:unit-failed-to-start']);
    await machine.close();
    expect(journal()).toMatch(/systemd: Started a\.service\.\n.*systemd: Failed to start b\.service\.\n$/);
  });

  test('reports a command that fails with its last words and evidence', async () => {
    const machine = await open();
    const error = await failure(machine.run('echo out; echo first >&2; echo last >&2; exit 5'));
    expect(error).toMatchObject({ kind: 'product', code: 'command-failed' });
    expect(error.message).toBe('command exited 5: echo out; echo first >&2; echo last >&2; exit 5 — last');
    expect(error.evidence[0]?.text).toMatch(/stdout:\nout\nstderr:\nfirst\nlast$/);
  });

  test('with a failed unit is not opened', async () => {
    guest.set('state', 'degraded\n');
    guest.set('failed', 'bad.service loaded failed failed Bad\n');
    const error = await failure(open());
    expect(error.code).toBe('failed-unit');
    expect(error.message).toContain('unit bad.service failed on machine m1');
    expect(error.evidence[0]?.text).toContain('status=1/FAILURE');
  });

  test('that is rebooted comes back with a new boot id and a journal without gap', async () => {
    guest.say('kernel', 'first boot');
    const machine = await open();
    const previous = await machine.bootId();
    await expect.poll(journal).toContain('first boot');
    const rebooting = machine.reboot();
    await expect.poll(() => guest.rebooted(), { interval: 20 }).toBe(true);
    guest.set('boot_id', '22222222-2222-2222-2222-222222222222\n');
    server.killConnections();
    // Only now: the old connection must not bring what the new boot says.
    guest.say('kernel', 'second boot');
    await rebooting;
    expect(await machine.bootId()).not.toBe(previous);
    expect(phases).toEqual(['connected', 'ready', 'rebooting', 'ready']);
    // The played journal repeats its first line for the new boot.
    await expect.poll(journal).toMatch(/first boot\n.*first boot\n.*second boot\n$/);
  });

  test('that reboots by itself is waited for', async () => {
    const machine = await open();
    const previous = await machine.bootId();
    const waiting = machine.awaitReboot(previous, { timeout: 5000 });
    guest.set('boot_id', '33333333-3333-3333-3333-333333333333\n');
    server.killConnections();
    await waiting;
    expect(phases.at(-1)).toBe('ready');
  });

  test('that does not reboot is not believed to have', async () => {
    const machine = await open();
    const error = await failure(machine.awaitReboot(await machine.bootId(), { timeout: 1500 }));
    expect(error.code).toBe('not-rebooted');
  });

  test('that never answers fails with the end of its console', async () => {
    guest.print('booting\r\nstill booting\r\n');
    const ssh = { host: '127.0.0.1', port: await freePort() };
    const error = await failure(open({ provisioned: { ...guest.provisioned, ssh }, bootTimeout: 300 }));
    expect(error).toMatchObject({ kind: 'product', code: 'deadline-boot' });
    expect(error.message).toMatch(/within 0 s; last try: SSH at .* refused the connection/);
    expect(error.evidence[0]).toMatchObject({ source: 'console', text: 'booting\nstill booting' });
  });
});

describe('everything pending ends with the reason', () => {
  test('that a fatal line came, within two seconds', async () => {
    const machine = await open();
    const pending = failure(machine.run('sleep 10'));
    const started = performance.now();
    guest.print('[   10.0] Kernel panic - not syncing: test\r\n');
    const error = await pending;
    expect(performance.now() - started).toBeLessThan(2000);
    expect(error).toMatchObject({ kind: 'product', code: 'kernel-panic' });
    expect(error.evidence[0]).toMatchObject({ source: 'console', line: 1, path: 'run/m1/console.txt' });
    expect((await failure(machine.run('true'))).code).toBe('kernel-panic');
  });

  test('not that a line came which the scenario allows', async () => {
    const machine = await open({ allow: { rules: ['kernel-panic'] } });
    guest.print('[   10.0] Kernel panic - not syncing: test\r\n');
    await expect.poll(() => hits.map(hit => hit.excused)).toEqual(['allowed by the scenario']);
    expect(await machine.run('echo on')).toBe('on');
  });

  test('that a panic came during the boot', async () => {
    const ssh = { host: '127.0.0.1', port: await freePort() };
    const opening = failure(open({ provisioned: { ...guest.provisioned, ssh } }));
    guest.print('Kernel panic - not syncing: VFS\n');
    expect((await opening).code).toBe('kernel-panic');
  });

  test('that the machine is gone, though its connection breaks first', async () => {
    const machine = await open();
    const pending = failure(machine.run('sleep 10'));
    await machine.run('true');
    server.killConnections();
    const gone = powerCut();
    setTimeout(() => guest.vanish(gone), 100);
    expect(await pending).toBe(gone);
  });

  test('that the attempt is over', async () => {
    const machine = await open();
    const pending = failure(machine.run('sleep 10'));
    const reason = new Error('the attempt is over');
    attempt.abort(reason);
    expect(await pending).toBe(reason);
  });
});
