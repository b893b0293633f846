import type { ResultRecord, TargetRecord } from '../../src/core/history.ts';
import type { ReleaseFacts } from '../../src/core/release-facts.ts';
import type { GateInput } from '../../src/gate/input.ts';
import { parsePolicy } from '../../src/gate/policy/load.ts';
import type { Waiver } from '../../src/gate/waiver.ts';
import { digestOf } from './event-log.ts';

/** A small policy with every rule on, so that each can be broken by itself. */
export const policyText = `
schema: 1
id: flatcar
title: test
counts: { imageKinds: [flatcar] }
voters: [ann, bob, cat]
emergency: { mayShorten: [soak, freshness], approvers: [ann, bob], approvals: 2 }
platforms:
  qemu: { results: adapter }
  aws: { results: adapter }
  vmware: { results: imported, note: by others }
  metal: { results: unavailable, note: provider sunset }
defaults:
  scenarios: { mustPass: ['*'], except: [x.optional], always: [] }
  coverage: { allowance: 1 }
  flakes: { budget: 1 }
  retries: { ceiling: 3 }
  freshness: { hours: 48 }
  knownIssues: { max: 0, kinds: [known, blocker] }
  userIssues: { max: 0 }
  imageDigest: {}
  imageSignature: {}
  imageSize: { deltaMB: 500 }
  sbom: {}
  provenance: { level: 2 }
  payload: {}
  packages: {}
  nightlies: { green: 2 }
  soak: { days: 7 }
  adoption: { machines: 10 }
  lineage: { from: beta }
  window: { days: [monday, tuesday] }
  quorum: { majority: 0.5, lazyHours: 3 }
  secondPerson: true
channels:
  stable:
    minors: { from: 2, until: 3 }
    endOfLife: 2030-01-01
    arches: { amd64: { blocking: [qemu], informing: [aws] } }
`;

/** A Monday. */
export const now = Date.parse('2026-11-16T12:00:00Z');
export const hour = 3_600_000;

export const result = (scenario: string, over: Partial<ResultRecord> = {}): ResultRecord => ({
  scenario,
  copy: 1,
  outcome: 'passed',
  cause: null,
  code: null,
  signature: null,
  message: null,
  rule: null,
  attempts: 1,
  decidedAt: now - 2 * hour,
  took: 1000,
  boot: 500,
  ...over,
});

export const failure = (scenario: string, signature = 'check: it broke', over: Partial<ResultRecord> = {}) =>
  result(scenario, {
    outcome: 'failed',
    cause: 'product',
    code: 'check',
    signature,
    message: signature,
    ...over,
  });

export const target = (
  run: string,
  results: readonly ResultRecord[],
  over: Partial<TargetRecord> = {},
): TargetRecord => ({
  run,
  platform: 'qemu',
  arch: 'amd64',
  variant: '',
  channel: 'stable',
  version: '4459.2.1',
  digest: digestOf('a'),
  kind: 'flatcar',
  startedAt: now - 3 * hour,
  ended: true,
  provenance: 'run',
  synthetic: false,
  policy: null,
  embargoed: false,
  planned: results.map(one => (one.copy > 1 ? `${one.scenario}#${one.copy}` : one.scenario)).sort(),
  results,
  ...over,
});

export const facts = (version: string, over: Partial<ReleaseFacts> = {}): ReleaseFacts => ({
  schema: 1,
  channel: 'stable',
  version,
  promotedFrom: { channel: 'beta', version: '4459.1.3' },
  arches: {
    amd64: {
      images: [
        { file: 'image.bin', digest: digestOf('a'), size: 5e8, signature: { verified: true, key: 'F88C' } },
      ],
      sbom: 'https://example.org/sbom',
      provenance: { level: 2, evidence: 'https://example.org/slsa' },
      payload: { signed: true },
      packages: ['app-admin/sudo-1.9.15_p5::portage-stable', 'sys-apps/systemd-257.9::coreos-overlay'],
    },
  },
  ...over,
});

const nightly = (day: string): TargetRecord =>
  target(`nightly-${day}`, [result('a'), result('b')], {
    version: `4459.2.1+nightly-202611${day}-2100`,
    digest: digestOf('n'),
  });

const policy = parsePolicy('policy.yaml', policyText);

/** A candidate that is a GO; tests break one thing. */
export const goInput = (over: Partial<GateInput> = {}): GateInput => ({
  now,
  policy,
  candidate: { channel: 'stable', version: '4459.2.1' },
  targets: [target('run1', [result('a'), result('b')])],
  release: facts('4459.2.1'),
  previous: {
    version: '4459.2.0',
    release: facts('4459.2.0'),
    targets: [
      target('old', [result('a'), result('b'), result('c')], { version: '4459.2.0', digest: digestOf('o') }),
    ],
  },
  nightlies: [nightly('14'), nightly('15')],
  ancestors: [
    facts('4459.1.3', {
      channel: 'beta',
      releasedAt: '2026-11-01T00:00:00Z',
      promotedFrom: { channel: 'alpha', version: '4459.0.0' },
    }),
  ],
  adoption: [{ channel: 'beta', version: '4459.1.3', at: '2026-11-15T00:00:00Z', machines: 40 }],
  issues: [],
  waivers: [],
  catalogue: [],
  setAside: [],
  emergency: undefined,
  ...over,
});

export const waiver = (over: Partial<Waiver> = {}): Waiver => ({
  id: 'w1',
  hash: 'sha256:w1',
  scenario: 'a',
  platforms: ['*'],
  arches: ['amd64'],
  channels: ['stable'],
  versions: { from: '4459.0.0', until: '4460.0.0' },
  signature: 'check: it broke*',
  tracker: 'https://example.org/1',
  reason: 'known',
  author: 'ann',
  approver: 'bob',
  expires: '2026-12-01',
  ...over,
});
