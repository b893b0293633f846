import { access } from 'node:fs/promises';
import { minutes, seconds } from '../../core/clock.ts';
import type { Machine } from '../../core/machine.ts';
import type { CheckContext } from '../../core/scenario.ts';
import { type OmahaService, omahaEventResults } from '../../core/services.ts';

/** Newer than any image, so that no client thinks that it has it. */
const offeredVersion = '99999.0.0';
const keyOnGuest = '/usr/share/update_engine/update-payload-key.pub.pem';

/** `update_engine_client -status` as names and values. */
export const parseStatus = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );

export const updateConf = (server: string): string => `GROUP=developer\nSERVER=${server}\n`;

/** The harness's update server with the payload that was given on offer, to whoever asks. */
export const offerPayload = async (t: CheckContext): Promise<OmahaService> => {
  const payload = t.updatePayload ?? t.skip('there is no update payload: give --update-payload=FILE');
  const omaha = await t.services.omaha();
  await omaha.offer({ version: offeredVersion, packages: [payload], always: true });
  return omaha;
};

/** Makes the machine's updater talk to this server; to be done after each boot into a new /usr, too. */
export const useServer = async (t: CheckContext, omaha: OmahaService): Promise<void> => {
  const { machine } = t;
  await trustPayloadKey(t);
  await machine.write('/etc/flatcar/update.conf', updateConf(omaha.updateUrl));
  // Reboots are this scenario's to order.
  await machine.run('sudo systemctl mask --runtime locksmithd.service');
  await machine.try('sudo systemctl stop locksmithd.service');
  await machine.run('sudo systemctl restart update-engine.service');
};

/** A payload that was not signed with the image's own key comes with another one beside it. */
const trustPayloadKey = async ({ machine, updatePayload }: CheckContext): Promise<void> => {
  const key = `${updatePayload}.pub.pem`;
  const known = await access(key).then(
    () => true,
    () => false,
  );
  if (!known) return;
  await machine.upload(key, '/var/lib/kola-update-key.pem');
  await machine.run(`sudo mount --bind /var/lib/kola-update-key.pem ${keyOnGuest}`);
};

export const operation = async (machine: Machine): Promise<string> =>
  parseStatus(await machine.run('update_engine_client -status')).CURRENT_OP ?? '';

/** Has the machine check for an update and waits until it is installed; a failure that it reports ends the wait. */
export const installUpdate = async (t: CheckContext, omaha: OmahaService): Promise<void> => {
  const { machine } = t;
  const before = omaha.log.mark();
  await machine.run('update_engine_client -check_for_update');
  await t.eventually(
    'the update to be installed',
    async () => {
      const failed = omaha.log.entries.find(
        entry => entry.seq > before && entry.kind === 'event' && entry.result === omahaEventResults.error,
      );
      if (failed?.kind === 'event')
        t.fail(`the updater reports event ${failed.type} as failed, with error code ${failed.errorCode}`);
      return (await operation(machine)) === 'UPDATE_STATUS_UPDATED_NEED_REBOOT' ? true : undefined;
    },
    { every: seconds(5), until: minutes(10) },
  );
  const machineId = await machine.run('cat /etc/machine-id');
  await t.check('install-reported', () =>
    omaha.awaitEvent('updateComplete', 'success', { after: before, machineId, signal: t.signal }),
  );
  const downloads = omaha.log.entries.filter(({ seq, kind }) => seq > before && kind === 'download');
  t.ok('downloaded', downloads.length > 0, 'the payload was not downloaded from the update server');
};
