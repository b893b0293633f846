/**
 * The parts of Compute Engine's messages that kola reads. The SDK's own types are one file of 30 MB for all versions of
 * the API, which would be read at each type check.
 */
export interface Operation {
  readonly name?: string | null;
  readonly status?: string | null;
  readonly zone?: string | null;
  readonly error?: {
    readonly errors?: readonly { readonly code?: string | null; readonly message?: string | null }[] | null;
  } | null;
}

export type Labels = Readonly<Record<string, string>>;

interface Labelled {
  readonly name?: string | null;
  readonly labels?: Labels | null;
  readonly labelFingerprint?: string | null;
}

export interface Instance extends Labelled {
  /** URL. */
  readonly zone?: string | null;
  readonly status?: string | null;
  readonly statusMessage?: string | null;
  readonly networkInterfaces?:
    | readonly {
        readonly networkIP?: string | null;
        readonly accessConfigs?: readonly { readonly natIP?: string | null }[] | null;
      }[]
    | null;
}

export interface Image extends Labelled {
  readonly selfLink?: string | null;
  readonly status?: string | null;
  readonly architecture?: string | null;
  readonly diskSizeGb?: number | string | null;
  readonly creationTimestamp?: string | null;
}

export interface Disk extends Labelled {
  readonly zone?: string | null;
  /** URLs of instances. */
  readonly users?: readonly string[] | null;
}

export interface Firewall {
  readonly name?: string | null;
  readonly description?: string | null;
}

export interface MachineType {
  readonly name?: string | null;
  readonly architecture?: string | null;
  readonly guestCpus?: number | null;
  readonly memoryMb?: number | null;
}

/** A project, or a region of it. */
export interface Limited {
  readonly quotas?:
    | readonly {
        readonly metric?: string | null;
        readonly limit?: number | null;
        readonly usage?: number | null;
      }[]
    | null;
}

export interface SerialPortOutput {
  readonly contents?: string | null;
  readonly start?: number | string | null;
  readonly next?: number | string | null;
}

/** The last part of a resource's URL. */
export const lastPart = (url: string | null | undefined): string => url?.split('/').at(-1) ?? '';
