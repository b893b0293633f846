import { asleepWord, awakeWord } from '../core/platform.ts';
import { shellQuote } from './ssh/quote.ts';
import { hostKeyPath } from './user-data/additions.ts';

/** Stands in authorized_keys where the next clone's key goes. sshd passes over a line that begins like this. */
const keyPlace = 'kola-key-of-the-next-clone';
/** Share of idle processor time at which a machine rests, and half seconds that are waited for it. */
const restingShare = 0.9;
const mostHalfSeconds = 20;

export interface LayDownOptions {
  /** The serial line that the machine then listens on. */
  readonly line: string;
  /** authorized_keys line of the login key, which nobody may use again. */
  readonly loginKey: string;
}

/**
 * The command, for the login user, that makes a machine ready to be frozen. Its keys are taken away, and the timers
 * that a leap of the clock would set off are stopped; it says that it is asleep once it has come to rest, and then
 * runs the script that it is sent, the timers' names in `$timers` and the user's home in `$1`.
 */
export const layDownCommand = (options: LayDownOptions): string =>
  `sudo systemd-run --quiet --collect --unit=kola-asleep sh -c ${shellQuote(layDown(options))} sh "$HOME"`;

const layDown = ({ line, loginKey }: LayDownOptions): string =>
  [
    'set -e',
    `exec 3<>${line}`,
    `stty -F ${line} 115200 raw -echo`,
    'timers=$(systemctl list-units --type=timer --state=active --plain --no-legend | cut -d" " -f1)',
    '[ -z "$timers" ] || systemctl stop $timers',
    `[ ! -d "$1/.ssh" ] || find "$1/.ssh" -type f -exec sed -i ${shellQuote(`s|${keyOf(loginKey)}|${keyPlace}|`)} {} +`,
    // Emptied, not removed: the next content keeps mode and label.
    `: >${hostKeyPath}; : >${hostKeyPath}.pub`,
    rest,
    `echo ${asleepWord} >&3`,
    'read -r size <&3',
    'export timers; set +e',
    'head -c "$size" <&3 | sh -s -- "$1"',
    `echo "${awakeWord} $?" >&3`,
    // This shell is the line's session leader: its end hangs up, and what has not gone out by then is thrown away. To
    // set a line, stty first waits until it has sent everything.
    'stty raw -echo <&3',
  ].join('\n');

/** What is still going on in the machine would go on in each of its clones. /proc/stat counts hundredths of seconds. */
const rest = `cpus=$(nproc); tries=0
while [ $tries -lt ${mostHalfSeconds} ]; do
  read -r cpu user nice system before more </proc/stat
  sleep 0.5
  read -r cpu user nice system after more </proc/stat
  [ $((after - before)) -lt $((${50 * restingShare} * cpus)) ] || break
  tries=$((tries + 1))
done`;

export interface RenewalOptions {
  /** authorized_keys line of the clone's own login key. */
  readonly loginKey: string;
  readonly hostPrivateKey: string;
  readonly hostPublicKey: string;
  /** sshd is started for each connection. */
  readonly socketActivated: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** 32 hexadecimal digits; absent = it keeps that of its template. */
  readonly machineId?: string;
}

/** The script that makes a clone a machine of its own: the right time, its own keys, and its own id if it needs one. */
export const renewalScript = (options: RenewalOptions): string => {
  const { loginKey, hostPrivateKey, hostPublicKey, socketActivated, now, machineId } = options;
  return [
    'set -e',
    `date --set=@${(now / 1000).toFixed(3)} >/dev/null`,
    `echo ${shellQuote(hostPrivateKey.trim())} >${hostKeyPath}`,
    `echo ${shellQuote(hostPublicKey.trim())} >${hostKeyPath}.pub`,
    `[ ! -d "$1/.ssh" ] || find "$1/.ssh" -type f -exec sed -i ${shellQuote(`s|${keyPlace}|${keyOf(loginKey)}|`)} {} +`,
    ...(machineId === undefined ? [] : [newMachineId(machineId)]),
    // Those that remember when they last ran would all run now.
    'touch -c /var/lib/systemd/timers/stamp-*',
    '[ -z "$timers" ] || systemctl start --no-block $timers',
    // A server that runs all the time has to read the host key again; one that is started anew does it by itself.
    ...(socketActivated ? [] : ['systemctl try-reload-or-restart sshd.service']),
    '',
  ].join('\n');
};

/** The id, and what was derived from the old one: the journal's folder, PID 1's specifiers, the DHCP client id. */
const newMachineId = (id: string): string => `old=$(cat /etc/machine-id)
echo ${id} >/etc/machine-id
[ ! -f /var/lib/dbus/machine-id ] || [ -L /var/lib/dbus/machine-id ] || echo ${id} >/var/lib/dbus/machine-id
for folder in /run/log/journal /var/log/journal; do
  [ ! -d "$folder/$old" ] || mv "$folder/$old" "$folder/${id}"
done
systemctl daemon-reexec
systemctl try-restart systemd-journald.service systemd-networkd.service`;

/** Kind and body of a key line, without its comment. Key lines have no `|`. */
const keyOf = (line: string): string => line.trim().split(' ').slice(0, 2).join(' ');
