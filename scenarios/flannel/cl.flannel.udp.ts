import { flannelScenario } from './_flannel.ts';

export default flannelScenario({
  name: 'cl.flannel.udp',
  description: 'Flannel joins the container networks of three machines through UDP',
  arches: ['amd64'],
  backend: 'udp',
  from: 'flannel0',
  to: 'docker0',
});
