import { layDownCommand, renewalScript } from '../machine/clone-scripts.ts';
import { takeFingerprint } from '../machine/guest/fingerprint.ts';
import { openMachine } from '../machine/open-machine.ts';
import { makeKeyPair } from '../machine/ssh/keys.ts';
import { renderUserData } from '../machine/user-data/render.ts';
import type { MachinePorts } from './ports.ts';

/** The machine layer of production: SSH, Ignition, console and journal. */
export const realMachines: MachinePorts = {
  makeKeys: () => {
    const [login, host] = [makeKeyPair('kola'), makeKeyPair('kola-host')];
    return {
      publicKey: login.publicKey,
      privateKey: login.privateKey,
      hostPrivateKey: host.privateKey,
      hostPublicKey: host.publicKey,
    };
  },
  render: ({ own, manifest, keys, extraKeys, user, allow, privateAddress }) =>
    renderUserData(
      own,
      {
        user,
        authorizedKeys: allow.noKeyInUserData === true ? [] : [keys.publicKey, ...extraKeys],
        hostKey: { privateKey: keys.hostPrivateKey, publicKey: keys.hostPublicKey },
        disableUpdates: allow.updates !== true,
        ...(privateAddress === undefined
          ? {}
          : { metadata: { publicIPv4: privateAddress, privateIPv4: privateAddress } }),
      },
      manifest,
    ),
  layDown: async (machine, options) => {
    await machine.run(layDownCommand(options));
  },
  renewal: renewalScript,
  open: openMachine,
  fingerprint: takeFingerprint,
};
