import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { CommandModule } from '../../../src/cli/command.ts';
import { command } from '../../../src/cli/commands/release.ts';
import { type ReleaseWorld, release } from '../../../src/cli/release/release.ts';
import { resolveSettings } from '../../../src/cli/settings/resolve.ts';
import type { Settings } from '../../../src/cli/settings/settings.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { ImageStore } from '../../../src/core/cloud-account.ts';
import { ProvisioningError } from '../../../src/core/errors.ts';
import { type RunEvent, runEventSchema } from '../../../src/core/event.ts';
import type { PlatformDefinition } from '../../../src/core/platform.ts';
import { type Scenario, scenario } from '../../../src/core/scenario.ts';
import { executeRun } from '../../../src/run/run.ts';
import { flatcarDisk } from '../../unit/image/disk-fixtures.ts';
import { policyText } from '../gate-input.ts';
import { ReleaseServer, serversYaml } from '../release-server.ts';
import type { SigningKeys } from '../signing-keys.ts';
import { type Behaviour, SimulatedPlatform } from '../simulated-platform.ts';

export const candidate = '4459.2.1';
export const matrixText = `
schema: 1
smoke: { tag: smoke, scenarios: [cl.internet] }
platforms:
  qemu:
    arches: { amd64: { type: 4 vCPU } }
    quota: { vms: 4 }
  aws:
    typeFlag: aws-type
    arches: { amd64: { type: t3.small, smokeTypes: [m4.2xlarge] } }
    quota: { vms: 2 }
    limitHours: 6
`;
/** Rules that need weeks of history or a supply chain are switched off: the gate's own tests have them. */
const lenient = policyText
  .replace(
    /^ {2}(nightlies|soak|adoption|lineage|coverage|imageSize|packages|sbom|provenance|payload|window): .*$/gm,
    '  $1: off',
  )
  .replace('informing: [aws]', 'informing: [aws, vmware, metal]');

/** A scenario whose only check holds or not. */
export const checked = (name: string, tags: readonly string[] = [], good = true): Scenario =>
  scenario({ name, description: name, tags: [...tags], run: async t => t.ok('works', good, 'it does not') });

const usual = (): readonly Scenario[] => [
  checked('cl.basic', ['smoke']),
  checked('cl.internet'),
  checked('cl.long'),
];

/** Simulated machines of two platforms. */
export interface Simulated {
  readonly qemu: SimulatedPlatform;
  readonly aws: SimulatedPlatform;
  /** Types that flights on aws were opened with. */
  readonly types: string[];
  readonly platforms: readonly PlatformDefinition[];
}

export const simulate = (aws: Behaviour = {}, images?: ImageStore): Simulated => {
  const fast = { provision: 1, boot: 2 };
  const qemu = new SimulatedPlatform(systemClock, fast);
  const cloudy = new SimulatedPlatform(systemClock, { ...fast, ...aws });
  const types: string[] = [];
  const cloud = cloudy.definition('aws');
  const platforms: readonly PlatformDefinition[] = [
    qemu.definition('qemu'),
    {
      ...cloud,
      flags: [{ name: 'aws-type', value: 'type', description: 'machine type' }],
      options: async () => z.strictObject({ awsType: z.string().optional() }),
      open: context => {
        types.push(z.object({ awsType: z.string() }).parse(context.options).awsType);
        return cloud.open(context);
      },
      account: async () => {
        if (images === undefined) throw new ProvisioningError('no-account', 'there is none');
        return { list: async () => [], destroy: async () => {}, images };
      },
    },
  ];
  return { qemu, aws: cloudy, types, platforms };
};

export interface LabRun extends Simulated {
  readonly code: number;
  readonly events: readonly RunEvent[];
}

