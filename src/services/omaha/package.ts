import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { ScenarioError } from '../../core/errors.ts';
import type { PackageAnswer } from './response.ts';

/** A package and where it lies. */
export interface LocalPackage extends PackageAnswer {
  readonly path: string;
}

/** Size and hashes of a payload, read once from end to end. */
export const describePackage = async (path: string): Promise<LocalPackage> => {
  const [sha1, sha256] = [createHash('sha1'), createHash('sha256')];
  let size = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      size += chunk.length;
      sha1.update(chunk);
      sha256.update(chunk);
    }
  } catch (cause) {
    throw new ScenarioError('update-package', `the update package ${path} cannot be read: ${String(cause)}`, {
      cause,
    });
  }
  return { path, name: basename(path), size, sha1: sha1.digest('base64'), sha256: sha256.digest('base64') };
};
