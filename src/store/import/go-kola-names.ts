import type { CauseKind } from '../../core/outcome.ts';

/** Go kola says one thing on its command line and another inside; here a platform has one name. */
const platformNames: ReadonlyMap<string, string> = new Map([
  ['do', 'digitalocean'],
  ['gcloud', 'gce'],
  ['esx', 'vmware'],
  ['packet', 'equinixmetal'],
  ['equinix_metal', 'equinixmetal'],
  ['qemu_uefi', 'qemu'],
  ['qemu_uefi_secure', 'qemu'],
]);

export const platformName = (name: string): string => platformNames.get(name) ?? name;

/** Flatcar's CI marks tests of further machine types as `extra-test.[TYPE].name`. */
export const splitVariant = (name: string): { readonly name: string; readonly variant: string } => {
  const match = /^extra-test\.\[([^\]]+)\]\.(.+)$/.exec(name);
  return match?.[1] !== undefined && match[2] !== undefined
    ? { name: match[2], variant: match[1] }
    : { name, variant: '' };
};

/**
 * Go kola reports quota, API and product failures alike. Only texts that a cloud's API alone can have written are
 * taken as infrastructure; everything doubtful stays a product failure, so that an import never hides one.
 */
const infrastructure: readonly (readonly [RegExp, CauseKind])[] = [
  [
    /InsufficientInstanceCapacity|SkuNotAvailable|ZonalAllocationFailed|AllocationFailed|ZONE_RESOURCE_POOL_EXHAUSTED|QUOTA_EXCEEDED|QuotaExceeded|(Instance|Vcpu)LimitExceeded|exceeding approved .* quota/,
    'capacity',
  ],
  [/RequestLimitExceeded|TooManyRequests|UnauthorizedOperation|AuthFailure|ExpiredToken/, 'provisioning'],
];

export const causeOfText = (text: string): CauseKind =>
  infrastructure.find(([pattern]) => pattern.test(text))?.[1] ?? 'product';

/** The line of a nested Go test log that says why: the last one that is no banner. */
export const decisiveLine = (output: string): string | undefined => {
  const lines = output
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !/^(===|---|PASS$|FAIL$)/.test(line));
  // Go prefixes log lines with the file they come from, whose line numbers move with every commit.
  return (
    lines.findLast(line => /error|fail|fatal|panic|timed? ?out|expected/i.test(line)) ?? lines.at(-1)
  )?.replace(/^\S+\.go:\d+: /, '');
};