/** A release server with a release on it, a policy, a matrix, and what `kola release` made of them. */
export class ReleaseLab implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'kola-release-'));
  readonly server: ReleaseServer;
  readonly keys: SigningKeys;
  readonly disk: Buffer;
  said: string[] = [];
  /** Where images of the account on aws are; it has none when there is nothing. */
  images: ImageStore | undefined;

  private constructor(server: ReleaseServer, keys: SigningKeys) {
    this.server = server;
    this.keys = keys;
    this.disk = packedDisk('GRUB');
  }

  static async open(keys: SigningKeys): Promise<ReleaseLab> {
    const lab = new ReleaseLab(await ReleaseServer.start(), keys);
    mkdirSync(lab.file('waivers'));
    writeFileSync(lab.file('policy.yaml'), lenient);
    writeFileSync(lab.file('matrix.yaml'), matrixText);
    writeFileSync(lab.file('servers.yaml'), serversYaml(lab.server.url, keys.fingerprint));
    writeFileSync(lab.file('key.asc'), keys.publicKey);
    await lab.publish(candidate);
    return lab;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true });
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Puts a release on the server; `newest`: it is the current one of its channel. */
  async publish(
    version: string,
    { newest = true, disk = this.disk, more = {} }: PublishOptions = {},
  ): Promise<void> {
    const files = {
      'flatcar_production_image.bin.bz2': disk,
      'flatcar_production_ami_image.bin.bz2': disk,
      ...more,
    };
    const own = `/stable/amd64-usr/${version}`;
    const places = newest ? [own, '/stable/amd64-usr/current'] : [own];
    await this.server.publish({ channel: 'stable', version, arch: 'amd64', files }, this.keys, places);
  }

  get terminal(): Terminal {
    const say = (line: string): void => void this.said.push(line);
    return {
      out: say,
      err: say,
      write: say,
      env: { XDG_CACHE_HOME: this.file('cache'), XDG_STATE_HOME: this.file('state') },
      cwd: this.folder,
      interactive: false,
      outIsTty: false,
    };
  }

  /** Settings of a command as flags make them. */
  async settings(
    module: CommandModule,
    flags: Readonly<Record<string, string | boolean>>,
  ): Promise<Settings> {
    return resolveSettings({
      specs: await module.options(),
      flags: new Map(Object.entries(flags)),
      env: {},
      file: new Map(),
    });
  }

  /** `kola release` with simulated machines, into the folder `out`. */
  async run(
    flags: Readonly<Record<string, string | boolean>> = {},
    scenarios: readonly Scenario[] = usual(),
    aws: Behaviour = {},
  ): Promise<LabRun> {
    const simulated = simulate(aws, this.images);
    const world: ReleaseWorld = {
      platforms: simulated.platforms,
      scenarios,
      ports: simulated.qemu.ports(),
      execute: (request, remote) => {
        const cloudy = request.targets[0]?.platform.name === 'aws';
        const ports = (cloudy ? simulated.aws : simulated.qemu).ports();
        return executeRun({ ...request, ports }, remote);
      },
      signal: new AbortController().signal,
    };
    const settings = await this.settings(command, {
      channel: 'stable',
      version: 'current',
      policy: this.file('policy.yaml'),
      matrix: this.file('matrix.yaml'),
      store: this.file('history.db'),
      'release-servers': this.file('servers.yaml'),
      'output-dir': this.file('out'),
      'known-issues': 'none',
      ...flags,
    });
    const input = { args: [], settings, argv: ['release'], commands: [], terminal: this.terminal };
    const code = await release(input, world);
    return { ...simulated, code, events: this.events(settings.text('output-dir') ?? '') };
  }

  events(folder = this.file('out')): readonly RunEvent[] {
    const log = join(folder, 'events.ndjson');
    if (!existsSync(log)) return [];
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    return lines.map(line => runEventSchema.parse(JSON.parse(line)));
  }
}

interface PublishOptions {
  readonly newest?: boolean;
  readonly disk?: Buffer;
  /** Further files. */
  readonly more?: Readonly<Record<string, Uint8Array>>;
}

/** The disk of a release; `mark` makes its bytes differ from those of others. */
export const packedDisk = (mark: string): Buffer =>
  execFileSync('bzip2', ['-c'], {
    input: flatcarDisk([
      ['EFI', 'BOOT', 'BOOTX64.EFI'],
      ['flatcar', mark],
    ]),
  });

/** `platform[variant] scenario outcome` of every result, sorted. */
export const results = (events: readonly RunEvent[]): string[] =>
  events
    .flatMap(event => {
      if (event.type !== 'result.decided') return [];
      const { platform, variant, scenario: name } = event.subject;
      return [`${platform}${variant === undefined ? '' : `[${variant}]`} ${name} ${event.outcome}`];
    })
    .sort();
