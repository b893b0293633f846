import { z } from 'zod';
import { ProductError } from '../../core/errors.ts';
import type { Machine } from '../../core/machine.ts';

/** A block device as `lsblk --json` shows it. util-linux before 2.37 has one mount point, later a list. */
export interface BlockDevice {
  readonly name: string;
  readonly type: string;
  readonly fstype: string | null;
  readonly label: string | null;
  readonly mountpoints: readonly string[];
  readonly children: readonly BlockDevice[];
}

const nullable = z.string().nullish();
const deviceSchema: z.ZodType<BlockDevice> = z.lazy(() =>
  z
    .object({
      name: z.string(),
      type: z.string(),
      fstype: nullable,
      label: nullable,
      mountpoint: nullable,
      mountpoints: z.array(z.string().nullable()).optional(),
      children: z.array(deviceSchema).optional(),
    })
    .transform(device => ({
      name: device.name,
      type: device.type,
      fstype: device.fstype ?? null,
      label: device.label ?? null,
      mountpoints: [device.mountpoint, ...(device.mountpoints ?? [])].filter(
        point => typeof point === 'string',
      ),
      children: device.children ?? [],
    })),
);

/** Reads the output of `lsblk --json -o NAME,TYPE,FSTYPE,LABEL,MOUNTPOINT`. */
export const parseLsblk = (json: string): readonly BlockDevice[] =>
  z.object({ blockdevices: z.array(deviceSchema) }).parse(JSON.parse(json)).blockdevices;

export const blockDevices = async (machine: Machine): Promise<readonly BlockDevice[]> =>
  parseLsblk(await machine.run('lsblk --json -o NAME,TYPE,FSTYPE,LABEL,MOUNTPOINT'));

const below = (device: BlockDevice): readonly BlockDevice[] => [device, ...device.children.flatMap(below)];

/** All devices, however deep. */
export const allDevices = (devices: readonly BlockDevice[]): readonly BlockDevice[] => devices.flatMap(below);

/** The device that is mounted there. Throws when there is none. */
export const mountedAt = (devices: readonly BlockDevice[], path: string): BlockDevice => {
  const found = allDevices(devices).find(device => device.mountpoints.includes(path));
  if (found === undefined)
    throw new ProductError('not-mounted', `expected a block device mounted at ${path}, found none`);
  return found;
};
