import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../src/core/event.ts';
import { openMeeting } from '../../src/gate/decision/meeting.ts';
import { gather } from '../../src/gate/gather.ts';
import { loadPolicy } from '../../src/gate/policy/load.ts';
import { historyReader } from '../../src/store/history.ts';
import { importAdoptionFile, importIssuesFile, importReleaseFile } from '../../src/store/import/facts.ts';
import { foldLog } from '../../src/store/import/fold.ts';
import type { ImportMarks } from '../../src/store/import/folded.ts';
import { importRuns } from '../../src/store/import/import-run.ts';
import { readEventLog } from '../../src/store/import/read-log.ts';
import { importReleaseFileList } from '../../src/store/import/release-files.ts';
import type { Store } from '../../src/store/open.ts';
import { asNdjson, digestOf, type ScriptedResult, type ScriptedRun, scriptedEvents } from './event-log.ts';
import { facts } from './gate-input.ts';

/** Text that would act as markup, script or terminal control wherever it is not taken for text. */
export const hostile = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>"'>\u001b[31m\u202e{{7*7}}`;

export const now = Date.parse('2026-11-16T12:00:00Z');
const hour = 3_600_000;
const day = 24 * hour;
export const candidate = { channel: 'stable', version: '4459.2.1' };

const policyText = `
schema: 1
id: example
title: Example of a release day
counts: { imageKinds: [flatcar], synthetic: true }
voters: [ann, bob, cat]
platforms:
  qemu: { results: adapter }
  aws: { results: adapter }
  azure: { results: adapter }
  gce: { results: adapter }
  vmware: { results: imported, note: tested by others }
  metal: { results: unavailable, note: provider sunset }
defaults:
  scenarios: { mustPass: ['*'], except: [], always: [cl.basic] }
  coverage: { allowance: 1, floor: { qemu: 8 } }
  flakes: { budget: 1 }
  retries: { ceiling: 3 }
  freshness: { hours: 72 }
  knownIssues: { max: 0, kinds: [known, blocker] }
  userIssues: { max: 3, severity: warning }
  imageDigest: {}
  imageSignature: {}
  imageSize: { deltaMB: 500 }
  sbom: {}
  provenance: { level: 2 }
  payload: {}
  packages: {}
  nightlies: off
  soak: { days: 14 }
  adoption: { machines: 100 }
  lineage: off
  window: { days: [monday, tuesday] }
  quorum: { majority: 0.5, lazyHours: 3 }
  secondPerson: true
channels:
  alpha:
    arches: { amd64: { blocking: [qemu, aws] }, arm64: { blocking: [qemu] } }
    rules: { soak: off, adoption: off, coverage: off }
  beta:
    arches: { amd64: { blocking: [qemu, aws] }, arm64: { blocking: [qemu] } }
    rules: { soak: off, adoption: off }
  stable:
    arches:
      amd64: { blocking: [qemu, aws, azure, vmware], informing: [gce, metal] }
      arm64: { blocking: [qemu, aws], informing: [azure] }
`;

const scenarios = [
  'cl.basic',
  'cl.filesystem',
  'cl.ignition.luks',
  'cl.network.wireguard',
  'cl.update.reboot',
  'cl.verity',
  'coreos.ignition.groups',
  'docker.base',
  'docker.userns',
  'systemd.journal.remote',
];

/** Digits that look drawn and never change. */
const draw = (...parts: (string | number)[]): number => {
  let hash = 2166136261;
  for (const char of parts.join(' ')) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619) >>> 0;
  return hash / 2 ** 32;
};

export interface World {
  readonly folder: string;
  readonly policyFile: string;
  readonly waiverFolder: string;
  readonly decisionFolder: string;
}

/** A year's corner of a release: files of the policy, releases with runs, a vote under way. */
export const fillWorld = async (folder: string, store: Store): Promise<World> => {
  const world = {
    folder,
    policyFile: join(folder, 'policy.yaml'),
    waiverFolder: join(folder, 'waivers'),
    decisionFolder: join(folder, 'decisions'),
  };
  mkdirSync(world.waiverFolder);
  mkdirSync(world.decisionFolder);
  writeFileSync(world.policyFile, policyText);
  writeFileSync(join(world.waiverFolder, 'luks-on-azure.yaml'), waiverText);
  for (const [index, version] of stables.entries()) await importRelease(store, version, index);
  await importRuns(store, [...earlier(), ...candidateRuns(folder)].map(fold), now);
  await importFacts(store);
  const policy = await loadPolicy(world.policyFile);
  const input = await gather(historyReader(store), { now: now - hour, policy, candidate, waivers: [] });
  await openMeeting(world.decisionFolder, input, 'ann');
  return world;
};

const stables = ['4459.2.1', '4459.2.0', '4230.2.3', '4230.2.2', '4230.2.1'];

