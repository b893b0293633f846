import { z } from 'zod';
import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { checkHealth, etcdMember, etcdNeeds } from '../../src/machine/guest/etcd.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';

const membersSchema = z.object({ members: z.array(z.object({ name: z.string() })) });
const valuesSchema = z.object({ kvs: z.array(z.object({ value: z.string() })).default([]) });

/** Names in `etcdctl member list -w json`. */
export const memberNames = (json: string): readonly string[] =>
  membersSchema.parse(JSON.parse(json)).members.map(({ name }) => name);

/** Values in `etcdctl get -w json`, which are base64 there. */
export const storedValues = (json: string): readonly string[] =>
  valuesSchema.parse(JSON.parse(json)).kvs.map(({ value }) => Buffer.from(value, 'base64').toString());

const name = 'kola-member';

export default scenario({
  name: 'cl.etcd-member.etcdctlv3',
  description: 'etcdctl stores and reads a value, lists the member and takes a snapshot with the third API',
  tags: ['etcd'],
  platforms: localAndAzure,
  needs: etcdNeeds,
  timeout: minutes(10),
  userData: ignition(
    {
      units: etcdMember({
        settings: {
          ETCD_NAME: name,
          ETCD_ADVERTISE_CLIENT_URLS: 'http://127.0.0.1:2379',
          ETCD_LISTEN_CLIENT_URLS: 'http://127.0.0.1:2379',
          ETCD_LISTEN_PEER_URLS: 'http://127.0.0.1:2380',
          ETCD_INITIAL_ADVERTISE_PEER_URLS: 'http://127.0.0.1:2380',
          ETCD_INITIAL_CLUSTER: `${name}=http://127.0.0.1:2380`,
        },
      }),
    },
    '2.3',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'the member is stopped',
    commands: ['sudo systemctl stop etcd-member.service'],
    fails: { check: 'etcd-healthy' },
  },
  run: async t => {
    const etcdctl = (words: string): Promise<string> => t.machine.run(`ETCDCTL_API=3 etcdctl ${words}`);
    await checkHealth(t, t.machine, 1);
    t.equal('members', memberNames(await etcdctl('member list -w json')), [name], 'members');
    t.equal('put', await etcdctl('put foo bar'), 'OK', 'answer to put');
    t.equal('get', storedValues(await etcdctl('get foo -w json')), ['bar'], 'values of foo');
    await t.check('snapshot-save', () => etcdctl('snapshot save /tmp/kola-snapshot'));
    const { TotalKey: keys } = z
      .object({ TotalKey: z.number().optional(), totalKey: z.number().optional() })
      .transform(({ TotalKey, totalKey }) => ({ TotalKey: TotalKey ?? totalKey ?? 0 }))
      .parse(JSON.parse(await etcdctl('snapshot status /tmp/kola-snapshot -w json')));
    t.ok('snapshot-status', keys > 0, 'the snapshot has no keys');
  },
});
