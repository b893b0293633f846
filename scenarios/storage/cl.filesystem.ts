import { minutes } from '../../src/core/clock.ts';
import type { Subtest } from '../../src/core/scenario.ts';
import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';

/** One walk over the whole tree. */
export interface Search {
  readonly name: string;
  readonly description: string;
  /** What find(1) is to print. */
  readonly expression: string;
  readonly pruned: readonly string[];
  /** Paths that may be found. */
  readonly allowed?: readonly string[];
}

const containers = ['/var/lib/docker', '/var/lib/containerd', '/var/lib/rkt'];
const kernel = ['/proc', '/sys'];
const special = [...kernel, ...containers, '/var/lib/flatcar-oem-gce'];

const suid = [
  ...['chage', 'chfn', 'chsh', 'expiry', 'gpasswd', 'ksu', 'man', 'mandb', 'mount', 'mount.nfs', 'newgidmap'],
  ...['newgrp', 'newuidmap', 'passwd', 'pkexec', 'su', 'sudo', 'umount', 'unix_chkpwd'],
].map(name => `/usr/bin/${name}`);

export const searches: readonly Search[] = [
  {
    name: 'deadlinks',
    description: 'no symbolic link leads nowhere',
    expression: '-xtype l',
    pruned: [
      ...['/dev', '/proc', '/sys', '/run/systemd', '/run/udev/links', '/run/udev/watch', '/run/user'],
      ...[...containers, '/var/lib/flatcar-oem-gce', '/usr/share/flatcar/etc'],
    ],
  },
  {
    name: 'suid',
    description: 'only known programs run as their owner',
    expression: '-type f -perm -4000',
    pruned: special,
    allowed: [
      ...suid,
      '/usr/lib/polkit-1/polkit-agent-helper-1',
      '/usr/lib64/polkit-1/polkit-agent-helper-1',
      '/usr/libexec/dbus-daemon-launch-helper',
      '/usr/sbin/mount.nfs',
      '/usr/sbin/unix_chkpwd',
    ],
  },
  {
    name: 'sgid',
    description: 'only known programs run as their group',
    expression: '-type f -perm -2000',
    pruned: special,
    allowed: ['/usr/bin/chage', '/usr/bin/expiry', '/usr/bin/unix_chkpwd', '/usr/sbin/unix_chkpwd'],
  },
  {
    name: 'writablefiles',
    description: 'no file can be written by everybody',
    expression: '-type f -perm -0002',
    pruned: [...kernel, ...containers],
  },
  {
    name: 'writabledirs',
    description: 'no folder can be written by everybody unless entries are protected from others',
    expression: '-type d -perm -0002 ! -perm -1000',
    pruned: [...kernel, ...containers],
  },
  {
    name: 'stickydirs',
    description: 'folders with protected entries are only where they belong',
    expression: '-type d -perm -1000',
    pruned: [...special, '/dev/mqueue', '/dev/shm', '/media', '/tmp', '/var/tmp'],
  },
  {
    name: 'blacklist',
    description:
      'no interpreters, manuals, leftovers of an update, and no names with blanks or control characters',
    expression: `'(' -path '/usr/bin/perl*' -o -path '/usr/bin/python*' -o -path /usr/share/man -o -path '/usr/bin/*.old' -o -name '*['$'\\001'-$'\\037'' '$'\\177'']*' ')'`,
    pruned: [...special, '/run'],
  },
];

/**
 * The find command of a search, for bash; prints one path a line, with no name able to break a line. The locale
 * has single bytes, so that no name is invalid text to a pattern.
 */
export const findCommand = ({ expression, pruned }: Search, root = '', become = 'sudo '): string => {
  const prune = pruned.map(path => `-path ${root}${path}`).join(' -o ');
  const inRoot = expression.replaceAll(/-path ('?)\//g, `-path $1${root}/`);
  return `${become}env LC_ALL=C find ${root}/ -ignore_readdir_race '(' ${prune} ')' -prune -o ${inRoot} -print0 | LC_ALL=C tr '\\n\\0' '?\\n'`;
};

/** A broken image may offend a thousand times: the first ones tell enough. */
const shown = 20;

/** Paths that are not allowed. */
export const offenders = (output: string, allowed: readonly string[] = []): readonly string[] =>
  output.split('\n').filter(path => path !== '' && !allowed.includes(path));

const asSubtest = (search: Search): Subtest => ({
  name: search.name,
  description: search.description,
  run: async t => {
    const output = await t.machine.run(`set -o pipefail; ${findCommand(search)}`, { timeout: minutes(10) });
    const found = offenders(output, search.allowed);
    t.equal(
      search.name,
      found.slice(0, shown),
      [],
      `${search.description}: ${found.length} offend, among them`,
    );
  },
});

export default scenario({
  name: 'cl.filesystem',
  description:
    'The tree has no dead links, no stray special bits, nothing open to everybody and no unwanted files',
  tags: ['storage', 'security'],
  platforms: local,
  share: 'reads',
  timeout: minutes(15),
  sabotage: {
    kind: 'guest',
    fault: 'a program runs as its owner',
    commands: ['sudo install --mode 4755 /usr/bin/true /var/lib/as-owner'],
    fails: { check: 'suid/suid' },
  },
  subtests: searches.map(asSubtest),
});
