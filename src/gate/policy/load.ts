import { readFile } from 'node:fs/promises';
import { UsageError } from '../../core/errors.ts';
import type { Arch } from '../../core/target.ts';
import { readYaml } from '../../core/yaml-file.ts';
import { sha256Of } from '../canonical.ts';
import { type Policy, type PolicyPlatforms, policySchema, type Rules } from './schema.ts';

/** A policy and the hash of the text it was read from. */
export interface LoadedPolicy {
  readonly policy: Policy;
  readonly hash: string;
  readonly text: string;
}

export const loadPolicy = async (file: string): Promise<LoadedPolicy> => {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError('policy-absent', `the policy ${file} cannot be read: ${error.message}`, {
      cause: error,
    });
  });
  return parsePolicy(file, text);
};

export const parsePolicy = (file: string, text: string): LoadedPolicy => {
  const policy = readYaml(file, text, policySchema);
  checkReferences(file, policy);
  return { policy, hash: sha256Of(text), text };
};

/** What the schema cannot say: names that refer to other parts of the file. */
const checkReferences = (file: string, policy: Policy): void => {
  const rules = new Set(Object.keys(policy.defaults));
  const wrong = [
    ...Object.keys(policy.channels).flatMap(name => channelMistakes(policy, name)),
    ...(policy.emergency?.mayShorten ?? [])
      .filter(rule => !rules.has(rule))
      .map(rule => `emergency.mayShorten: there is no rule ${rule}`),
  ];
  if (wrong.length > 0) {
    throw new UsageError('policy-invalid', wrong.map(problem => `${file}: ${problem}`).join('\n'));
  }
};

const channelMistakes = (policy: Policy, name: string): string[] => {
  const channel = policy.channels[name];
  const base = channel?.extends === undefined ? undefined : policy.channels[channel.extends];
  if (channel?.extends !== undefined && base === undefined) {
    return [`channels.${name}.extends: there is no channel ${channel.extends}`];
  }
  const arches = channel?.arches ?? base?.arches;
  if (arches === undefined) return [`channels.${name}: no arches, neither here nor where it extends`];
  return Object.entries(arches).flatMap(([arch, platforms]) =>
    [...platforms.blocking, ...platforms.informing]
      .filter(platform => policy.platforms[platform] === undefined)
      .map(
        platform => `channels.${name}.arches.${arch}: platform ${platform} is not described under platforms`,
      ),
  );
};

/** A channel or LTS stream with everything filled in. */
export interface ChannelRules {
  readonly channel: string;
  /** Channel names under which results of this stream may be filed. */
  readonly names: readonly string[];
  readonly major: number | undefined;
  readonly minors: { readonly from: number; readonly until?: number | undefined } | undefined;
  readonly endOfLife: string | undefined;
  readonly arches: readonly { readonly arch: Arch; readonly platforms: PolicyPlatforms }[];
  readonly rules: Rules;
}

/** Throws UsageError when the policy has no such channel. */
export const channelRules = (policy: Policy, name: string): ChannelRules => {
  const channel = policy.channels[name];
  const open = Object.entries(policy.channels).filter(([, one]) => !one.template);
  if (channel === undefined || channel.template) {
    throw new UsageError('channel-unknown', `the policy ${policy.id} has no channel ${name}`, {
      hint: `it has ${open.map(([one]) => one).join(', ')}`,
    });
  }
  const base = channel.extends === undefined ? undefined : policy.channels[channel.extends];
  const arches = channel.arches ?? base?.arches ?? {};
  return {
    channel: name,
    names: [name, ...channel.aliases],
    major: channel.major,
    minors: channel.minors ?? base?.minors,
    endOfLife: channel.endOfLife,
    arches: (['amd64', 'arm64'] as const).flatMap(arch => {
      const platforms = arches[arch];
      return platforms === undefined ? [] : [{ arch, platforms }];
    }),
    rules: { ...policy.defaults, ...withoutUndefined(base?.rules), ...withoutUndefined(channel.rules) },
  };
};

type SomeRules = { readonly [Name in keyof Rules]?: Rules[Name] | undefined };

const withoutUndefined = (rules: SomeRules = {}): Partial<Rules> =>
  Object.fromEntries(Object.entries(rules).filter(([, rule]) => rule !== undefined));

/** Channels and streams that releases are made of, in the order of the file. */
export const openChannels = (policy: Policy): string[] =>
  Object.entries(policy.channels)
    .filter(([, channel]) => !channel.template)
    .map(([name]) => name);
