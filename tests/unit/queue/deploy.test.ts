import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { command as runCommand } from '../../../src/cli/commands/run.ts';
import { command as workerCommand } from '../../../src/cli/commands/worker.ts';

const textOf = (name: string): string =>
  readFileSync(new URL(`../../../deploy/${name}`, import.meta.url), 'utf8');

interface Container {
  readonly args: readonly string[];
}

const commandLines = (): readonly (readonly string[])[] => {
  const compose = parse(textOf('compose.yaml')) as { services: { worker: { command: readonly string[] } } };
  const pods = parseAllDocuments(textOf('kubernetes.yaml')).map(
    document => document.toJS() as { spec: { template: { spec: { containers: readonly Container[] } } } },
  );
  const containers = pods.flatMap(({ spec }) => spec.template.spec.containers);
  return [compose.services.worker.command, ...containers.map(({ args }) => args)];
};

describe('the examples of deploy/', () => {
  it('call kola with options that it has', async () => {
    const lines = commandLines();
    expect(lines.map(([name]) => name)).toEqual(['worker', 'worker', 'run']);
    for (const [name, ...flags] of lines) {
      const known = await (name === 'run' ? runCommand : workerCommand).options();
      const names = new Set(known.map(option => `--${option.name}`));
      for (const flag of flags) expect(names).toContain(flag.split('=')[0]);
    }
  });

  it('put no password onto a command line', () => {
    for (const argument of commandLines().flat())
      expect(argument).not.toMatch(/:\/\/[^/@]*:[^/@]*@|password/);
  });
});
