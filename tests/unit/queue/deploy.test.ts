import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { CommandModule } from '../../../src/cli/command.ts';
import { command as release } from '../../../src/cli/commands/release.ts';
import { command as setup } from '../../../src/cli/commands/setup.ts';
import { command as worker } from '../../../src/cli/commands/worker.ts';
import { environmentName, isSwitch } from '../../../src/cli/options/spec.ts';

const root = new URL('../../../', import.meta.url);
const textOf = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const commands: Readonly<Record<string, CommandModule>> = { release, setup, worker };

/** What of the formats is in use; keys and words are those of their published schemas. A typing mistake is unknown. */
const words = z.array(z.string());
const composeSchema = z.strictObject({
  name: z.string(),
  services: z.record(
    z.string(),
    z.strictObject({
      image: z.string(),
      build: z.strictObject({ context: z.string(), dockerfile: z.string() }).optional(),
      command: words.optional(),
      environment: z.record(z.string(), z.string()),
      volumes: words.optional(),
      ports: words.optional(),
      devices: words.optional(),
      stop_grace_period: z
        .string()
        .regex(/^\d+s$/)
        .optional(),
      restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']).optional(),
      healthcheck: z
        .strictObject({ test: words, interval: z.string().regex(/^\d+s$/), retries: z.number() })
        .optional(),
      depends_on: z
        .record(
          z.string(),
          z.strictObject({
            condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
          }),
        )
        .optional(),
    }),
  ),
  volumes: z.record(z.string(), z.strictObject({})),
});

const secret = z.strictObject({ name: z.string(), key: z.string() });
const podSchema = z.strictObject({
  serviceAccountName: z.string(),
  terminationGracePeriodSeconds: z.number().optional(),
  restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).optional(),
  containers: z.array(
    z.strictObject({
      name: z.string(),
      image: z.string(),
      args: words,
      env: z.array(z.strictObject({ name: z.string(), valueFrom: z.strictObject({ secretKeyRef: secret }) })),
      resources: z.strictObject({ requests: z.record(z.string(), z.string()) }).optional(),
      volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string() })).optional(),
    }),
  ),
  volumes: z
    .array(
      z.strictObject({
        name: z.string(),
        persistentVolumeClaim: z.strictObject({ claimName: z.string() }),
      }),
    )
    .optional(),
});
const metadata = z.strictObject({ name: z.string() });
const labels = z.record(z.string(), z.string());
const manifestSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    apiVersion: z.literal('apps/v1'),
    kind: z.literal('Deployment'),
    metadata,
    spec: z.strictObject({
      replicas: z.number(),
      selector: z.strictObject({ matchLabels: labels }),
      template: z.strictObject({ metadata: z.strictObject({ labels }), spec: podSchema }),
    }),
  }),
  z.strictObject({
    apiVersion: z.literal('batch/v1'),
    kind: z.literal('Job'),
    metadata,
    spec: z.strictObject({ backoffLimit: z.number(), template: z.strictObject({ spec: podSchema }) }),
  }),
]);

const compose = composeSchema.parse(parse(textOf('deploy/compose.yaml')));
const manifests = parseAllDocuments(textOf('deploy/kubernetes.yaml')).map(document =>
  manifestSchema.parse(document.toJS()),
);
const containers = manifests.flatMap(({ spec }) => spec.template.spec.containers);
const commandLines: readonly (readonly string[])[] = [
  ...Object.values(compose.services).flatMap(({ command }) => (command === undefined ? [] : [command])),
  ...containers.map(({ args }) => args),
];

