import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';

const urls = ['https://www.example.com/', 'https://www.wikipedia.org/', 'https://start.fedoraproject.org/'];

const clients: Readonly<Record<string, string>> = {
  curl: 'curl --silent --show-error --output /dev/null -m 30 --retry 2',
  wget: 'wget --no-verbose -O /dev/null -T 30 -t 2',
};

export default scenario({
  name: 'coreos.tls.fetch-urls',
  description: 'curl and wget trust well-known sites with the certificates of the image',
  tags: ['network', 'security', 'internet'],
  platforms: localAndAzure,
  needs: { external: ['internet', ...urls] },
  timeout: minutes(8),
  sabotage: {
    kind: 'guest',
    fault: 'the certificates of the image are hidden',
    commands: ['sudo mount -t tmpfs tmpfs /etc/ssl/certs'],
    fails: { check: 'curl-www.example.com' },
  },
  run: async t => {
    for (const [client, command] of Object.entries(clients))
      for (const url of urls) {
        const { code, stderr } = await t.machine.try(`${command} ${url}`, { timeout: minutes(2) });
        t.equal(`${client}-${new URL(url).hostname}`, code, 0, `${client} ${url} (${stderr.trim()})`);
      }
  },
});
