import { resolve } from 'node:path';
import { z } from 'zod';
import type { PlatformDefinition } from '../../core/platform.ts';
import type { Place } from '../../queue/messages.ts';
import type { TargetRequest } from '../../run/request.ts';
import { channelOf, isChannel } from '../options/selection.ts';
import { platformSettings } from '../platform-settings.ts';
import { isSecretName } from '../redact-argv.ts';
import type { Settings } from '../settings/settings.ts';
import { chooseImage, openChoice } from '../target-images.ts';
import type { Terminal } from '../terminal.ts';

/** What a worker takes from the run and not from its own settings; the platform's flags come on top. */
const fromRun = [
  'image',
  'image-version',
  'update-payload',
  'update-of',
  'enable-secureboot',
  'insecure-image',
];
/** Files: workers look for them at the same path. */
const files = new Set(['image', 'update-payload']);

const targetSchema = z.record(z.string(), z.union([z.string(), z.literal(true)]));

/** What makes a target again on another host, and the account that its machines are in. Secrets stay here. */
export const describeTarget =
  (settings: Settings, terminal: Terminal) =>
  ({ platform, channel }: TargetRequest): { readonly target: unknown; readonly account: string } => {
    const flags = platform.flags.map(({ name }) => name).filter(name => !isSecretName(name));
    const said = [...fromRun, ...flags].filter(name => settings.said(name));
    const target = Object.fromEntries(said.map(name => [name, spoken(name, settings, terminal)]));
    const place = flags.find(name => /-(region|location|zone)$/.test(name) && settings.said(name));
    const region = place === undefined ? undefined : settings.text(place);
    // What is no channel of Flatcar's is the image's own: the worker reads it there.
    const asked = settings.said('channel') ? channelOf(settings) : channel;
    return {
      target: isChannel(asked) ? { ...target, channel: asked } : target,
      account: region === undefined ? platform.name : `${platform.name}/${region}`,
    };
  };

const spoken = (name: string, settings: Settings, terminal: Terminal): string | true => {
  const text = settings.text(name);
  if (text === undefined) return true;
  return files.has(name) && text !== 'reference' ? resolve(terminal.cwd, text) : text;
};

/** Makes the target of a run again on this host: the run says what, the worker's own settings say how. */
export const remakeTarget = async (
  { platform: name, arch, target }: Place,
  known: readonly PlatformDefinition[],
  own: Settings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<TargetRequest> => {
  const platform = known.find(candidate => candidate.name === name);
  if (platform === undefined) throw new TypeError(`this worker has no platform ${name}`);
  const settings = own.with(new Map(Object.entries(targetSchema.parse(target))), 'the run', true);
  const options = await platformSettings(platform, settings);
  const image = await openChoice(
    chooseImage(settings, terminal),
    { platform, arch },
    settings,
    // What a person is offered in place of an image that is not there is nothing for a worker.
    { ...terminal, interactive: false },
    signal,
  );
  const channel = image.manifest.channel ?? channelOf(settings);
  return { platform, arch, image, channel, options };
};
