import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openFlight } from '../../platforms/qemu/flight.ts';
import { platform } from '../../platforms/qemu/index.ts';
import { systemClock } from '../../src/core/clock.ts';
import { brandId, type MachineId, type RunId, randomIds } from '../../src/core/ids.ts';
import type { OwnedResource } from '../../src/core/ledger.ts';
import type { Flight, MachineSpec, ProvisionedMachine } from '../../src/core/platform.ts';
import { poll } from '../../src/core/poll.ts';
import { bootSectorImage, type Ending, greeting } from './boot-sector.ts';

const never = (): AbortSignal => new AbortController().signal;
const rendered = { channel: 'none', form: 'none', text: '', redacted: '', ownDigest: '' } as const;

interface Lab {
  readonly root: string;
  readonly flight: Flight;
  readonly log: readonly string[];
  readonly entries: Map<string, OwnedResource>;
  boot(over?: Partial<MachineSpec>): Promise<ProvisionedMachine>;
  folderOf(machine: ProvisionedMachine): string;
}

const lab = async (options: object = {}, ending: Ending = 'wait'): Promise<Lab> => {
  const root = mkdtempSync(join(tmpdir(), 'kola-qemu-'));
  const run = brandId<RunId>(randomIds.next());
  const log: string[] = [];
  const entries = new Map<string, OwnedResource>();
  const flight = await openFlight(
    {
      run,
      arch: 'amd64',
      image: bootSectorImage(root, ending),
      options: (await platform.options()).parse({ qemuAccel: 'tcg', ...options }),
      ledger: {
        own: async (intent, create) => {
          const entry = String(entries.size);
          const { id, value } = await create();
          entries.set(entry, { ...intent, run, platform: 'qemu', entry, id });
          return { entry, value };
        },
        release: async entry => void entries.delete(entry),
        open: () => [...entries.values()],
      },
      clock: systemClock,
      signal: never(),
      stateDir: join(root, 'state'),
      log: line => log.push(line),
    },
    { arch: 'amd64', device: 'opens', flags: true },
  );
  onTestFinished(async () => {
    await flight.close(never());
    rmSync(root, { recursive: true, force: true });
  });
  await flight.prepareImage(never());
  const boot: Lab['boot'] = async over => {
    const id = brandId<MachineId>(`kola-${randomIds.next()}`);
    const evidenceDir = join(root, id);
    mkdirSync(evidenceDir);
    const size = { memoryMiB: 128, vcpus: 1 };
    const cluster = { id: 'c', index: 0 };
    const spec = { id, role: 'machine', cluster, size, primaryDiskExtraMiB: 0, disks: [], tpm: false };
    return flight.provision({ ...spec, userData: rendered, evidenceDir, ...over }, never());
  };
  return { root, flight, log, entries, boot, folderOf: machine => join(root, 'state', machine.id) };
};

const greets = (machine: ProvisionedMachine): Promise<void> =>
  poll({ every: 20, until: 10_000, what: 'the greeting' }, async () =>
    machine.console?.text().includes(greeting)
      ? { done: undefined }
      : { pending: machine.console?.text() ?? '' },
  );

const guestSize = (disk: string): number =>
  JSON.parse(execFileSync('qemu-img', ['info', '-U', '--output=json', disk]).toString())['virtual-size'];

