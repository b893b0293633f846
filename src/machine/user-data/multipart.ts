import { ScenarioError } from '../../core/errors.ts';
import type { Additions } from './additions.ts';
import { mergeCloudConfig } from './cloud-config.ts';

/** The boundary that the header of a MIME multipart document names; undefined when it is none. */
export const boundaryOf = (text: string): string | undefined => {
  const head = text.split(/\r?\n\r?\n/, 1)[0] ?? '';
  const unfolded = head.replaceAll(/\r?\n[ \t]+/g, ' ');
  const type = /^content-type:\s*multipart\/[a-z-]+\s*;(.*)$/im.exec(unfolded)?.[1];
  const boundary = /\bboundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type ?? '');
  return boundary?.[1] ?? boundary?.[2];
};

/** Appends the additions as a cloud-config part of their own; the parts before it stay as they are. */
export const mergeMultipart = (own: string, additions: Additions): string => {
  const boundary = boundaryOf(own);
  if (boundary === undefined)
    throw new ScenarioError(
      'user-data-invalid',
      'no valid multipart user-data: its header names no boundary',
    );
  const end = own.lastIndexOf(`--${boundary}--`);
  if (end === -1)
    throw new ScenarioError('user-data-invalid', `no valid multipart user-data: no closing --${boundary}--`);
  const newline = own.includes('\r\n') ? '\r\n' : '\n';
  const part = [
    `--${boundary}`,
    'Content-Type: text/cloud-config; charset="utf-8"',
    'MIME-Version: 1.0',
    'Content-Transfer-Encoding: base64',
    '',
    ...wrapped(Buffer.from(mergeCloudConfig('#cloud-config\n', additions)).toString('base64')),
    '',
  ].join(newline);
  return own.slice(0, end) + part + own.slice(end);
};

/** Lines of 76 characters, the most that MIME allows. */
const wrapped = (base64: string): readonly string[] => base64.match(/.{1,76}/g) ?? [];
