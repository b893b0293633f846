import { spawnSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { explainError } from '../../src/cli/explain-error.ts';
import { UsageError } from '../../src/core/errors.ts';
import { exitCode } from '../../src/core/outcome.ts';
import { factsOf } from './facts.ts';
import { takePictures } from './pictures.ts';
import { type RealRun, readRealRun } from './real-run.ts';
import {
  goKolaReport,
  pastVersions,
  type SyntheticRun,
  syntheticDigest,
  syntheticRuns,
} from './synthetic.ts';

/**
 * The worked example of a release decision: a history filled from a real run of the reference guest and from synthetic
 * results of other platforms, the verdict on it, and the dashboard. Every step is a call of kola that is shown.
 *
 *     npm run example:release -- [RUN_FOLDER] [--store=FILE|URL] [--pictures=DIR] [--no-dashboard]
 */
const here = fileURLToPath(new URL('.', import.meta.url));
const launcher = resolve(here, '../../bin/kola.js');
const policy = join(here, 'policy.yaml');
const day = 86_400_000;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Runs kola and shows the call. Exit codes other than `fine` end the example. */
const kola = (args: readonly string[], fine: readonly number[] = [exitCode.passed]): void => {
  say(`\n$ kola ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [launcher, ...args], { stdio: 'inherit' });
  if (status === null || !fine.includes(status))
    throw new UsageError('example-step', `kola ${args[0]} ended with ${status ?? 'a signal'}`);
};

/** Boots the guest; failures of scenarios are results like others. */
const freshRun = (folder: string): string => {
  kola(['setup', '--yes']);
  kola(
    ['run', '--platform=qemu', '--image=reference', '--tag=smoke', '--store=none', `--output-dir=${folder}`],
    [exitCode.passed, exitCode.failed, exitCode.infrastructure, exitCode.flaky],
  );
  return folder;
};

const importSynthetic = async (
  work: string,
  store: string,
  run: SyntheticRun,
  real: RealRun,
): Promise<void> => {
  const { platform, arch, version, age } = run;
  const file = join(work, `${platform}-${arch}-${version}`, 'reports', 'report.json');
  await mkdir(resolve(file, '..'), { recursive: true });
  await writeFile(file, goKolaReport(run, real.scenarios));
  kola([
    'import',
    store,
    '--synthetic',
    '--policy=example',
    '--kind=reference',
    '--channel=reference',
    `--platform=${platform}`,
    `--arch=${arch}`,
    `--version=${version}`,
    `--digest=${syntheticDigest(platform, arch, version)}`,
    `--at=${new Date(Date.now() - age * day - 3_600_000).toISOString()}`,
    file,
  ]);
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    allowNegative: true,
    options: {
      store: { type: 'string' },
      pictures: { type: 'string' },
      dashboard: { type: 'boolean', default: true },
    },
  });
  const work = resolve('_kola_temp', 'example-release');
  const given = positionals[0];
  if (given !== undefined) await readRealRun(resolve(given));
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const store = `--store=${values.store ?? join(work, 'history.db')}`;
  const folder = given === undefined ? freshRun(join(work, 'run')) : resolve(given);
  const real = await readRealRun(folder);

  kola(['import', store, folder]);
  for (const run of syntheticRuns(real.version)) await importSynthetic(work, store, run, real);
  const facts = [
    ...pastVersions.map(({ version, age }) => factsOf(version, age)),
    factsOf(real.version, undefined, real),
  ];
  const files = facts.map(one => join(work, `facts-${one.version}.json`));
  for (const [index, file] of files.entries()) await writeFile(file, JSON.stringify(facts[index], null, 2));
  kola(['import', store, 'release', ...files]);
  kola(['import', store, 'issues', join(here, 'issues.yaml')]);

  const judged = [store, `--policy=${policy}`, `--decisions=${join(work, 'decisions')}`];
  const candidate = ['--channel=reference', `--version=${real.version}`];
  kola(['gate', ...judged, ...candidate], [exitCode.passed, exitCode.noGo, exitCode.undecided]);
  kola(['gate', 'open', ...judged, ...candidate, '--by=ada']);
  if (values.pictures !== undefined) {
    const site = join(work, 'site');
    kola(['dashboard', 'export', site, ...judged]);
    const names = await takePictures(site, real.version, resolve(values.pictures));
    say(`Wrote ${names.join(', ')} to ${values.pictures}`);
  }
  if (values.dashboard) kola(['dashboard', ...judged], [exitCode.passed, exitCode.interrupted]);
};

try {
  await main();
} catch (error) {
  const { lines, code } = explainError(error, process.env.KOLA_DEBUG === '1');
  for (const line of lines) process.stderr.write(`${line}\n`);
  process.exitCode = code;
}
