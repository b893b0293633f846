import { scenario } from '../../src/core/scenario.ts';
import custom from '../sysext/sysext.custom-docker.sysext.ts';

export default scenario({
  ...custom,
  name: 'docs.custom-docker-version',
  description:
    'The docker of the image is masked, and the version that the user built as an extension runs in its place',
  tags: ['docs', 'sysext', 'docker', 'internet'],
  sabotage: {
    kind: 'guest',
    fault: 'the service that merges extensions is masked',
    commands: ['sudo systemctl mask systemd-sysext.service'],
    fails: { says: /systemd-sysext|docker/ },
  },
});