describe('the examples of deploy/', () => {
  it('call kola with options that it has, and values where they take one', async () => {
    expect(commandLines.map(([name]) => name)).toEqual(['worker', 'worker', 'release']);
    for (const [name = '', ...flags] of commandLines) {
      const options = (await commands[name]?.options()) ?? [];
      for (const flag of flags) {
        const [, spoken = '', value] = /^--([\w-]+)(?:=(.+))?$/.exec(flag) ?? [];
        const spec = options.find(option => option.name === spoken);
        expect(spec, flag).toBeDefined();
        if (spec !== undefined) expect(isSwitch(spec), flag).toBe(value === undefined);
      }
    }
  });

  it('put no password onto a command line', () => {
    for (const argument of commandLines.flat()) expect(argument).not.toMatch(/:\/\/[^/@]*:[^/@]*@|password/);
  });

  it('set variables that the command reads, from a secret that the instructions make', async () => {
    const made = /create secret generic (\S+) (.*)$/m.exec(textOf('deploy/kubernetes.yaml'));
    const keys = [...(made?.[2] ?? '').matchAll(/--from-literal=(\w+)=/g)].map(([, key]) => key);
    for (const { args, env } of containers) {
      const known = ((await commands[args[0] ?? '']?.options()) ?? []).map(({ name }) =>
        environmentName(name),
      );
      for (const { name, valueFrom } of env) {
        expect(known).toContain(name);
        expect([valueFrom.secretKeyRef.name, keys]).toEqual([
          made?.[1],
          expect.arrayContaining([valueFrom.secretKeyRef.key]),
        ]);
      }
    }
  });

  it('name services, volumes and labels that are declared', () => {
    const services = Object.keys(compose.services);
    for (const { depends_on: needs = {}, volumes = [], command = [] } of Object.values(compose.services)) {
      expect(services).toEqual(expect.arrayContaining(Object.keys(needs)));
      for (const volume of volumes) expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
      const host = command.map(flag => /^--queue=postgres:\/\/kola@(\w+)\//.exec(flag)?.[1]).find(Boolean);
      if (host !== undefined) expect(services).toContain(host);
    }
    for (const manifest of manifests) {
      const { containers: own, volumes = [] } = manifest.spec.template.spec;
      for (const { volumeMounts = [] } of own)
        for (const { name } of volumeMounts) expect(volumes.map(volume => volume.name)).toContain(name);
      if (manifest.kind === 'Deployment')
        expect(manifest.spec.template.metadata.labels).toEqual(manifest.spec.selector.matchLabels);
    }
  });

  it('give a worker that is told to stop the time to destroy its machines', () => {
    expect(compose.services.worker?.stop_grace_period).toBe('60s');
    const [deployment] = manifests;
    expect(deployment?.spec.template.spec.terminationGracePeriodSeconds).toBe(60);
  });
});

describe('the image', () => {
  const dockerfile = textOf('deploy/Dockerfile');
  /** What follows the word, up to the end of its last line. */
  const instruction = (name: string): string =>
    dockerfile
      .split(/(?<!\\)\n/)
      .find(line => line.startsWith(`${name} `))
      ?.slice(name.length + 1) ?? '';

  it('is built where compose.yaml builds it, on a Node that kola runs on', () => {
    const { build } = compose.services.worker ?? {};
    const context = new URL(`deploy/${build?.context}/`, root);
    expect(existsSync(new URL(build?.dockerfile ?? '?', context))).toBe(true);
    const { engines } = JSON.parse(textOf('package.json')) as { engines: { node: string } };
    const least = Number(/\d+/.exec(engines.node)?.[0]);
    expect(Number(/^node:(\d+)-bookworm$/.exec(instruction('FROM'))?.[1])).toBeGreaterThanOrEqual(least);
  });

  it('runs what there is', async () => {
    expect(instruction('RUN')).toMatch(/^npm ci \\\n && node bin\/kola\.js setup --yes \\\n/);
    expect((await setup.options()).map(({ name }) => name)).toContain('yes');
    const entry = JSON.parse(instruction('ENTRYPOINT')) as readonly string[];
    expect(entry).toEqual(['node', `${instruction('WORKDIR')}/bin/kola.js`]);
  });

  it('leaves out nothing that the build or the program needs', () => {
    const ignored = textOf('.dockerignore')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'));
    const { files } = JSON.parse(textOf('package.json')) as { files: readonly string[] };
    const needed = [...files.filter(file => file !== 'dist'), 'src', 'platforms', 'scenarios', 'reports'];
    for (const path of needed) expect(ignored).not.toContain(path.split('/')[0]);
    // Made on another machine, it may be for another processor.
    expect(ignored).toEqual(expect.arrayContaining(['node_modules', 'dist', '.git']));
  });
});
