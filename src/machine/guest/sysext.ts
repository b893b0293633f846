import { z } from 'zod';

const statusSchema = z.array(
  z.object({ hierarchy: z.string(), extensions: z.union([z.string(), z.array(z.string())]) }),
);

/** Merged extensions by hierarchy (`/usr`, `/opt`), of `systemd-sysext status --json=…`, which writes `none` for none. */
export const parseSysextStatus = (json: string): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    statusSchema
      .parse(JSON.parse(json))
      .map(({ hierarchy, extensions }) => [hierarchy, typeof extensions === 'string' ? [] : extensions]),
  );

const listSchema = z.array(z.object({ name: z.string(), type: z.string(), path: z.string() }));

/** An extension that `systemd-sysext list --json=…` shows. */
export const findExtension = (
  json: string,
  name: string,
): { readonly type: string; readonly path: string } | undefined =>
  listSchema.parse(JSON.parse(json)).find(extension => extension.name === name);