interface Scripted {
  readonly events: readonly RunEvent[];
  readonly source: string;
  readonly marks?: ImportMarks;
}

const fold = ({ events, source, marks }: Scripted) =>
  foldLog(readEventLog('log', asNdjson(events)), source, marks ?? {});

const places = [
  ['qemu', 'amd64'],
  ['aws', 'amd64'],
  ['azure', 'amd64'],
  ['gce', 'amd64'],
  ['vmware', 'amd64'],
  ['qemu', 'arm64'],
  ['aws', 'arm64'],
] as const;

const script = (
  run: string,
  [platform, arch]: readonly [string, 'amd64' | 'arm64'],
  version: string,
  at: number,
  results: readonly ScriptedResult[],
  over: Partial<ScriptedRun> = {},
): readonly RunEvent[] =>
  scriptedEvents({
    run,
    at: new Date(at).toISOString(),
    target: {
      platform,
      arch,
      channel: channelOf(version),
      image: { version, digest: digestOf(version === candidate.version ? 'a' : 'b') },
    },
    results,
    ...over,
  });

const channelOf = (version: string): string =>
  version.split('.')[1] === '0' ? 'alpha' : version.split('.')[1] === '1' ? 'beta' : 'stable';

const usual = (version: string, place: string): ScriptedResult[] =>
  scenarios.map(scenario => {
    const took = Math.round(8000 + 30_000 * draw(scenario) + 4000 * draw(scenario, version, place));
    const chance = draw(scenario, version, place, 'outcome');
    if (scenario === 'docker.userns' && chance < 0.35)
      return { scenario, outcome: 'flaky', attempts: 2, took };
    if (chance < 0.04)
      return {
        scenario,
        outcome: 'failed',
        message: `unit sshd.service is ${Math.round(chance * 1e4)} s late`,
        took,
      };
    return { scenario, took };
  });

const earlier = (): Scripted[] => {
  const versions = [...stables.slice(1), '4593.0.0', '4547.1.0'];
  return versions.flatMap((version, index) =>
    places.slice(0, channelOf(version) === 'stable' ? 7 : 2).map((place, nth) => ({
      events: script(
        `r${index}${nth}`,
        place,
        version,
        now - (10 + 12 * (index % 5)) * day + nth * hour,
        usual(version, place.join('/')),
      ),
      source: 'elsewhere',
    })),
  );
};

const failing = (...broken: ScriptedResult[]): ScriptedResult[] =>
  usual('steady', 'place').map(
    one =>
      broken.find(other => other.scenario === one.scenario) ?? {
        scenario: one.scenario,
        ...(one.took === undefined ? {} : { took: one.took }),
      },
  );

const panic = 'the kernel panicked: Unable to mount root fs on unknown-block(0,0)';

const candidateRuns = (folder: string): Scripted[] => {
  const at = now - 5 * hour;
  const { version } = candidate;
  const of = (place: number, results: readonly ScriptedResult[], over: Partial<ScriptedRun> = {}) =>
    script(`cand-${place}`, places[place] ?? ['qemu', 'amd64'], version, at + place * 60_000, results, over);
  const panics = { scenario: 'cl.verity', outcome: 'failed', message: panic, rule: 'kernel-panic' } as const;
  const luks = {
    scenario: 'cl.ignition.luks',
    outcome: 'failed',
    message: 'luks: no key slot 3 fits',
  } as const;
  const hacked = { scenario: `evil/${hostile}`, outcome: 'failed', message: hostile } as const;
  const full = {
    scenario: 'docker.base',
    outcome: 'failed',
    message: 'InsufficientInstanceCapacity in zone b',
    cause: 'capacity',
  } as const;
  return [
    withLogs(folder, 'cand-0', of(0, [...failing(panics), hacked], { unselected: ['tpm.eventlog'] })),
    { events: of(1, failing(panics, full)), source: 'elsewhere' },
    { events: of(2, failing(luks)), source: 'elsewhere' },
    {
      events: of(3, failing({ scenario: 'docker.userns', outcome: 'flaky', attempts: 2 })),
      source: 'elsewhere',
    },
    { events: of(4, failing().slice(0, 7)), source: 'elsewhere', marks: { synthetic: true } },
    { events: of(5, failing(panics), { unfinished: ['cl.swap'], ended: false }), source: 'elsewhere' },
    { events: of(6, failing({ scenario: 'cl.update.reboot', took: 90_000 })), source: 'elsewhere' },
    { events: secret(), source: 'elsewhere', marks: { embargoed: true } },
  ];
};

/** A version that only an embargoed run knows. */
export const secretVersion = '4230.2.9';
const secret = () =>
  script('secretrun', ['qemu', 'amd64'], secretVersion, now - 2 * hour, [{ scenario: 'cl.secret' }]);

