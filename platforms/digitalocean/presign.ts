import { createHash, createHmac } from 'node:crypto';

export interface Presigned {
  /** `https://sfo3.digitaloceanspaces.com`, or of another store. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly key: string;
  readonly region: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly now: Date;
  /** Seconds. */
  readonly expires: number;
  /** The bucket is the first part of the host name instead of the path. */
  readonly virtualHost?: boolean;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const uriEscape = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** An address at which anybody can GET the object for a while: Signature Version 4 in the query. */
export const presignedGet = (wanted: Presigned): string => {
  const { endpoint, bucket, key, region, keys, now, expires, virtualHost = false } = wanted;
  const url = new URL(endpoint);
  const host = virtualHost ? `${bucket}.${url.host}` : url.host;
  const object = key.split('/').map(uriEscape).join('/');
  const path = virtualHost ? `/${object}` : `/${uriEscape(bucket)}/${object}`;
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const day = stamp.slice(0, 8);
  const scope = `${day}/${region}/s3/aws4_request`;
  const query = [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${keys.accessKeyId}/${scope}`],
    ['X-Amz-Date', stamp],
    ['X-Amz-Expires', String(expires)],
    ['X-Amz-SignedHeaders', 'host'],
  ]
    .map(([name = '', value = '']) => `${uriEscape(name)}=${uriEscape(value)}`)
    .join('&');
  const request = ['GET', path, query, `host:${host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const digest = createHash('sha256').update(request).digest('hex');
  const text = ['AWS4-HMAC-SHA256', stamp, scope, digest].join('\n');
  const signing = [region, 's3', 'aws4_request'].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    hmac(`AWS4${keys.secretAccessKey}`, day),
  );
  return `${url.protocol}//${host}${path}?${query}&X-Amz-Signature=${hmac(signing, text).toString('hex')}`;
};
