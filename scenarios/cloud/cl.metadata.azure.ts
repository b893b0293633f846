import { metadataScenario } from './_metadata.ts';

export default metadataScenario('azure', 'Azure', ['COREOS_AZURE_IPV4_DYNAMIC']);
