import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KolaError, ProvisioningError } from '../../src/core/errors.ts';
import { brandId, type MachineId } from '../../src/core/ids.ts';
import type { ImageManifest } from '../../src/core/image.ts';
import type { ConsoleSource, ProvisionedMachine } from '../../src/core/platform.ts';
import type { SshServer } from './ssh-server.ts';

/**
 * What a guest answers to the harness, played by small programs that stand before the real ones in the PATH of an
 * SSH server: its state, boot id and journal are files that a test sets.
 */
export interface SshGuest {
  set(file: 'state' | 'failed' | 'boot_id', text: string): void;
  /** One journal entry. */
  say(identifier: string, message: string): void;
  /** Whether it was told to reboot. */
  rebooted(): boolean;
  readonly provisioned: ProvisionedMachine;
  /** Text on its console. */
  print(text: string): void;
  /** The platform says it is gone. */
  vanish(error: KolaError): void;
}

const programs = (folder: string): Record<string, string> => ({
  systemctl: `case "$*" in
*is-system-running*) cat ${folder}/state ;;
*state=failed*) cat ${folder}/failed ;;
*list-jobs*) echo "12 slow.service start running" ;;
*status*) echo "x $*"; exit 3 ;;
reboot) echo yes > ${folder}/reboot ;;
esac`,
  journalctl: `case "$*" in
*--unit=*) echo "Nov 20 18:19:34 host systemd[1]: bad.service: Main process exited, code=exited, status=1/FAILURE" ;;
*--after-cursor=*--follow*) exec tail -n +1 -f ${folder}/journal.later ;;
*--after-cursor=*) cat ${folder}/journal.later ;;
*) exec tail -n +1 -f ${folder}/journal ;;
esac`,
  cat: `case "$1" in /proc/sys/kernel/random/boot_id) exec /bin/cat ${folder}/boot_id ;; esac
exec /bin/cat "$@"`,
});

const osId = (): string =>
  /^ID=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]?.replaceAll('"', '') ?? '';

export const guestManifest = (): ImageManifest => ({
  schema: 1,
  name: 'played',
  kind: 'custom',
  title: 'Played by files',
  version: '1.0.0',
  arch: 'amd64',
  disk: { file: 'disk.qcow2', format: 'qcow2', sha256: '' },
  osRelease: { id: osId() },
  selinux: { policy: 'none', enforcing: false },
  provides: [],
  userData: [],
  usrHash: { where: 'kernel' },
  bootLog: { console: 'ttyS0', kernel: true, systemd: true },
  firmware: ['bios'],
});

/** A console that a test writes to. */
const playedConsole = (): { source: ConsoleSource; print: (text: string) => void } => {
  let text = '';
  let wake = Promise.withResolvers<void>();
  const follow = async function* (signal: AbortSignal): AsyncIterable<string> {
    let seen = 0;
    signal.addEventListener('abort', () => wake.resolve(), { once: true });
    while (!signal.aborted) {
      if (seen === text.length) await wake.promise;
      const chunk = text.slice(seen);
      seen = text.length;
      if (chunk !== '') yield chunk;
    }
  };
  const print = (more: string): void => {
    text += more;
    wake.resolve();
    wake = Promise.withResolvers();
  };
  return { source: { follow, text: () => text }, print };
};

let cursor = 0;

export const playGuest = (server: SshServer): SshGuest => {
  const { folder, binFolder } = server;
  for (const [name, script] of Object.entries(programs(folder))) {
    writeFileSync(join(binFolder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(binFolder, name), 0o755);
  }
  const set = (file: string, text: string): void => writeFileSync(join(folder, file), text);
  for (const file of ['failed', 'journal', 'journal.later', 'reboot']) set(file, '');
  chmodSync(join(folder, 'reboot'), 0o666);
  set('state', 'running\n');
  set('boot_id', '11111111-1111-1111-1111-111111111111\n');
  const gone = Promise.withResolvers<KolaError>();
  const { source, print } = playedConsole();
  return {
    set,
    say: (identifier, message) => {
      const boot = readFileSync(join(folder, 'boot_id'), 'utf8').trim().replaceAll('-', '');
      const head = `__CURSOR=c${++cursor}\n__REALTIME_TIMESTAMP=1763662774000000\n_BOOT_ID=${boot}\n_HOSTNAME=host\n`;
      const entry = `${head}SYSLOG_IDENTIFIER=${identifier}\nMESSAGE=${message}\n\n`;
      writeFileSync(join(folder, 'journal'), entry, { flag: 'a' });
    },
    rebooted: () => readFileSync(join(folder, 'reboot'), 'utf8') !== '',
    provisioned: {
      id: brandId<MachineId>('m1'),
      platformId: 'played',
      ssh: { host: '127.0.0.1', port: server.port },
      publicAddress: '127.0.0.1',
      privateAddress: '127.0.0.1',
      console: source,
      gone: gone.promise,
    },
    print,
    vanish: error => gone.resolve(error),
  };
};

export const powerCut = (): KolaError => new ProvisioningError('machine-gone', 'the machine lost its power');
