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
  readonly #uploads = new Map<string, { readonly bucket: string; readonly object: string }>();

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
      this.#uploads.set(id, { bucket, object });
      const location = `http://${headers.host}${url.pathname}?uploadType=resumable&upload_id=${id}`;
      return { status: 200, headers: { location, 'x-guploader-uploadid': id } };
    }
    const upload = this.#uploads.get(url.searchParams.get('upload_id') ?? '');
    if (upload === undefined) throw notFound('upload');
    if (method === 'DELETE') return { status: 499 };
    this.#bucket(upload.bucket).objects.set(upload.object, body);
    return json(200, {
      kind: 'storage#object',
      bucket: upload.bucket,
      name: upload.object,
      size: String(body.length),
    });
  }

  #bucket(name: string): Bucket {
    const found = this.#compute.of<Bucket>('bucket').find(({ id }) => id === name);
    if (found === undefined) throw new Refusal(404, 'notFound', 'The specified bucket does not exist.');
    return found;
  }
}

const shown = ({ id, labels }: Bucket): object => ({ kind: 'storage#bucket', id, name: id, labels });
