import { createHash } from 'node:crypto';
import { layDownCommand } from '../machine/clone-scripts.ts';
import { canonicalJson } from '../machine/user-data/digest.ts';
import type { MachineKeys } from './ports.ts';
import type { TargetServices } from './services.ts';
import type { WarmShape } from './warm-pool.ts';

/** Stand for the keys of any machine: a snapshot has none, so they are no part of what it is. */
const anyKeys: MachineKeys = {
  publicKey: 'ssh-ed25519 login',
  privateKey: '',
  hostPrivateKey: 'host',
  hostPublicKey: 'ssh-ed25519 host',
};

type Place = Pick<TargetServices, 'ports' | 'request' | 'flight' | 'extraKeys'>;

/**
 * What two runs have to agree on for a machine of one to be cloned in the other, as 64 hexadecimal digits: the image
 * and everything that the machine was told. The platform adds what it knows itself.
 */
export const snapshotKey = (shape: WarmShape, { ports, request, flight, extraKeys }: Place): string => {
  const { userData, allow, user, index, ...size } = shape;
  const { manifest, digest } = request.image;
  const told = ports.render({
    own: userData,
    manifest,
    keys: anyKeys,
    extraKeys,
    user,
    allow,
    privateAddress: flight.privateAddress({ id: '', index }),
  });
  const { channel, text } = told;
  // What a clone of it does first, it does with the shell that lay down.
  const asleep = layDownCommand({ line: 'line', loginKey: anyKeys.publicKey });
  const facts = { image: digest, arch: request.arch, user, index, size, channel, text, asleep };
  return createHash('sha256')
    .update(canonicalJson({ ...facts, permissive: allow.permissive === true }))
    .digest('hex');
};
