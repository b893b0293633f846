import { exchangeScenario } from './_exchange.ts';

export default exchangeScenario({
  name: 'docker.network-nmap-ncat',
  description: "Containers on two machines talk to one another through a published port, with nmap's ncat",
  versions: { until: '4057.0.0' },
  capability: 'nc-nmap',
  netcat: {
    program: 'ncat',
    listen: port => `--idle-timeout 20 --listen 0.0.0.0 ${port}`,
    connect: (host, port) => `--idle-timeout 20 ${host} ${port}`,
  },
});
