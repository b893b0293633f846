/** What the first bytes of a file say it is. */
export type FileForm =
  | 'qcow2'
  | 'bzip2'
  | 'gzip'
  | 'zip'
  /** No magic of a container: a raw disk, if it can boot. */
  | 'raw'
  /** Something else, told apart for the message only. */
  | { readonly foreign: string };

interface Magic {
  readonly form: FileForm;
  readonly at: number;
  readonly bytes: string;
}

const magics: readonly Magic[] = [
  { form: 'qcow2', at: 0, bytes: 'QFI\xfb' },
  { form: 'bzip2', at: 0, bytes: 'BZh' },
  { form: 'gzip', at: 0, bytes: '\x1f\x8b' },
  { form: { foreign: 'an xz archive' }, at: 0, bytes: '\xfd7zXZ\0' },
  { form: { foreign: 'a Zstandard archive' }, at: 0, bytes: '\x28\xb5\x2f\xfd' },
  { form: 'zip', at: 0, bytes: 'PK\x03\x04' },
  { form: { foreign: 'a VMware disk' }, at: 0, bytes: 'KDMV' },
  { form: { foreign: 'a VHDX disk' }, at: 0, bytes: 'vhdxfile' },
  { form: { foreign: 'a program' }, at: 0, bytes: '\x7fELF' },
  { form: { foreign: 'a PGP signature' }, at: 0, bytes: '-----BEGIN PGP' },
  { form: { foreign: 'a PDF document' }, at: 0, bytes: '%PDF' },
];

/** Tells the form of a file from its first kibibyte or so. */
export const detectForm = (start: Buffer): FileForm => {
  const text = start.toString('latin1');
  const known = magics.find(magic => text.startsWith(magic.bytes, magic.at));
  if (known !== undefined) return known.form;
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) return { foreign: 'a web page' };
  return looksLikeText(start) ? { foreign: 'a text file' } : 'raw';
};

/** Only printable ASCII characters and line breaks, from the first byte on. A disk has zero bytes early. */
const looksLikeText = (start: Buffer): boolean =>
  start.length > 0 &&
  start.subarray(0, 1024).every(byte => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d));

/** The PC boot signature at the end of the first sector. */
export const hasBootSignature = (start: Buffer): boolean =>
  start.length >= 512 && start[510] === 0x55 && start[511] === 0xaa;
