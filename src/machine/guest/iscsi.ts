import { minutes } from '../../core/clock.ts';
import type { Machine } from '../../core/machine.ts';

export const targetName = 'iqn.2006-04.com.example:test-target';
const backing = '/var/lib/kola-lun';

/** The name in `/etc/iscsi/initiatorname.iscsi`; undefined until there is one. */
export const initiatorName = (text: string): string | undefined =>
  /^InitiatorName=(iqn\.\S+)$/m.exec(text)?.[1];

/**
 * With the image's own tgtd; LUN 0 is its controller. Its unit wants Perl, to read a configuration that there is none of.
 * It lets nobody in whose address it was not told, whatever the name.
 */
const withTgt = (initiator: string): readonly string[] => [
  'sudo systemd-run --quiet --unit=kola-iscsi-target --service-type=notify tgtd -f',
  `sudo tgtadm --lld iscsi --op new --mode target --tid 1 --targetname ${targetName}`,
  `sudo tgtadm --lld iscsi --op new --mode logicalunit --tid 1 --lun 1 --backing-store ${backing}`,
  'sudo tgtadm --lld iscsi --op bind --mode target --tid 1 --initiator-address ALL',
  `sudo tgtadm --lld iscsi --op bind --mode target --tid 1 --initiator-name ${initiator}`,
];

const targetcli =
  'sudo docker run --rm --privileged --network=host --volume /var/lib:/var/lib --volume /lib/modules:/lib/modules:ro --volume /sys/kernel/config:/sys/kernel/config --volume /run:/run ghcr.io/flatcar/targetcli-fb';

/** With the kernel's target, set up by a container. */
const withContainer = (initiator: string): readonly string[] => [
  'sudo modprobe -a target_core_mod target_core_file iscsi_target_mod && sudo mkdir -p /etc/target',
  `${targetcli} /backstores/fileio create test ${backing} 100M`,
  `${targetcli} /iscsi create ${targetName}`,
  `${targetcli} /iscsi/${targetName}/tpg1/luns create /backstores/fileio/test lun1`,
  `${targetcli} /iscsi/${targetName}/tpg1/acls create ${initiator}`,
];

/** Makes a file of 100 MB a LUN that one initiator may use. */
export const exportLun = async (machine: Machine, initiator: string, hasTarget: boolean): Promise<void> => {
  await machine.run(`sudo truncate --size=100M ${backing}`);
  for (const command of hasTarget ? withTgt(initiator) : withContainer(initiator))
    await machine.run(command, { timeout: minutes(5) });
};