describe('a QEMU machine', () => {
  it('ends when it boots in a loop, as a fault of the product', async () => {
    const { boot } = await lab({}, 'reset');
    const error = await (await boot()).gone;
    expect(error).toMatchObject({ kind: 'product', code: 'boot-loop' });
    expect(error.evidence[0]?.text).toContain(greeting);
  });

  it('says that the guest powered itself off', async () => {
    const { boot } = await lab({}, 'powerOff');
    expect(await (await boot()).gone).toMatchObject({ kind: 'product', code: 'powered-off' });
  });

  it('names the signal when QEMU was killed', async () => {
    const { boot } = await lab();
    const machine = await boot();
    process.kill(Number(machine.platformId.replace('pid ', '')), 'SIGKILL');
    expect(await machine.gone).toMatchObject({
      kind: 'provisioning',
      code: 'qemu-died',
      message: 'qemu was killed by SIGKILL',
    });
  });

  it("passes on QEMU's own complaint when it does not start, and leaves nothing", async () => {
    const { root, boot, entries } = await lab({ qemuFirmware: '/proc/cmdline' });
    await expect(boot()).rejects.toMatchObject({
      kind: 'provisioning',
      code: 'qemu-died',
      message: expect.stringMatching(/^qemu ended with exit code 1: .*bios/i),
    });
    expect(entries.size).toBe(0);
    expect(readdirSync(join(root, 'state'))).toEqual([]);
  });

  it('has the disks that were asked for, and writes to none of the image', async () => {
    const { root, boot, folderOf } = await lab({ qemuGrowBaseDiskBy: '2M' });
    const image = join(root, 'boot-sector.img');
    const before = statSync(image, { bigint: true });
    const bytes = readFileSync(image);
    const machine = await boot({ primaryDiskExtraMiB: 3, disks: [{ serial: 'second', sizeMiB: 64 }] });
    await greets(machine);
    expect(guestSize(join(folderOf(machine), 'primary.qcow2'))).toBe(6 * 2 ** 20);
    expect(guestSize(join(folderOf(machine), 'extra-0.qcow2'))).toBe(64 * 2 ** 20);
    const after = statSync(image, { bigint: true });
    expect([after.mtimeNs, after.size, after.ino]).toEqual([before.mtimeNs, before.size, before.ino]);
    expect(readFileSync(image).equals(bytes)).toBe(true);
    await expect(boot({ disks: [{ serial: 'x'.repeat(21), sizeMiB: 1 }] })).rejects.toMatchObject({
      kind: 'scenario',
    });
  });

  it('keeps user-data where only its owner can read it, and nowhere after the end', async () => {
    const { root, flight, boot, folderOf } = await lab();
    const secret = '-----BEGIN OPENSSH PRIVATE KEY-----';
    for (const [channel, file] of [
      ['ignition', 'config.ign'],
      ['cloudinit', 'config-drive.iso'],
    ] as const) {
      const machine = await boot({ userData: { ...rendered, channel, text: secret } });
      await greets(machine);
      const path = join(folderOf(machine), file);
      expect(readFileSync(path, 'latin1')).toContain(secret);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(statSync(join(root, 'state')).mode & 0o777).toBe(0o700);
      const pid = Number(machine.platformId.replace('pid ', ''));
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(secret);
      await flight.destroy(machine.id, never());
      expect(existsSync(folderOf(machine))).toBe(false);
    }
  });

  it('has a TPM when asked for, which goes with it', async () => {
    const { flight, boot, entries } = await lab();
    const machine = await boot({ tpm: true });
    await greets(machine);
    const tpm = [...entries.values()].find(entry => entry.name.endsWith('-tpm'));
    expect(readFileSync(`/proc/${tpm?.id}/cmdline`, 'utf8')).toContain('swtpm');
    await flight.destroy(machine.id, never());
    expect(existsSync(`/proc/${tpm?.id}`)).toBe(false);
    expect(entries.size).toBe(0);
  });

  it('starts under UEFI, with a variable store of its own', async () => {
    const { boot, folderOf } = await lab({ qemuFirmware: 'uefi' });
    const machine = await boot();
    expect(existsSync(join(folderOf(machine), 'firmware-vars'))).toBe(true);
    const secure = await boot({ firmware: 'uefi-secure', cluster: { id: 'c', index: 1 } });
    const pid = Number(secure.platformId.replace('pid ', ''));
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toMatch(/smm=on.*secboot/s);
  });

  it('ends with the process that made it, even one killed outright', async () => {
    const { pids, parent } = await orphan();
    parent.kill('SIGKILL');
    await poll({ every: 20, until: 5000, what: 'QEMU and swtpm to end' }, async () =>
      pids.every(isGone) ? { done: undefined } : { pending: String(pids) },
    );
  });

  it('outlives that process when it is to be kept, until it is swept', async () => {
    const { pids, parent, resources } = await orphan('keep');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await systemClock.sleep(300);
    expect(pids.map(isGone)).toEqual([false, false]);
    const gone = await platform.sweep(resources, { signal: never(), log: () => {} });
    expect(gone).toHaveLength(resources.length);
    expect(pids.map(isGone)).toEqual([true, true]);
  });
});

