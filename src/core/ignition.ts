/** Placeholder of the typed Ignition 3.x model; see src/machine/user-data. */
export interface IgnitionConfig {
  readonly ignition?: { readonly version?: string };
}
