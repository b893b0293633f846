import { scenario } from '../../src/core/scenario.ts';

const text = `#cloud-config
hostname: core1
write_files:
  - path: /foo
    content: bar
`;

export default scenario({
  name: 'cl.cloudinit.basic',
  description: 'A cloud-config sets the hostname and writes a file',
  tags: ['cloudinit'],
  platforms: { except: ['hetzner', 'akamai', 'oraclecloud'] },
  needs: { capabilities: ['coreos-cloudinit'] },
  userData: { kind: 'cloud-config', text },
  sabotage: {
    kind: 'guest',
    fault: 'the host name is changed after boot',
    commands: ['sudo hostnamectl set-hostname elsewhere'],
    fails: { check: 'static-hostname' },
  },
  run: async t => {
    t.equal('file', await t.machine.run('cat /foo'), 'bar', '/foo');
    t.match('static-hostname', await t.machine.run('hostnamectl'), /^\s*Static hostname: core1$/m);
  },
});
