import type { z } from 'zod';

/** `storage.files[3].mode` */
export const jsonPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );

/** One complaint about a document: where, and what is wrong there. */
export interface Complaint {
  readonly path: string;
  readonly problem: string;
  /** The key is unknown to this version of the format. */
  readonly unknown: boolean;
}

export const complaintsOf = (error: z.ZodError): Complaint[] =>
  error.issues.flatMap((issue): Complaint[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map(key => ({
          path: jsonPath([...issue.path, key]),
          problem: 'unknown key',
          unknown: true,
        }))
      : [{ path: jsonPath(issue.path), problem: issue.message, unknown: false }],
  );
