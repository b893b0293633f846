import { flannelScenario } from './_flannel.ts';

export default flannelScenario({
  name: 'cl.flannel.vxlan',
  description: 'Flannel joins the container networks of three machines through VXLAN',
  backend: 'vxlan',
  from: 'flannel.1',
  to: 'flannel.1',
});
