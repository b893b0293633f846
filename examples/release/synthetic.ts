import { createHash } from 'node:crypto';

/** Results that nobody measured, in the format of Go kola's `report.json`. Every import of them is marked synthetic. */
export interface SyntheticRun {
  readonly platform: string;
  readonly arch: 'amd64' | 'arm64';
  readonly version: string;
  /** Days before now. */
  readonly age: number;
  /** By scenario: one entry for each time it ran; a text is the message of a failure, undefined a pass. */
  readonly odd: Readonly<Record<string, readonly (string | undefined)[]>>;
}

interface GoKolaTest {
  readonly name: string;
  readonly result: 'PASS' | 'FAIL';
  /** Nanoseconds. */
  readonly duration: number;
  readonly output: string;
}

const older = (version: string, age: number): readonly SyntheticRun[] => [
  { platform: 'aws', arch: 'amd64', version, age, odd: {} },
  { platform: 'aws', arch: 'arm64', version, age, odd: {} },
  { platform: 'azure', arch: 'amd64', version, age, odd: {} },
  {
    platform: 'vmware',
    arch: 'amd64',
    version,
    age,
    odd: version === '0.0.9' ? { 'docker.base': ['dial tcp 10.1.2.3:443: i/o timeout', undefined] } : {},
  },
];

/** Versions of the example's past, oldest first. */
export const pastVersions = [
  { version: '0.0.8', age: 60 },
  { version: '0.0.9', age: 30 },
] as const;

/** Two releases of the past, and a candidate with two failures of one cause, a waived one and a full cloud. */
export const syntheticRuns = (candidate: string): readonly SyntheticRun[] => [
  ...pastVersions.flatMap(({ version, age }) => older(version, age)),
  { platform: 'aws', arch: 'amd64', version: candidate, age: 0, odd: {} },
  {
    platform: 'aws',
    arch: 'arm64',
    version: candidate,
    age: 0,
    odd: { 'cl.misc.kdump': ['crash kernel was not loaded after 31 s'] },
  },
  {
    platform: 'azure',
    arch: 'amd64',
    version: candidate,
    age: 0,
    odd: { 'docker.base': ['creating machine: InsufficientInstanceCapacity in westeurope'] },
  },
  {
    platform: 'vmware',
    arch: 'amd64',
    version: candidate,
    age: 0,
    odd: {
      'linux.nfs.v3': ['mount.nfs: 10.0.0.12:/tmp timed out after 124 s'],
      'linux.nfs.v4': ['mount.nfs: 10.0.0.31:/tmp timed out after 127 s'],
    },
  },
];

/** Scenarios of every synthetic run besides those of the real one. */
const further = [
  'cl.misc.kdump',
  'cl.network.listeners',
  'docker.base',
  'linux.nfs.v3',
  'linux.nfs.v4',
  'systemd.sysext.simple',
];

/** The report as Go kola writes it. `scenarios` are those of the real run. */
export const goKolaReport = (run: SyntheticRun, scenarios: readonly string[]): string => {
  const names = [...new Set([...scenarios, ...further])].sort();
  const tests = names.flatMap(name =>
    (run.odd[name] ?? [undefined]).map(
      (failure): GoKolaTest => ({
        name,
        result: failure === undefined ? 'PASS' : 'FAIL',
        duration: durationOf(`${name} ${run.platform} ${run.version}`),
        output: failure === undefined ? '' : `        harness.go:1: ${failure}\n`,
      }),
    ),
  );
  return `${JSON.stringify({ tests, platform: run.platform, version: run.version }, null, 2)}\n`;
};

/** 20 to 80 s, always the same for the same run. */
const durationOf = (text: string): number => {
  const [first = 0, second = 0] = createHash('sha256').update(text).digest();
  return Math.round((20 + ((first * 256 + second) / 65_535) * 60) * 1e9);
};

/** Nobody built these images. */
export const syntheticDigest = (platform: string, arch: string, version: string): string =>
  `sha256:${createHash('sha256').update(`synthetic ${platform} ${arch} ${version}`).digest('hex')}`;
