import type { LocalImage } from './image.ts';

/** What a run will create on a platform, and whether the account can bear it. */
export interface PreflightReport {
  /** Who and where: `account 1234 in us-east-1`. */
  readonly identity: string;
  /** What will exist while the run lasts: `1 security group`, `t3.small machines, up to 4`. */
  readonly creates: readonly string[];
  /** Estimate for all machines together; absent when the price table does not know the type. */
  readonly hourly?: { readonly amount: number; readonly currency: string };
  /** Machines that a quota has room for now, and which it is: what needs more does not begin. Absent = nobody knows. */
  readonly room?: { readonly machines: number; readonly why: string };
  /** What was looked at and found fit, or could not be looked at. */
  readonly notes: readonly string[];
}

/** Something that bears kola's tags, whatever run made it. Times in milliseconds since the epoch. */
export interface FoundResource {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly run?: string;
  readonly owner?: string;
  readonly created?: number;
  /** End of the run's lease; live runs move it on. */
  readonly expires?: number;
  /** Uploaded by `kola image upload` for many runs. */
  readonly shared?: boolean;
  readonly detail?: Readonly<Record<string, string>>;
}

/** An image on the platform, for many runs. */
export interface StoredImage {
  readonly id: string;
  readonly name: string;
  /** `sha256:…` of the disk it was made from. */
  readonly digest: string;
  readonly arch: string;
  /** Milliseconds since the epoch. */
  readonly created: number | undefined;
}

/** `kola image upload|list|delete --platform=…`. */
export interface ImageStore {
  /**
   * Finds the image by its digest, or uploads it. `stateDir` is a folder for this alone: what a process that was killed left
   * there is gone on with.
   */
  upload(image: LocalImage, stateDir: string, signal: AbortSignal): Promise<StoredImage>;
  list(signal: AbortSignal): Promise<readonly StoredImage[]>;
  /** By id or name, with everything it is made of. Fine when it is gone. */
  delete(id: string, signal: AbortSignal): Promise<boolean>;
}

/** A customer account on a platform, seen apart from any run. */
export interface CloudAccount {
  /** Everything of every kind that bears kola's tags, in the order in which it has to be destroyed. */
  list(signal: AbortSignal): Promise<readonly FoundResource[]>;
  /** Resolves when the resource is gone, also when it was gone before. */
  destroy(resource: FoundResource, signal: AbortSignal): Promise<void>;
  readonly images: ImageStore;
}
