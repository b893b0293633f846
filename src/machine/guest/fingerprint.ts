import { HarnessError } from '../../core/errors.ts';
import type { CommandOptions, CommandResult } from '../../core/machine.ts';

/** What of a machine's state others would notice: `units: docker.service` → `active running`. */
export type Fingerprint = ReadonlyMap<string, string>;

/** Milliseconds on real hardware. */
const patience = 120_000;

/**
 * One script, as under emulation each program costs tenths of a second. File contents appear as hashes only.
 * Tools that an image may lack are asked last in their line, so that nothing else depends on them.
 */
const script = `export LC_ALL=C
systemctl list-units --all --full --plain --no-legend --no-pager --type=service,socket,timer,path,target,swap | awk '{ print "unit " $1 "\\t" $3 " " $4 }'
awk '{ for (i = 7; $i != "-"; i++); print "mount " $5 "\\t" $(i+1) " " $(i+2) " " $6 }' /proc/self/mountinfo
list() { find "$@" -xdev '(' -type f -o -type l ')' -printf 'file %p\\t%y %#m %U:%G %l\\n' 2>/dev/null; }
hashes() { find "$@" -xdev -type f -size -512k -print0 2>/dev/null | xargs -0 -r sha256sum 2>/dev/null | awk '{ hash = substr($1, 1, 16); sub(/^[^ ]+ +/, ""); print "hash " $0 "\\t" hash }'; }
list /etc /run/systemd/system; hashes /etc /run/systemd/system
list /home /root /opt -maxdepth 3; hashes /home /root /opt -maxdepth 3
find /var/lib -xdev -mindepth 1 -maxdepth 2 -printf 'file %p\\t%y %#m %U:%G\\n' 2>/dev/null
find /tmp /var/tmp -xdev -mindepth 1 -maxdepth 1 -printf 'file %p\\t%y %#m %U:%G\\n' 2>/dev/null
getent passwd | awk -F: '{ print "account user " $1 "\\t" $0 }'
getent group | awk -F: '{ print "account group " $1 "\\t" $0 }'
sysctl -a 2>/dev/null | awk '{ key = $1; sub(/^[^=]*= ?/, ""); print "sysctl " key "\\t" $0 }'
for proto in tcp tcp6 udp udp6; do awk -v proto=$proto 'FNR > 1 && (proto ~ /udp/ || $4 == "0A") { print "listener " proto " " $2 "\\topen" }' /proc/net/$proto; done
for link in /sys/class/net/*; do printf 'link %s\\tthere\\n' "\${link##*/}"; done
printf 'firewall nftables\\t%s\\n' "$(nft -s list ruleset 2>/dev/null | sha256sum | cut -c 1-16)"
printf 'selinux mode\\t%s\\n' "$(getenforce 2>/dev/null)"
printf 'end reached\\tyes\\n'
`;

/** Where each kind of line is counted in. */
const parts: Readonly<Record<string, string>> = {
  unit: 'units',
  mount: 'mounts',
  file: 'files',
  hash: 'contents',
  account: 'accounts',
  sysctl: 'kernel',
  listener: 'listeners',
  link: 'network',
  firewall: 'network',
  selinux: 'kernel',
};

/** Comes and goes with every login, D-Bus call or timer, or is counted up by the kernel. */
const restless: readonly RegExp[] = [
  /^units: (?:run-|session-|user@|user-runtime-dir@|sshd@|systemd-(?:hostnamed|timedated|localed|machined|userdbd|userdb-load|fsck@|tmpfiles-clean|ask-password)|polkit|modprobe@|dbus-:|boot\.|logrotate|fstrim|e2scrub|packagekit|.*\.scope)/,
  /^mounts: \/(?:run\/(?:user|credentials|docker|systemd)|proc\/sys\/fs\/binfmt_misc|sys\/fs\/bpf|var\/lib\/docker|boot|efi)(?:\/|$)/,
  /^(?:files|contents): \/etc\/(?:\.pwd\.lock|\.updated|ld\.so\.cache|(?:passwd|shadow|group|gshadow|subuid|subgid)-)$/,
  /^files: \/var\/lib\/(?:systemd\/timers|systemd\/(?:random-seed|timesync|linger)|logrotate|private|dbus)(?:\/|$|\.)/,
  /^files: \/(?:var\/)?tmp\/(?:systemd-private-|\.)/,
  /^kernel: (?:kernel\.(?:random\.|ns_last_pid|pty\.nr|perf_|sched_|spl|cap_last)|fs\.(?:dentry-state|file-nr|inode-|aio-nr|quota|binfmt_misc|epoll|nr_open|fanotify)|net\.netfilter\.nf_conntrack_(?:count|.*buckets)|dev\.|.*\.(?:stable_secret|tcp_fastopen_key|route\.flush)$)/,
];

/** Ports from here on belong to clients that wait for an answer. */
const firstClientPort = 32_768;

/** `0100007F:0035` → 53 */
const portOf = (address: string): number => Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);

/** A unit that is not running is as good as one that is not loaded. */
const isIdle = (key: string, value: string): boolean =>
  key.startsWith('units: ') && !/^(?:active|failed|reloading)\b/.test(value);

const isClient = (key: string): boolean => key.startsWith('listeners: udp') && portOf(key) >= firstClientPort;

/** Reads what the script prints; undefined when it was cut off. */
export const parseFingerprint = (text: string): Fingerprint | undefined => {
  const found = new Map<string, string>();
  let complete = false;
  for (const line of text.split('\n')) {
    const tab = line.indexOf('\t');
    const space = line.indexOf(' ');
    if (tab < 0 || space < 0 || space > tab) continue;
    const part = parts[line.slice(0, space)];
    if (line.startsWith('end ')) complete = true;
    if (part === undefined) continue;
    const key = `${part}: ${line.slice(space + 1, tab)}`;
    const value = line.slice(tab + 1);
    if (!isIdle(key, value) && !isClient(key) && !restless.some(pattern => pattern.test(key)))
      found.set(key, value);
  }
  return complete ? found : undefined;
};

/** What is not as it was, a line each: `+` came, `-` went, `~` is another. */
export const changesBetween = (before: Fingerprint, after: Fingerprint): readonly string[] => {
  const gone = [...before.keys()].filter(key => !after.has(key)).map(key => `- ${key}`);
  const others = [...after].flatMap(([key, value]) => {
    const old = before.get(key);
    if (old === undefined) return [`+ ${key}`];
    if (old === value) return [];
    return [/^(?:contents|accounts)/.test(key) ? `~ ${key}` : `~ ${key}: ${old} → ${value}`];
  });
  return [...gone, ...others];
};

type Asks = { try(command: string, options?: CommandOptions): Promise<CommandResult> };

/** Takes the fingerprint of a machine. Throws when there is no answer or half of one. */
export const takeFingerprint = async (machine: Asks, signal: AbortSignal): Promise<Fingerprint> => {
  const { code, stdout, stderr } = await machine.try('sudo sh', { input: script, timeout: patience, signal });
  const fingerprint = parseFingerprint(stdout);
  if (fingerprint === undefined)
    throw new HarnessError(
      'fingerprint',
      `a machine's state could not be read: sh exited ${code}: ${stderr.trim().split('\n').at(-1) ?? ''}`,
    );
  return fingerprint;
};
