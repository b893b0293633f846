import { gunzipSync } from 'node:zlib';

/** `data:,…` with everything percent-encoded that is not plain text; base64 for bytes that are no UTF-8. */
export const dataUrl = (contents: string | Uint8Array): string =>
  typeof contents === 'string'
    ? `data:,${encodeURIComponent(contents)}`
    : `data:;base64,${Buffer.from(contents).toString('base64')}`;

/** The bytes of a data URL; undefined when the text is none or cannot be decoded. */
export const decodeDataUrl = (url: string): Uint8Array | undefined => {
  const match = /^data:([^,]*),(.*)$/s.exec(url);
  if (match === null) return undefined;
  const [, type = '', data = ''] = match;
  try {
    if (/;\s*base64$/i.test(type)) return Buffer.from(decodeURIComponent(data), 'base64');
    return percentDecode(data);
  } catch {
    return undefined;
  }
};

/** Bytes, not text: `%ff` is valid in a data URL and is no UTF-8. */
const percentDecode = (data: string): Uint8Array =>
  Buffer.concat(
    data
      .split(/(%[0-9a-fA-F]{2})/)
      .map(piece =>
        /^%[0-9a-fA-F]{2}$/.test(piece) ? Buffer.from(piece.slice(1), 'hex') : Buffer.from(piece),
      ),
  );

/** The bytes as they are, or unpacked when they are gzip; a broken archive is left as it is. */
export const gunzipIfPacked = (bytes: Uint8Array): Uint8Array => {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch {
    return bytes;
  }
};
