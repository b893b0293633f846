import { ScenarioError, UsageError } from '../../core/errors.ts';
import type { IgnitionConfig, IgnitionVersion } from '../../core/ignition.ts';
import type { ImageManifest } from '../../core/image.ts';
import type { IgnitionAbout, RenderedUserData, UserData } from '../../core/user-data.ts';
import { type Additions, additionsConfig, hostKeyPath } from './additions.ts';
import { mergeCloudConfig } from './cloud-config.ts';
import { ownDigest } from './digest.ts';
import { mergeDocuments, pathsOf } from './ignition/merge.ts';
import { checkDocument, fullVersion, type IgnitionDocument, renderIgnition } from './ignition/render.ts';
import { UnsupportedByVersion } from './ignition/unsupported.ts';
import { pickVersion, rankVersions } from './ignition/version.ts';
import { mergeMultipart } from './multipart.ts';
import { redactor } from './redact.ts';
import { mergeScript } from './script.ts';
import { substituteAddresses, substituteInDocument } from './substitute.ts';

/**
 * Merges the scenario's user-data and the harness's additions into what a machine of this image is given.
 * Throws `user-data-unsupported` when no version of the format that the image takes can say it,
 * `user-data-not-accepted` when the image takes no such format, `user-data-invalid` when it is wrong.
 */
export const renderUserData = (
  own: UserData,
  additions: Additions,
  manifest: ImageManifest,
): RenderedUserData => {
  const digest = ownDigest(own);
  const clean = redactor(additions.hostKey === undefined ? [] : [additions.hostKey.privateKey]);
  const asText = (text: string): Omit<RenderedUserData, 'form'> => ({
    channel: 'cloudinit',
    text,
    redacted: clean.text(text),
    ownDigest: digest,
  });
  const asIgnition = (document: IgnitionDocument, form: string): RenderedUserData => ({
    channel: 'ignition',
    form,
    text: JSON.stringify(document),
    redacted: JSON.stringify(clean.document(document), undefined, 2),
    ownDigest: digest,
  });

  switch (own.kind) {
    case 'empty':
      return { channel: 'none', form: 'none', text: '', redacted: '', ownDigest: digest };
    case 'default': {
      const { version, document } = writeIgnition({}, undefined, additions, manifest);
      return asIgnition(document, formOf(version, undefined));
    }
    case 'ignition': {
      const { version, document } = writeIgnition(own.config, own.about, additions, manifest);
      return asIgnition(document, formOf(version, own.about));
    }
    case 'ignition-raw': {
      demand(manifest, `ignition-${own.version}`);
      const parsed = checkDocument(JSON.parse(own.text), own.version);
      return asIgnition(
        withAdditions(substituteInDocument(parsed, additions), additions, own.version),
        formOf(own.version, undefined),
      );
    }
    case 'cloud-config':
      demand(manifest, own.kind);
      return {
        form: own.kind,
        ...asText(mergeCloudConfig(substituteAddresses(own.text, additions), additions)),
      };
    case 'script':
      demand(manifest, own.kind);
      return { form: own.kind, ...asText(mergeScript(substituteAddresses(own.text, additions), additions)) };
    case 'multipart':
      demand(manifest, own.kind);
      return {
        form: own.kind,
        ...asText(mergeMultipart(substituteAddresses(own.text, additions), additions)),
      };
  }
};

const demand = (manifest: ImageManifest, kind: string): void => {
  if (!manifest.userData.some(known => known === kind))
    throw new UsageError(
      'user-data-not-accepted',
      `image ${manifest.name} takes no ${kind} user-data; it takes ${manifest.userData.join(', ') || 'none'}`,
    );
};

/** `ignition 3.3.0`, with what the scenario is about when that is another version. */
const formOf = (version: IgnitionVersion, about: IgnitionAbout | undefined): string =>
  `ignition ${fullVersion(version)}${about === undefined || about === version ? '' : ` (scenario is about ${about})`}`;

interface Written {
  readonly version: IgnitionVersion;
  readonly document: IgnitionDocument;
}

/** In the version the scenario is about; where the image does not take that, in the nearest that can say it. */
const writeIgnition = (
  config: IgnitionConfig,
  about: IgnitionAbout | undefined,
  additions: Additions,
  manifest: ImageManifest,
): Written => {
  const best = pickVersion(about, manifest.userData);
  const candidates = best === about ? [best] : rankVersions(about, manifest.userData);
  const substituted = substituteInDocument(config, additions);
  let problem: UnsupportedByVersion | undefined;
  for (const version of candidates) {
    try {
      return { version, document: withAdditions(renderIgnition(substituted, version), additions, version) };
    } catch (error) {
      if (!(error instanceof UnsupportedByVersion)) throw error;
      problem ??= error;
    }
  }
  throw problem ?? new ScenarioError('user-data-unsupported', 'no version of Ignition to write');
};

const withAdditions = (
  own: IgnitionDocument,
  additions: Additions,
  version: IgnitionVersion,
): IgnitionDocument => {
  if (additions.hostKey !== undefined && pathsOf(own).has(hostKeyPath))
    throw new ScenarioError(
      'user-data-host-key',
      `user-data writes ${hostKeyPath}, the key by which the harness recognises the machine`,
      { hint: 'use another type of host key' },
    );
  const added = renderIgnition(additionsConfig(additions), version);
  if (replacesItself(own) && Object.keys(added).length > 1)
    throw new ScenarioError(
      'user-data-replaced',
      'user-data has ignition.config.replace, which throws away the keys of the harness',
      { hint: 'use ignition.config.merge' },
    );
  return checkDocument(mergeDocuments(own, added), version);
};

const replacesItself = ({ ignition }: IgnitionDocument): boolean => {
  if (typeof ignition !== 'object' || ignition === null || !('config' in ignition)) return false;
  const { config } = ignition;
  return typeof config === 'object' && config !== null && 'replace' in config;
};
