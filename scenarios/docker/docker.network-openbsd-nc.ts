import { exchangeScenario } from './_exchange.ts';

export default exchangeScenario({
  name: 'docker.network-openbsd-nc',
  description: 'Containers on two machines talk to one another through a published port',
  versions: { from: '4057.0.0' },
  capability: 'nc-openbsd',
  netcat: {
    program: 'nc',
    listen: port => `-N -l 0.0.0.0 ${port}`,
    connect: (host, port) => `-N ${host} ${port}`,
  },
});
