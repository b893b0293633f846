import { ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { bootBound } from './_bound-boots.ts';
import { enrolledThenBound } from './_cryptenroll.ts';
import { tpmScenario } from './_tpm.ts';

export default tpmScenario({
  name: 'cl.tpm.root-cryptenroll-pcr-noupdate',
  description: 'A root volume that is bound to what the boot measures opens as long as nothing changes',
  capabilities: ['luks', 'cryptenroll-root', 'tpm-event-log'],
  // The scenario is about a machine whose updates are its own affair.
  allow: { updates: true },
  userData: ignition(enrolledThenBound, '3.3'),
  run: bootBound,
});
