import { parseDocument, type ScalarTag } from 'yaml';
import { KolaError } from '../../../core/errors.ts';
import type { IgnitionConfig } from '../../../core/ignition.ts';
import type { UserData } from '../../../core/user-data.ts';
import { checkDocument } from '../ignition/render.ts';
import { butaneError, camelKeys, snakePath } from './keys.ts';
import { type ButaneOptions, inlineResources, localText } from './resources.ts';
import { type Section, takeMountUnits, takeTrees } from './sugar.ts';

/** Butane's spec versions for Flatcar, and the Ignition version that each is written in. */
const versions = { '1.0.0': '3.3', '1.1.0': '3.4' } as const;
type ButaneVersion = keyof typeof versions;

const isVersion = (value: unknown): value is ButaneVersion => typeof value === 'string' && value in versions;

const isSection = (value: unknown): value is Section =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Butane's own reader takes `0644` for an octal number, as YAML once did. */
const octal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^0[0-7]+$/,
  resolve: text => Number.parseInt(text, 8),
};

const sectionsOf = (text: string): Section => {
  const document = parseDocument(text, { uniqueKeys: true, customTags: tags => [octal, ...tags] });
  const [error] = document.errors;
  if (error !== undefined) throw butaneError('', error.message.split('\n', 1)[0] ?? '', 'it has to be YAML');
  const read: unknown = document.toJS();
  if (!isSection(read)) throw butaneError('', 'expected a mapping');
  return read;
};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** `contents_local` of units and drop-ins, and `ssh_authorized_keys_local` of users: new in 1.1. */
const takeLocals = (config: Section, options: ButaneOptions): void => {
  const unitText = (holder: unknown, at: string): unknown => {
    if (!isSection(holder) || holder.contentsLocal === undefined) return holder;
    const { contentsLocal, ...rest } = holder;
    if (rest.contents !== undefined) throw butaneError(at, 'has both contents and contents_local');
    return { ...rest, contents: localText(contentsLocal, `${at}.contents_local`, options) };
  };
  if (isSection(config.systemd) && Array.isArray(config.systemd.units))
    config.systemd.units = config.systemd.units.map((unit: unknown, index) => {
      const at = `systemd.units[${index}]`;
      const own = unitText(unit, at);
      if (!isSection(own) || !Array.isArray(own.dropins)) return own;
      const dropins = own.dropins.map((dropin, number) => unitText(dropin, `${at}.dropins[${number}]`));
      return { ...own, dropins };
    });
  if (isSection(config.passwd) && Array.isArray(config.passwd.users))
    config.passwd.users = config.passwd.users.map((user: unknown, index) => {
      if (!isSection(user) || user.sshAuthorizedKeysLocal === undefined) return user;
      const { sshAuthorizedKeysLocal, ...rest } = user;
      const at = `passwd.users[${index}].ssh_authorized_keys_local`;
      const keys = listOf(sshAuthorizedKeysLocal).flatMap(name =>
        localText(name, at, options)
          .split('\n')
          .filter(line => line.trim() !== '' && !line.startsWith('#')),
      );
      return { ...rest, sshAuthorizedKeys: [...listOf(rest.sshAuthorizedKeys), ...keys] };
    });
};

/** What a config says by its own path or name wins over what stands for several. */
const addMissing = (section: Section, list: string, key: 'path' | 'name', made: readonly object[]): void => {
  if (made.length === 0) return;
  const own = listOf(section[list]);
  const taken = new Set(own.map(one => (isSection(one) ? one[key] : undefined)));
  section[list] = [...own, ...made.filter(one => !taken.has((one as Section)[key]))];
};

const checked = (config: Section, version: '3.3' | '3.4'): Section => {
  const ignition = isSection(config.ignition) ? config.ignition : {};
  try {
    checkDocument({ ...config, ignition: { ...ignition, version: `${version}.0` } }, version);
  } catch (error) {
    if (!(error instanceof KolaError)) throw error;
    const problem = error.message.replace(/^no valid Ignition \S+ config: /, '');
    const [first = '', ...more] = problem.split('\n', 1)[0]?.split(': ') ?? [];
    throw butaneError(snakePath(first), more.join(': '));
  }
  return config;
};

const fits33 = (config: Section): boolean => {
  try {
    checked(config, '3.3');
    return true;
  } catch {
    return false;
  }
};

/**
 * Translates a Butane config of the variant `flatcar`, 1.0.0 or 1.1.0. Unknown keys are errors. What Ignition 3.3
 * can say becomes the typed config, so that any image that reads it can be given it; the rest stays a 3.4 document.
 *
 * Source: https://coreos.github.io/butane/config-flatcar-v1_0/ and v1_1
 */
export const translateButane = (text: string, options: ButaneOptions = {}): UserData => {
  const { variant, version, ...sections } = sectionsOf(text);
  if (variant !== 'flatcar') throw butaneError('variant', `expected flatcar, found ${String(variant)}`);
  if (!isVersion(version))
    throw butaneError('version', `expected ${Object.keys(versions).join(' or ')}, found ${String(version)}`);
  const config = inlineResources(camelKeys(sections), options) as Section;
  // The parts may be written down without anything in them.
  for (const key of Object.keys(config)) if (config[key] === null) delete config[key];
  if (version === '1.1.0') takeLocals(config, options);
  if (isSection(config.storage)) {
    const { files, links } = takeTrees(config.storage, options);
    addMissing(config.storage, 'files', 'path', files);
    addMissing(config.storage, 'links', 'path', links);
    const units = takeMountUnits(config.storage);
    if (units.length > 0) {
      const systemd = isSection(config.systemd) ? config.systemd : {};
      addMissing(systemd, 'units', 'name', units);
      config.systemd = systemd;
    }
  }
  checked(config, versions[version]);
  if (version === '1.0.0' || fits33(config))
    return { kind: 'ignition', config: config as IgnitionConfig, about: '3.3' };
  const ignition = isSection(config.ignition) ? config.ignition : {};
  const document = { ...config, ignition: { ...ignition, version: '3.4.0' } };
  return { kind: 'ignition-raw', version: '3.4', text: JSON.stringify(document) };
};
