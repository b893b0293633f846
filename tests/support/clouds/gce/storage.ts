import { Refusal } from '../refusal.ts';
import { json } from '../rest.ts';
import type { SimAnswer, SimRequest } from '../server.ts';
import { notFound } from './answers.ts';
import type { Compute } from './compute.ts';
import type { Bucket, Labels } from './state.ts';

export const storageActionOf = ({ method, url }: SimRequest): string => {
  if (url.pathname.startsWith('/upload/'))
    return method === 'POST' ? 'objects.insert' : `objects.${method === 'PUT' ? 'upload' : 'give-up'}`;
  const thing = url.pathname.includes('/o/') ? 'objects' : 'buckets';
  const bare = url.pathname.replace(/\/$/, '').endsWith('/b');
  const verbs: Readonly<Record<string, string>> = {
    GET: bare ? 'list' : 'get',
    POST: 'insert',
    DELETE: 'delete',
    PATCH: 'patch',
  };
  return `${thing}.${verbs[method] ?? method}`;
};

/** Cloud Storage as far as kola uses it: buckets with labels, and resumable uploads. */
export class CloudStorage {
  readonly #compute: Compute;
  readonly #uploads = new Map<string, ResumableUpload>();

  constructor(compute: Compute) {
    this.#compute = compute;
  }

  handle(request: SimRequest): SimAnswer {
    const { url, method, body } = request;
    if (url.pathname.startsWith('/upload/')) return this.#upload(request);
    const [, bucketName, objectName] =
      /^\/storage\/v1\/b(?:\/([^/]+))?(?:\/o\/([^/]+))?/.exec(url.pathname) ?? [];
    if (bucketName === undefined)
      return method === 'POST' ? this.#insert(JSON.parse(body.toString('utf8'))) : this.#list(url);
    const bucket = this.#bucket(bucketName);
    if (objectName !== undefined && method === 'DELETE') {
      if (!bucket.objects.delete(decodeURIComponent(objectName))) throw notFound(objectName);
      return { status: 204 };
    }
    if (objectName !== undefined && method === 'GET') {
      const body = bucket.objects.get(decodeURIComponent(objectName));
      if (body === undefined) throw notFound(objectName);
      return json(200, {
        kind: 'storage#object',
        bucket: bucketName,
        name: objectName,
        size: String(body.length),
      });
    }
    if (method === 'DELETE') {
      if (bucket.objects.size > 0)
        throw new Refusal(409, 'conflict', 'The bucket you tried to delete is not empty.');
      this.#compute.things.delete(`bucket ${bucketName}`);
      return { status: 204 };
    }
    if (method === 'PATCH') {
      const patch: { labels?: Labels } = JSON.parse(body.toString('utf8'));
      bucket.labels = { ...bucket.labels, ...patch.labels };
    }
    return json(200, shown(bucket));
  }

  #insert({ name, labels = {} }: { readonly name: string; readonly labels?: Labels }): SimAnswer {
    if (this.#compute.things.has(`bucket ${name}`))
      throw new Refusal(409, 'conflict', 'You already own this bucket. Please select another name.');
    const bucket: Bucket = { kind: 'bucket', id: name, labels, hidden: 0, objects: new Map() };
    this.#compute.add(bucket);
    return json(200, shown(bucket));
  }

  #list(url: URL): SimAnswer {
    const prefix = url.searchParams.get('prefix') ?? '';
    const found = this.#compute.of<Bucket>('bucket').filter(({ id }) => id.startsWith(prefix));
    return json(200, { kind: 'storage#buckets', items: found.map(shown) });
  }

  #upload({ url, method, body, headers }: SimRequest): SimAnswer {
    const bucket = decodeURIComponent(/\/b\/([^/]+)\/o/.exec(url.pathname)?.[1] ?? '');
    if (method === 'POST') {
      this.#bucket(bucket);
      const object = url.searchParams.get('name') ?? '';
      const id = String(this.#uploads.size + 1);
      this.#uploads.set(id, { bucket, object, body: Buffer.alloc(0), finished: false });
      const location = `http://${headers.host}${url.pathname}?uploadType=resumable&upload_id=${id}`;
      return { status: 200, headers: { location, 'x-guploader-uploadid': id } };
    }
    const upload = this.#uploads.get(url.searchParams.get('upload_id') ?? '');
    if (upload === undefined) throw notFound('upload');
    if (method === 'DELETE') return { status: 499 };
    if (!upload.finished) take(upload, body, headers['content-range']);
    if (!upload.finished) {
      const { length } = upload.body;
      return { status: 308, headers: length === 0 ? {} : { range: `bytes=0-${length - 1}` } };
    }
    this.#bucket(upload.bucket).objects.set(upload.object, upload.body);
    const { bucket: place, object: name, body: whole } = upload;
    return json(200, { kind: 'storage#object', bucket: place, name, size: String(whole.length) });
  }

  #bucket(name: string): Bucket {
    const found = this.#compute.of<Bucket>('bucket').find(({ id }) => id === name);
    if (found === undefined) throw new Refusal(404, 'notFound', 'The specified bucket does not exist.');
    return found;
  }
}

interface ResumableUpload {
  readonly bucket: string;
  readonly object: string;
  body: Buffer;
  finished: boolean;
}

/** A piece behind what is there already, or the question what that is. Only the last piece may be of any length. */
const take = (upload: ResumableUpload, piece: Buffer, range: string | undefined): void => {
  const [, from, to, size] = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(range ?? 'bytes 0-*/*') ?? [];
  if (size === undefined) throw new Refusal(400, 'invalid', `not a range: ${range}`);
  if (from === undefined) return;
  if (Number(from) !== upload.body.length)
    throw new Refusal(503, 'backendError', `expected byte ${upload.body.length}, found ${from}`);
  upload.body = Buffer.concat([upload.body, piece]);
  upload.finished = to === '*' || Number(size) === upload.body.length;
  if (!upload.finished && piece.length % 262_144 !== 0)
    throw new Refusal(400, 'invalid', 'pieces have whole 256 KiB');
};

const shown = ({ id, labels }: Bucket): object => ({ kind: 'storage#bucket', id, name: id, labels });
