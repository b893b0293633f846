import type { OptionSpec } from './spec.ts';

/** How `kola run` runs what was selected. */
export const runOptions: readonly OptionSpec[] = [
  { name: 'cold', description: 'boot every machine; never clone one that was booted before' },
  {
    name: 'share',
    fallback: true,
    description: 'let scenarios that allow it use one machine; --no-share gives each its own',
  },
  {
    name: 'snapshots-max',
    value: 'size',
    fallback: '10G',
    description: 'disk space for booted machines that later runs clone; 0 = keep none',
  },
  {
    name: 'parallel',
    short: 'j',
    value: 'n|auto',
    fallback: 'auto',
    description: 'machines at once; auto = what cores and memory allow',
  },
  {
    name: 'output-dir',
    value: 'dir',
    description: 'run folder instead of _kola_temp/<platform>-<time>-<run>',
  },
  { name: 'tapfile', value: 'file', description: 'copy of the TAP report' },
  { name: 'retries', value: 'n', fallback: '1', description: 'further attempts after infrastructure causes' },
  {
    name: 'retries-product',
    value: 'n',
    fallback: '0',
    description: 'further attempts after product causes',
  },
  {
    name: 'flaky-budget',
    value: 'percent',
    description: 'exit 6 when more results than that are flaky; default: no limit',
  },
  { name: 'fail-fast', description: 'start nothing more after the first failure' },
  { name: 'multiply', value: 'n', fallback: '1', description: 'run every scenario n times' },
  { name: 'seed', value: 'n', description: 'order of scenarios; default: random, and reported' },
  {
    name: 'remove',
    short: 'r',
    fallback: true,
    description: 'remove machines at the end; --remove=false keeps those of failed scenarios',
  },
  {
    name: 'disable-selinux-avc-checks',
    description: 'do not count SELinux denials in the logs',
  },
];

/** Keys and firmware: for `kola run` and `kola spawn`. */
export const accessOptions: readonly OptionSpec[] = [
  {
    name: 'keys',
    short: 'k',
    description: 'let in the keys of the SSH agent and of ~/.ssh/id_*.pub, too',
  },
  { name: 'key', value: 'file', list: true, description: 'public key file to let in, too' },
  {
    name: 'enable-secureboot',
    description: 'boot with secure boot: firmware uefi-secure, or files of that kind',
  },
];
