import type { CheckContext } from '../../core/scenario.ts';
import type { IgnitionAbout, UserData } from '../../core/user-data.ts';
import { group, ignition, unit, user } from '../user-data/ignition/builders.ts';

/** The developer's cloud-config of test images would run beside Ignition and change accounts. */
const noDeveloperData = unit('system-cloudinit@usr-share-flatcar-developer_data.service', { mask: true });

export const groupsConfig = (about: IgnitionAbout): UserData =>
  ignition(
    {
      groups: [group('group1', { gid: 501 }), group('group2', { gid: 502, passwordHash: 'foobar' })],
      units: [noDeveloperData],
    },
    about,
  );

export const checkGroups = async (t: CheckContext): Promise<void> => {
  const getent = (database: string, name: string): Promise<string> =>
    t.machine.run(`sudo getent ${database} ${name}`);
  t.equal('group1', await getent('group', 'group1'), 'group1:x:501:');
  t.equal('group2', await getent('group', 'group2'), 'group2:x:502:');
  t.match('group1-locked', await getent('gshadow', 'group1'), /^group1:[*!]::$/);
  t.equal('group2-password', await getent('gshadow', 'group2'), 'group2:foobar::');
};

export const usersConfig = (about: IgnitionAbout): UserData =>
  ignition(
    {
      users: [
        user('core', { passwordHash: 'foobar' }),
        user('user1'),
        user('user2', { uid: 1010, groups: ['docker'] }),
      ],
      units: [noDeveloperData],
    },
    about,
  );

/** A line of passwd, in names. */
export interface PasswdEntry {
  readonly name: string;
  readonly uid: string;
  readonly gid: string;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
}

/** Reads lines of passwd; what is no such line is undefined. */
export const parsePasswd = (line: string): PasswdEntry | undefined => {
  const fields = line.split(':');
  const [name, , uid, gid, gecos, home, shell] = fields;
  if (
    fields.length !== 7 ||
    !name ||
    !uid ||
    !gid ||
    gecos === undefined ||
    home === undefined ||
    shell === undefined
  )
    return undefined;
  return { name, uid, gid, gecos, home, shell };
};

export const checkUsers = async (t: CheckContext): Promise<void> => {
  const passwd = async (name: string) => parsePasswd(await t.machine.run(`getent passwd ${name}`));
  const password = async (name: string): Promise<string | undefined> =>
    (await t.machine.run(`sudo getent shadow ${name}`)).split(':')[1];
  t.equal('core', await passwd('core'), {
    name: 'core',
    uid: '500',
    gid: '500',
    gecos: 'Flatcar Admin',
    home: '/home/core',
    shell: '/bin/bash',
  });
  for (const [name, id] of [
    ['user1', '1000'],
    ['user2', '1010'],
  ] as const) {
    const found = await passwd(name);
    t.equal(
      name,
      [found?.uid, found?.gid, found?.home],
      [id, id, `/home/${name}`],
      `ids and home of ${name}`,
    );
    t.equal(`${name}-locked`, await password(name), '*', `password of ${name}`);
  }
  t.match('user2-groups', await t.machine.run('id -nG user2'), /\bdocker\b/);
  t.equal('core-password', await password('core'), 'foobar', 'password of core');
};
