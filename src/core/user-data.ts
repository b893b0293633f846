import type { IgnitionConfig, IgnitionVersion } from './ignition.ts';

/**
 * What a scenario wants its machine to be configured with, exactly as written. The harness's own additions
 * (keys, host key, update.conf) are kept apart until provisioning, so that the digest of this means something.
 */
export type UserData =
  /** The harness's default: a bare Ignition document. */
  | { readonly kind: 'default' }
  /** Nothing at all, not even the harness's additions: keys come from the platform's metadata. */
  | { readonly kind: 'empty' }
  /** Written once in the typed 3.x model, rendered in the version that the scenario is about and the image takes. */
  | { readonly kind: 'ignition'; readonly config: IgnitionConfig; readonly about?: IgnitionAbout }
  /** A document that somebody else wrote, in its own version: handed over in no other. */
  | { readonly kind: 'ignition-raw'; readonly version: IgnitionVersion; readonly text: string }
  | { readonly kind: 'cloud-config'; readonly text: string }
  | { readonly kind: 'script'; readonly text: string }
  | { readonly kind: 'multipart'; readonly text: string };

/** The Ignition spec a scenario is about: rendered in it when the image accepts it, else in the closest it takes. */
export type IgnitionAbout = '1' | '2.0' | '2.1' | '2.2' | '2.3' | '3.0' | '3.3';

/** What was handed to a machine in the end. */
export interface RenderedUserData {
  /** The channel it goes through: fw_cfg and friends for Ignition, a config drive for the others. */
  readonly channel: 'none' | 'ignition' | 'cloudinit';
  /** `ignition 3.3.0`, `cloud-config` …: the report says which form ran. */
  readonly form: string;
  /** The bytes for the machine. Holds private keys: never written outside the state folder. */
  readonly text: string;
  /** The same with every secret replaced, for the run folder. */
  readonly redacted: string;
  /** `sha256:…` of the scenario's own user-data, without the harness's additions. */
  readonly ownDigest: string;
}
