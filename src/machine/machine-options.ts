import type { EventOf } from '../core/event.ts';
import type { ImageManifest } from '../core/image.ts';
import type { ProvisionedMachine } from '../core/platform.ts';
import type { ScenarioAllowances } from '../core/scenario.ts';
import type { RuleHit } from './console/hit.ts';
import type { ConsoleRules } from './console/rules.ts';

export type MachinePhase = EventOf<'shared.phase'>['phase'];
export type LogSource = 'console' | 'journal';

/** What is needed to turn a machine that is powered on into one that scenarios can use. */
export interface MachineOptions {
  readonly provisioned: ProvisionedMachine;
  readonly role: string;
  readonly userDataForm: string;
  /** Login user. */
  readonly user: string;
  /** OpenSSH private key of the run. */
  readonly clientKey: string;
  /** Pinned host key, as an authorized_keys line. */
  readonly hostKey: string;
  readonly manifest: ImageManifest;
  readonly allow: ScenarioAllowances;
  /** Milliseconds from now to a machine that is ready; scaled by the caller. Reboots get the same again. */
  readonly bootTimeout: number;
  /** Factor on the deadlines of commands and connections; 1 on hardware. */
  readonly slowdown: number;
  /** The end of the attempt. */
  readonly signal: AbortSignal;
  /** Folder for journal.txt. */
  readonly evidenceDir: string;
  /** The same folder relative to the run folder, for evidence. */
  readonly folder: string;
  /** Default: the rules that come with kola. */
  readonly rules?: ConsoleRules;
  /** `took` = milliseconds of the phase before. */
  readonly onPhase: (phase: MachinePhase, took: number, detail?: { readonly bootId?: string }) => void;
  /** Every hit, excused ones, too, as soon as it is found. */
  readonly onHit: (hit: RuleHit, source: LogSource) => void;
  readonly log: (line: string) => void;
}