/** Gives the run a folder with console logs, and its failures the line that decides. */
const withLogs = (folder: string, run: string, events: readonly RunEvent[]): Scripted => {
  const source = join(folder, run);
  mkdirSync(join(source, 'logs'), { recursive: true });
  const lines = Array.from(
    { length: 400 },
    (_, index) => `[    ${index}.000000] systemd[1]: started unit ${index}`,
  );
  lines[213] = `[  213.000000] Kernel panic - not syncing: ${panic}`;
  lines[214] = hostile;
  writeFileSync(join(source, 'logs', 'console.txt'), `${lines.join('\n')}\n`);
  const proof = { source: 'console', text: lines[213] ?? '', path: 'logs/console.txt', line: 214 } as const;
  const outside = { source: 'file', text: 'kept text of the file', path: '../policy.yaml', line: 2 } as const;
  const given = events.map(event =>
    (event.type === 'attempt.ended' || event.type === 'result.decided') && event.failure !== undefined
      ? { ...event, failure: { ...event.failure, evidence: [proof, outside] } }
      : event,
  );
  writeFileSync(join(source, 'events.ndjson'), asNdjson(given));
  return { events: given, source };
};

const waiverText = `
scenario: cl.ignition.luks
platforms: [azure]
arches: [amd64]
channels: [stable]
versions: { from: 4459.0.0, until: 4460.0.0 }
signature: "check: luks: no key slot # fits"
tracker: https://github.com/flatcar/Flatcar/issues/1
reason: the platform's clock jumps while the key is derived
author: ann
approver: bob
expires: 2026-12-01
`;

const importRelease = async (store: Store, version: string, index: number): Promise<void> => {
  const base = facts(version);
  const amd64 = base.arches.amd64;
  if (amd64 === undefined) throw new Error('the fixture has amd64');
  const images = [
    {
      file: 'image.bin',
      digest: digestOf(index === 0 ? 'a' : 'b'),
      size: 5e8 + index * 3e6,
      signature: { verified: true, key: 'F88C' },
    },
  ];
  const packages = [
    `sys-apps/systemd-${257 - index}.9::coreos-overlay`,
    'app-admin/sudo-1.9.15_p5::portage-stable',
  ];
  await importText(
    store,
    {
      ...base,
      promotedFrom: { channel: 'beta', version: '4547.1.0' },
      ...(index === 0 ? {} : { releasedAt: new Date(now - index * 20 * day).toISOString() }),
      arches: { amd64: { ...amd64, images, packages }, arm64: { ...amd64, images, packages } },
    },
    importReleaseFile,
  );
  if (index < 2) await importList(store, index, version);
};

const contentsOf = (index: number): string =>
  [
    `-rwxr-xr-x  1 root root ${30_000_000 - index * 5_000_000} 2026-11-10 10:11 ./usr/bin/containerd`,
    '-rw-r--r--  1 root root 100 2026-11-10 10:11 ./usr/share/same',
    ...(index === 0 ? ['-rwsr-xr-x  1 root root 2000 2026-11-10 10:11 ./usr/bin/<b>new</b>'] : []),
    ...(index === 1 ? ['-rw-r--r--  1 root root 70 2026-11-10 10:11 ./usr/share/gone'] : []),
    '',
  ].join('\n');

const importList = async (store: Store, index: number, version: string): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-list-'));
  const file = join(folder, 'contents.txt');
  writeFileSync(file, contentsOf(index));
  const key = { channel: 'stable', version, arch: 'amd64', kind: 'contents' } as const;
  await importReleaseFileList(store, file, key);
  rmSync(folder, { recursive: true });
};

const importText = async (
  store: Store,
  value: unknown,
  read: (store: Store, file: string) => Promise<unknown>,
): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-facts-'));
  writeFileSync(join(folder, 'facts.json'), JSON.stringify(value));
  try {
    await read(store, join(folder, 'facts.json'));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const importFacts = async (store: Store): Promise<void> => {
  const released = new Date(now - 9 * day).toISOString();
  await importText(store, { ...facts('4547.1.0'), channel: 'beta', releasedAt: released }, importReleaseFile);
  const grows = [3, 9, 22, 41, 60, 77, 82, 91].map((machines, index) => ({
    channel: 'beta',
    version: '4547.1.0',
    at: new Date(now - (9 - index) * day).toISOString(),
    machines,
  }));
  await importText(store, grows, importAdoptionFile);
  await importText(
    store,
    [
      {
        id: 'flatcar/Flatcar#1',
        url: 'https://github.com/flatcar/Flatcar/issues/1',
        title: 'LUKS key slot',
        state: 'open',
        kind: 'user',
        versions: ['4459.*'],
        signature: 'check: luks*',
      },
      {
        id: 'bad#2',
        url: 'javascript:alert(1)',
        title: hostile,
        state: 'open',
        kind: 'user',
        versions: ['4459.*'],
      },
    ],
    importIssuesFile,
  );
};
