import { metadataScenario } from './_metadata.ts';

export default metadataScenario('aws', 'EC2', [
  'COREOS_EC2_IPV4_LOCAL',
  'COREOS_EC2_IPV4_PUBLIC',
  'COREOS_EC2_HOSTNAME',
]);