/** A machine that another process made. */
const orphan = async (...args: readonly string[]) => {
  const root = mkdtempSync(join(tmpdir(), 'kola-orphan-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const program = join(import.meta.dirname, 'orphan.ts');
  const parent = spawn(process.execPath, [program, root, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(parent.stdout, 'data');
  const resources: OwnedResource[] = JSON.parse(String(line));
  const pids = resources.filter(resource => resource.kind === 'process').map(resource => Number(resource.id));
  onTestFinished(() => {
    for (const pid of pids) if (!isGone(pid)) process.kill(pid, 'SIGKILL');
  });
  expect(pids.map(isGone)).toEqual([false, false]);
  return { parent, pids, resources };
};

/** Where nobody collects orphans, the dead stay in the table. */
const isGone = (pid: number): boolean => {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
};

describe('a host without room', () => {
  it('is found out when the guest writes, and the machine ends with that cause', async () => {
    const { boot } = await lab({ qemuBinary: join(import.meta.dirname, 'full-disk-qemu') }, 'write');
    expect(await (await boot()).gone).toMatchObject({
      kind: 'harness',
      code: 'disk-full',
      message: 'no room left on this host to hold what machine machine writes',
    });
  });

  it('is not asked for more memory than there is', async () => {
    const { boot, entries } = await lab();
    const size = { memoryMiB: 100_000_000, vcpus: 1 };
    await expect(boot({ size })).rejects.toMatchObject({
      kind: 'capacity',
      message: expect.stringMatching(/needs 100000000 MiB/),
    });
    expect(entries.size).toBe(0);
  });
});

describe('a host that promises too much', () => {
  const qemuBinary = join(import.meta.dirname, 'broken-kvm-qemu');

  it('gets its machines under emulation instead, said once, behind the same port', async () => {
    const { boot, flight, log, entries } = await lab({ qemuBinary, qemuAccel: 'auto' });
    expect(flight.slowdown).toBe(1);
    const machine = await boot({ tpm: true });
    const qemuId = () =>
      [...entries.values()].find(entry => entry.kind === 'process' && !entry.name.endsWith('-tpm'))?.id;
    const first = qemuId();
    await poll({ every: 20, until: 10_000, what: 'the fall-back' }, async () => {
      const now = qemuId();
      return now !== undefined && now !== first ? { done: undefined } : { pending: String(now) };
    });
    const before = machine.console?.text().length ?? 0;
    await poll({ every: 20, until: 10_000, what: 'another greeting' }, async () => {
      const since = machine.console?.text().slice(before) ?? '';
      return since.includes(greeting) ? { done: undefined } : { pending: since };
    });
    expect(log).toEqual([expect.stringMatching(/^Using emulation .*KVM internal error. Suberror: 1$/)]);
    expect(flight.slowdown).toBeGreaterThan(1);
    const answered = connect(machine.ssh.port, machine.ssh.host);
    await once(answered, 'connect');
    answered.destroy();
    expect(await Promise.race([machine.gone, Promise.resolve('alive')])).toBe('alive');
    // The next machine does not try KVM again.
    const next = await boot({ cluster: { id: 'd', index: 0 } });
    expect(readFileSync(`/proc/${next.platformId.replace('pid ', '')}/cmdline`, 'utf8')).toContain('tcg');
    expect(log).toHaveLength(1);
  });

  it('is told what to do when KVM was insisted on', async () => {
    const { boot } = await lab({ qemuBinary, qemuAccel: 'kvm' });
    expect(await (await boot()).gone).toMatchObject({
      kind: 'provisioning',
      code: 'kvm-broken',
      message: 'KVM cannot run this guest here: KVM internal error. Suberror: 1',
      hint: expect.stringContaining('--qemu-accel=auto'),
    });
  });
});
