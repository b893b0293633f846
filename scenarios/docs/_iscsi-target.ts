import { initiatorName, targetName } from '../../src/machine/guest/iscsi.ts';

const root = '/sys/kernel/config/target';
export const portal = '127.0.0.1';
export const account = { user: 'kola-initiator', password: 'word-for-a-test' } as const;
export { initiatorName, targetName };

/** Shell lines that make a file a disk of the kernel's own iSCSI target, for one initiator that must know a password. */
export const targetLines = (initiator: string): readonly string[] => {
  const [store, group] = [`${root}/core/fileio_0/kola`, `${root}/iscsi/${targetName}/tpgt_1`];
  const acl = `${group}/acls/${initiator}`;
  return [
    'modprobe -a target_core_mod target_core_file iscsi_target_mod',
    'mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config',
    'mkdir -p /etc/target /var/target/pr',
    `mkdir -p ${store}`,
    `echo fd_dev_name=/var/lib/kola-lun,fd_dev_size=67108864 >${store}/control`,
    `echo 1 >${store}/enable`,
    `mkdir -p ${root}/iscsi`,
    `mkdir ${root}/iscsi/${targetName}`,
    `mkdir ${group}`,
    `mkdir ${group}/lun/lun_0`,
    `ln -s ${store} ${group}/lun/lun_0/kola`,
    `mkdir ${group}/np/${portal}:3260`,
    `mkdir ${acl}`,
    `mkdir ${acl}/lun_0`,
    `ln -s ${group}/lun/lun_0 ${acl}/lun_0/kola`,
    `echo -n ${account.user} >${acl}/auth/userid`,
    `echo -n '${account.password}' >${acl}/auth/password`,
    `echo 1 >${group}/attrib/authentication`,
    `echo 1 >${group}/enable`,
  ];
};

/** Shell lines that give iscsid a name and a password for what it finds from now on. */
export const credentialLines = (password: string): readonly string[] => {
  const set = (name: string, value: string): string =>
    `iscsiadm -m node -T ${targetName} -p ${portal} --op update -n ${name} -v '${value}'`;
  return [
    set('node.session.auth.authmethod', 'CHAP'),
    set('node.session.auth.username', account.user),
    set('node.session.auth.password', password),
  ];
};
