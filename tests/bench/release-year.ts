import { foldLog } from '../../src/store/import/fold.ts';
import type { FoldedRun } from '../../src/store/import/folded.ts';
import { readEventLog } from '../../src/store/import/read-log.ts';
import { asNdjson, digestOf, scriptedEvents } from '../support/event-log.ts';

/** Scenarios of each run. */
export const perRun = 120;
export const day = 86_400_000;
/** Every bench ends its year here, milliseconds since the epoch. */
export const end = Date.parse('2026-11-20T00:00:00Z');

export const platforms = [
  'qemu',
  'aws',
  'azure',
  'gce',
  'digitalocean',
  'vmware',
  'openstack',
  'brightbox',
  'hetzner',
  'akamai',
  'stackit',
  'scaleway',
];
export const arches = ['amd64', 'arm64'] as const;

export const scenarioName = (index: number): string => `cl.area${index % 12}.scenario-${index}`;
export const messageOf = (variant: number): string => `cause ${'abcdefgh'[variant % 8]} after 12 s`;

export interface Place {
  readonly run: string;
  readonly platform: string;
  readonly arch: string;
  readonly channel: string;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Texts of some runs, made once: imports and pages are measured, not the writing of logs. */
const templates = Array.from({ length: 24 }, (_, variant) =>
  asNdjson(
    scriptedEvents({
      run: 'RUNRUNRU',
      at: '2026-01-01T00:00:00.000Z',
      target: {
        platform: 'PLATFORM',
        arch: arches[variant % 2] ?? 'amd64',
        channel: 'CHANNEL',
        image: { version: 'VERSION', digest: digestOf('a') },
      },
      results: Array.from({ length: perRun }, (_, index) => ({
        scenario: scenarioName(index),
        ...((index + variant) % 40 === 0 ? { outcome: 'failed' as const, message: messageOf(variant) } : {}),
        ...((index + variant) % 60 === 1 ? { outcome: 'flaky' as const, attempts: 2 } : {}),
        took: 1000 + index * 10,
      })),
    }),
  ).toString(),
);

/** An event log of 120 results as the engine writes it, about 265 kB; a few of them failed or were flaky. */
export const logOf = (number: number, place: Place): Buffer =>
  Buffer.from(
    (templates[(number * 2 + (place.arch === 'arm64' ? 1 : 0)) % 24] ?? '')
      .replaceAll('RUNRUNRU', place.run)
      .replaceAll('PLATFORM', place.platform)
      .replaceAll('CHANNEL', place.channel)
      .replaceAll('VERSION', place.version)
      .replaceAll('2026-01-01T', `${new Date(place.at).toISOString().slice(0, 10)}T`),
  );

export const foldedRun = (number: number, place: Place): FoldedRun =>
  foldLog(readEventLog('log', logOf(number, place)), 'bench');

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
