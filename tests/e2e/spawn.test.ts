import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { poll } from '../../src/core/poll.ts';
import { ended, kola, startKola } from '../cli/kola.ts';
import { emulatorsOf, makePlace, type Place, runsIn } from './runs.ts';

const run = promisify(execFile);

const motd = JSON.stringify({
  ignition: { version: '3.3.0' },
  storage: { files: [{ path: '/etc/greeting', contents: { source: 'data:,made%20by%20hand' } }] },
});

const spawning = ({ runDir }: Place, ...flags: readonly string[]): readonly string[] => [
  'spawn',
  '--platform=qemu',
  '--image=reference',
  `--output-dir=${runDir}`,
  ...flags,
];

/** What is said on the machine when the printed command line is pasted into a shell. */
const askedBy = async (commandLine: string): Promise<string> => {
  const { stdout } = await run('sh', ['-c', `${commandLine} 'id -un; cat /etc/greeting'`], {
    timeout: 60_000,
  });
  return stdout;
};

const commandLineIn = (stdout: string): string | undefined => /^[^\s:]+: (ssh .+)\n/m.exec(stdout)?.[1];

describe('kola spawn', () => {
  it('boots a machine with the user-data it is given, and takes it away when it is told to stop', async () => {
    using place = makePlace();
    const userData = `${place.runDir}.ign`;
    writeFileSync(userData, motd);
    const child = startKola(spawning(place, '--shell=false', `--userdata=${userData}`), {
      env: place.env,
      input: '',
    });
    let said = '';
    child.stdout?.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
    const end = ended(child);
    const line = await poll({ every: 200, until: 240_000, what: 'the way in' }, async () => {
      const found = commandLineIn(said);
      if (found !== undefined) return { done: found };
      if (child.exitCode !== null) throw new Error(`kola ended: ${said} ${(await end).stderr}`);
      return { pending: said };
    });
    expect(await askedBy(line)).toBe('core\nmade by hand');
    expect(emulatorsOf(place.runDir)).toHaveLength(1);
    child.kill('SIGINT');
    expect((await end).code).toBe(0);
    expect(emulatorsOf(place.runDir)).toEqual([]);
    expect(runsIn(place.stateDir)).toEqual([]);
  });

  it('leaves a machine behind with --detach, for the next run to remove', async () => {
    using place = makePlace();
    const { code, stdout, stderr } = await kola(spawning(place, '--detach'), { env: place.env });
    expect(code, stderr).toBe(0);
    const line = commandLineIn(stdout);
    expect(line, stdout).toBeDefined();
    const { stdout: who } = await run('sh', ['-c', `${line} id -un`], { timeout: 60_000 });
    expect(who).toBe('core\n');
    const next = ['run', '--platform=qemu', '--image=reference', 'no.such.*', 'cl.verity', '--tag=smoke'];
    expect((await kola([...next, `--output-dir=${place.runDir}-2`], { env: place.env })).code).toBe(4);
    expect(emulatorsOf(place.runDir)).toEqual([]);
    expect(runsIn(place.stateDir)).toEqual([]);
  });
});
