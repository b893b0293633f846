import { z } from 'zod';
import { ProductError } from '../../core/errors.ts';
import type { Machine } from '../../core/machine.ts';

const dockerInfoSchema = z.object({
  ServerVersion: z.string(),
  Driver: z.string(),
  CgroupDriver: z.string(),
  SecurityOptions: z.array(z.string()).nullable(),
  Runtimes: z.record(z.string(), z.object({ path: z.string().optional() })),
});
export type DockerInfo = z.infer<typeof dockerInfoSchema>;

const unreachableSchema = z.object({ ServerErrors: z.array(z.string()).min(1) });

/** Reads `docker info`. Without a daemon the command still ends well and says so in its output. */
export const parseDockerInfo = (json: string): DockerInfo => {
  const document: unknown = JSON.parse(json);
  const unreachable = unreachableSchema.safeParse(document);
  if (unreachable.success)
    throw new ProductError('docker-unreachable', `docker info: ${unreachable.data.ServerErrors.join('; ')}`);
  return dockerInfoSchema.parse(document);
};

/** From 29 on images lie in containerd's store, whose driver has another name. */
export const expectedDriver = (serverVersion: string): string =>
  Number.parseInt(serverVersion, 10) >= 29 ? 'overlayfs' : 'overlay2';

/** Names of security options (`name=seccomp,profile=builtin`) that are not expected; all of them when there are none. */
export const strangeSecurityOptions = ({ SecurityOptions: options }: DockerInfo): readonly string[] => {
  const known = new Set(['selinux', 'seccomp', 'cgroupns']);
  const names = (options ?? []).map(option => /^name=([^,]+)/.exec(option)?.[1] ?? option);
  if (!names.includes('seccomp')) return ['(no seccomp)'];
  return names.filter(name => !known.has(name));
};

/** Asks docker on a machine. */
export const dockerInfo = async (machine: Machine): Promise<DockerInfo> =>
  parseDockerInfo(await machine.run("docker info --format '{{json .}}'", { timeout: 120_000 }));
