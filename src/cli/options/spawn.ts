import type { OptionSpec } from './spec.ts';

/** Options of `kola spawn` alone. */
export const spawnOptions: readonly OptionSpec[] = [
  { name: 'nodecount', short: 'c', value: 'n', fallback: '1', description: 'how many machines' },
  {
    name: 'userdata',
    short: 'u',
    value: 'file',
    description: 'Butane or Ignition config, cloud-config or script for them',
  },
  { name: 'detach', short: 't', description: 'leave the machines running and return' },
  { name: 'shell', short: 's', fallback: true, description: 'open a shell on the first machine' },
  { name: 'keep', description: 'leave the machines running when the shell ends' },
];
