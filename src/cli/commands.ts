import type { CommandEntry } from './command.ts';

/** All commands, in the order of the help. Each is loaded only when it was chosen. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'run',
    summary: 'boot machines and run scenarios on them',
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'list',
    summary: 'show scenarios, and why one is not selected',
    load: () => import('./commands/list.ts'),
  },
  {
    name: 'prove',
    summary: 'sabotage machines and see that scenarios fail',
    load: () => import('./commands/prove.ts'),
  },
  { name: 'new', summary: 'make a scenario and its test', load: () => import('./commands/new.ts') },
  { name: 'spawn', summary: 'boot machines to work on by hand', load: () => import('./commands/spawn.ts') },
  {
    name: 'check-console',
    summary: 'apply the console rules to saved logs',
    load: () => import('./commands/check-console.ts'),
  },
  {
    name: 'image',
    summary: 'download, verify, build, list, remove and upload images',
    load: () => import('./commands/image.ts'),
  },
  {
    name: 'report',
    summary: 'make a report of a run folder again',
    load: () => import('./commands/report.ts'),
  },
  {
    name: 'merge',
    summary: 'join run folders of shards and platforms into one',
    load: () => import('./commands/merge.ts'),
  },
  {
    name: 'github',
    summary: 'outputs, summary and comment for GitHub Actions',
    load: () => import('./commands/github.ts'),
  },
  {
    name: 'release',
    summary: 'test a release everywhere and end in the verdict of the gate',
    load: () => import('./commands/release.ts'),
  },
  {
    name: 'worker',
    summary: 'play attempts of runs on other hosts (kola run --queue)',
    load: () => import('./commands/worker.ts'),
  },
  {
    name: 'plan',
    summary: 'lay out what a release is tested on, with minutes and cost',
    load: () => import('./commands/plan.ts'),
  },
  {
    name: 'import',
    summary: 'put results and release facts into the history',
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'gate',
    summary: 'say whether a release may ship, and record the decision',
    load: () => import('./commands/gate.ts'),
  },
  {
    name: 'dashboard',
    summary: 'show the history and the verdicts as web pages',
    load: () => import('./commands/dashboard.ts'),
  },
  {
    name: 'gc',
    summary: 'destroy what runs left in an account of a cloud',
    load: () => import('./commands/gc.ts'),
  },
  { name: 'doctor', summary: 'say what this machine lacks', load: () => import('./commands/doctor.ts') },
  { name: 'setup', summary: 'install what this machine lacks', load: () => import('./commands/setup.ts') },
  { name: 'version', summary: 'print the version', load: () => import('./commands/version.ts') },
  {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
];
