import { retryAfterOf } from '../../src/cloud/calls.ts';
import type { FaultCodes, RawFault } from '../../src/cloud/fault.ts';

/** Error codes of EC2, EBS, S3, STS, Service Quotas and EventBridge Scheduler, as their API references list them. */
export const faultCodes: FaultCodes = {
  RequestLimitExceeded: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  RequestThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  SlowDown: 'throttled',
  EC2ThrottledException: 'throttled',
  InsufficientInstanceCapacity: 'capacity',
  InsufficientHostCapacity: 'capacity',
  InsufficientCapacity: 'capacity',
  InsufficientAddressCapacity: 'capacity',
  InsufficientFreeAddressesInSubnet: 'capacity',
  // The type is not offered in this zone.
  Unsupported: 'capacity',
  VcpuLimitExceeded: 'quota',
  InstanceLimitExceeded: 'quota',
  MaxSpotInstanceCountExceeded: 'quota',
  VolumeLimitExceeded: 'quota',
  SnapshotLimitExceeded: 'quota',
  SecurityGroupLimitExceeded: 'quota',
  ServiceQuotaExceededException: 'quota',
  ConcurrentSnapshotLimitExceeded: 'quota',
  AuthFailure: 'credentials',
  CredentialsProviderError: 'credentials',
  TokenProviderError: 'credentials',
  InvalidClientTokenId: 'credentials',
  ExpiredToken: 'credentials',
  ExpiredTokenException: 'credentials',
  InvalidAccessKeyId: 'credentials',
  SignatureDoesNotMatch: 'credentials',
  UnrecognizedClientException: 'credentials',
  MissingAuthenticationToken: 'credentials',
  // The clock of this host is wrong.
  RequestExpired: 'credentials',
  RequestTimeTooSkewed: 'credentials',
  UnauthorizedOperation: 'permission',
  AccessDenied: 'permission',
  AccessDeniedException: 'permission',
  DependencyAccessDeniedException: 'permission',
  OptInRequired: 'permission',
  InvalidInstanceType: 'invalid',
  'InvalidGroup.Duplicate': 'exists',
  'InvalidKeyPair.Duplicate': 'exists',
  'InvalidAMIName.Duplicate': 'exists',
  'InvalidPermission.Duplicate': 'exists',
  DependencyViolation: 'busy',
  'InvalidSnapshot.InUse': 'busy',
  VolumeInUse: 'busy',
  IncorrectState: 'busy',
  // Of a schedule that is being changed; one that is there already when it is created.
  ConflictException: 'busy',
  IncorrectInstanceState: 'busy',
  'InvalidNetworkInterface.InUse': 'busy',
  'InvalidAMIID.NotFound': 'not-found',
  'InvalidAMIID.Unavailable': 'not-found',
  'InvalidInstanceID.NotFound': 'not-found',
  'InvalidGroup.NotFound': 'not-found',
  'InvalidGroupId.NotFound': 'not-found',
  'InvalidKeyPair.NotFound': 'not-found',
  'InvalidSnapshot.NotFound': 'not-found',
  'InvalidVolume.NotFound': 'not-found',
  'InvalidNetworkInterfaceID.NotFound': 'not-found',
  ResourceNotFoundException: 'not-found',
  NoSuchResourceException: 'not-found',
  NoSuchKey: 'not-found',
  NoSuchUpload: 'not-found',
  NotFound: 'not-found',
  InternalError: 'transient',
  InternalFailure: 'transient',
  InternalServerException: 'transient',
  ServiceException: 'transient',
  ServiceUnavailable: 'transient',
  Unavailable: 'transient',
};

/** What the SDK adds to its errors. */
interface SdkError extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
}

export const readFault = (error: unknown): RawFault => {
  if (!(error instanceof Error)) return { message: String(error) };
  const { $metadata, $response, code, name, message }: SdkError = error;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  const retryAfter = retryAfterOf($response?.headers?.['retry-after'], Date.now());
  const word = name === 'Error' || name === 'TypeError' ? code : name;
  return {
    message: message === '' ? String(code ?? name) : message,
    ...(typeof word === 'string' ? { code: word } : {}),
    ...(status === undefined ? {} : { status }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
};
