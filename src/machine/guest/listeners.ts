import type { CheckContext } from '../../core/scenario.ts';

export interface Listener {
  readonly protocol: 'tcp' | 'udp';
  readonly port: string;
  readonly program: string;
}

const header = /^Proto +Recv-Q +Send-Q +Local Address +Foreign Address +State +PID\/Program name *$/;

/** netstat cuts `pid/name` after this many characters. */
const programWidth = 19;

const toListener = (line: string): Listener | undefined => {
  // UDP sockets have no state: the last column is the program either way.
  const fields = line.trim().split(/\s+/);
  const protocol = /^(tcp|udp)6?$/.exec(fields[0] ?? '')?.[1];
  const port = /:(\d+)$/.exec(fields[3] ?? '')?.[1];
  const rest = fields.slice(protocol === 'tcp' ? 6 : 5);
  const owner = (rest[0] === 'LISTEN' || rest[0] === 'ESTABLISHED' ? rest.slice(1) : rest).join(' ');
  const [, pid, program] = /^(\d+)\/([^ :]+)/.exec(owner) ?? [];
  if ((protocol !== 'tcp' && protocol !== 'udp') || port === undefined)
    throw new Error(`no line of netstat: ${line}`);
  // The program is ending, or its name cannot be read.
  if (program?.startsWith('(')) return undefined;
  return { protocol, port, program: pid === '1' ? 'systemd' : (program ?? '-').slice(0, programWidth) };
};

/** Reads `netstat -plutn`. Throws when its form is not the known one. */
export const parseNetstat = (text: string): readonly Listener[] => {
  const lines = text.split('\n').filter(line => line.trim() !== '');
  if (!lines[0]?.startsWith('Active Internet connections') || !header.test(lines[1] ?? ''))
    throw new Error(`expected the header of netstat -plutn, found ${JSON.stringify(lines.slice(0, 2))}`);
  return lines.slice(2).flatMap(line => toListener(line) ?? []);
};

interface Expected {
  readonly protocol: 'tcp' | 'udp';
  readonly port: string | 'any';
  readonly program: string;
}

const expected: readonly Expected[] = [
  { protocol: 'tcp', port: '22', program: 'systemd' },
  { protocol: 'udp', port: '68', program: 'systemd-networkd' },
  { protocol: 'udp', port: '546', program: 'systemd-networkd' },
  { protocol: 'tcp', port: '53', program: 'systemd-resolved' },
  { protocol: 'udp', port: '53', program: 'systemd-resolved' },
  { protocol: 'udp', port: 'any', program: 'systemd-timesyncd' },
  { protocol: 'tcp', port: 'any', program: 'containerd' },
];

/** The name may be cut short by netstat, and by the kernel's own 15 characters. */
const isCutFrom = (name: string, full: string): boolean =>
  name === full || (name.length >= 12 && full.startsWith(name));

/** Listeners that nobody expects, one text each. */
export const strangers = (listeners: readonly Listener[]): readonly string[] =>
  listeners
    .filter(
      ({ protocol, port, program }) =>
        !expected.some(
          entry =>
            entry.protocol === protocol &&
            (entry.port === 'any' || entry.port === port) &&
            isCutFrom(program, entry.program),
        ),
    )
    .map(({ protocol, port, program }) => `${protocol} ${port} ${program}`);

/** Checks that what listens is known, and that the look was a real one. */
export const checkListeners = async (t: CheckContext): Promise<void> => {
  const listeners = async () => parseNetstat(await t.machine.run('sudo netstat -plutn'));
  t.ok(
    'sshd-seen',
    (await listeners()).some(({ protocol, port }) => protocol === 'tcp' && port === '22'),
    'netstat does not show the SSH port that this very command came through',
  );
  // A socket may live for a moment (a DHCP or DNS exchange): what stays is what counts.
  let found: readonly string[] = [];
  let looks = 0;
  await t.eventually(
    'known listeners only',
    async () => {
      found = strangers(await listeners());
      looks += 1;
      return found.length === 0 || looks === 4 ? true : undefined;
    },
    { every: 5000 },
  );
  t.equal('only-known', found, [], 'unexpected listeners');
};
