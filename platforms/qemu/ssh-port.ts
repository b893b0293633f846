import { ProvisioningError } from '../../src/core/errors.ts';
import type { QmpClient } from './qmp.ts';

/**
 * The port that leads to the guest's SSH. QEMU was told to forward port 0, so that the kernel chose one that was
 * free at the moment of binding: looking for a free port beforehand would be a race. QEMU names the port only in
 * the human monitor's `info usernet`.
 */
export const readForwardedPort = async (qmp: QmpClient, signal: AbortSignal): Promise<number> => {
  const text = await qmp.human('info usernet', signal);
  const port = parseForwardedPort(text);
  if (port !== undefined) return port;
  throw new ProvisioningError('ssh-port', `QEMU names no port that leads to SSH; it said: ${text.trim()}`);
};

/** Reads `TCP[HOST_FORWARD]  12  127.0.0.1 34791  10.0.2.15 22 …`. */
export const parseForwardedPort = (text: string): number | undefined => {
  const match = /TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)\s+\S+\s+22\s/.exec(text);
  return match === null ? undefined : Number(match[1]);
};
