import { createHash } from 'node:crypto';
import type { SimAnswer, SimRequest } from '../server.ts';
import { xmlAnswer } from './answers.ts';
import { toXml, type Xml } from './query.ts';
import type { Tags } from './state.ts';

export interface StoredObject {
  readonly kind: 'bucket-object';
  /** Key in the bucket. */
  readonly id: string;
  readonly body: Buffer;
  /** The object's metadata. */
  readonly tags: Tags;
}

interface Multipart {
  readonly key: string;
  readonly tags: Tags;
  readonly parts: Map<number, Buffer>;
}

export const bucketName = 'kola-images';

export const s3ActionOf = ({ method, url: { searchParams, pathname } }: SimRequest): string => {
  if (searchParams.has('uploads')) return method === 'GET' ? 'ListMultipartUploads' : 'CreateMultipartUpload';
  if (searchParams.has('uploadId'))
    return (
      {
        GET: 'ListParts',
        PUT: 'UploadPart',
        POST: 'CompleteMultipartUpload',
        DELETE: 'AbortMultipartUpload',
      }[method] ?? 'Unknown'
    );
  if (pathname.split('/').length <= 2 || pathname.endsWith('/')) return 'ListObjectsV2';
  return (
    { PUT: 'PutObject', DELETE: 'DeleteObject', HEAD: 'HeadObject', GET: 'GetObject' }[method] ?? 'Unknown'
  );
};

const etag = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;

const answer = (name: string, body: Xml): SimAnswer =>
  xmlAnswer(200, `<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${toXml(body)}</${name}>`);

export const s3Refusal = (status: number, code: string, message: string): SimAnswer =>
  xmlAnswer(status, `<Error>${toXml({ Code: code, Message: message })}</Error>`);

const metadataOf = ({ headers }: SimRequest): Tags =>
  new Map(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith('x-amz-meta-') ? [[name.slice('x-amz-meta-'.length), value] as const] : [],
    ),
  );

/** One bucket, path style. */
export class S3 {
  readonly objects = new Map<string, StoredObject>();
  readonly #uploads = new Map<string, Multipart>();
  #count = 0;

  readonly handle = async (request: SimRequest): Promise<SimAnswer> => {
    const [, bucket, ...rest] = request.url.pathname.split('/');
    if (bucket !== bucketName) return s3Refusal(404, 'NoSuchBucket', `The bucket ${bucket} does not exist`);
    return this.#answer(s3ActionOf(request), decodeURIComponent(rest.join('/')), request);
  };

  /** Uploads in parts that were neither finished nor taken back: they cost money, too. */
  get unfinished(): readonly string[] {
    return [...this.#uploads.values()].map(({ key }) => key);
  }

  #answer(action: string, key: string, request: SimRequest): SimAnswer {
    switch (action) {
      case 'PutObject':
        return this.#put(key, request.body, metadataOf(request));
      case 'DeleteObject':
        this.objects.delete(key);
        return { status: 204 };
      case 'HeadObject':
        return this.#head(key);
      case 'ListMultipartUploads':
        return this.#listUploads(request.url.searchParams.get('prefix') ?? '');
      case 'ListObjectsV2':
        return this.#list(request.url.searchParams.get('prefix') ?? '');
      default:
        return this.#multipart(action, key, request);
    }
  }

  #put(id: string, body: Buffer, tags: Tags): SimAnswer {
    this.objects.set(id, { kind: 'bucket-object', id, body, tags });
    return { status: 200, headers: { etag: etag(body) } };
  }

  #head(key: string): SimAnswer {
    const object = this.objects.get(key);
    if (object === undefined) return { status: 404 };
    const metadata = [...object.tags].map(([name, value]) => [`x-amz-meta-${name}`, value]);
    return { status: 200, headers: { etag: etag(object.body), ...Object.fromEntries(metadata) } };
  }

  #list(prefix: string): SimAnswer {
    const keys = [...this.objects.keys()].filter(key => key.startsWith(prefix));
    const contents = keys.map(key => `<Contents><Key>${key}</Key></Contents>`).join('');
    return xmlAnswer(
      200,
      `<ListBucketResult><Name>${bucketName}</Name><KeyCount>${keys.length}</KeyCount><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`,
    );
  }

  #listUploads(prefix: string): SimAnswer {
    const found = [...this.#uploads].filter(([, { key }]) => key.startsWith(prefix));
    const Upload = found.map(([UploadId, { key }]) => `<Upload>${toXml({ Key: key, UploadId })}</Upload>`);
    return xmlAnswer(
      200,
      `<ListMultipartUploadsResult><Bucket>${bucketName}</Bucket><IsTruncated>false</IsTruncated>${Upload.join('')}</ListMultipartUploadsResult>`,
    );
  }

  /** Two at once: there are pages. */
  #listParts({ parts }: Multipart, after: number): SimAnswer {
    const rest = [...parts.keys()].filter(number => number > after).sort((a, b) => a - b);
    const page = rest.slice(0, 2);
    const Part = page.map(
      number =>
        `<Part>${toXml({ PartNumber: number, ETag: etag(parts.get(number) ?? Buffer.alloc(0)) })}</Part>`,
    );
    const further = rest.length > page.length;
    return xmlAnswer(
      200,
      `<ListPartsResult><Bucket>${bucketName}</Bucket><IsTruncated>${further}</IsTruncated>${further ? `<NextPartNumberMarker>${page.at(-1)}</NextPartNumberMarker>` : ''}${Part.join('')}</ListPartsResult>`,
    );
  }

  #multipart(action: string, key: string, request: SimRequest): SimAnswer {
    const query = request.url.searchParams;
    if (action === 'CreateMultipartUpload') {
      const id = `upload-${++this.#count}`;
      this.#uploads.set(id, { key, tags: metadataOf(request), parts: new Map() });
      return answer('InitiateMultipartUploadResult', { Bucket: bucketName, Key: key, UploadId: id });
    }
    const id = query.get('uploadId') ?? '';
    const upload = this.#uploads.get(id);
    if (upload === undefined) return s3Refusal(404, 'NoSuchUpload', `The upload ${id} does not exist`);
    if (action === 'ListParts') return this.#listParts(upload, Number(query.get('part-number-marker') ?? 0));
    if (action === 'UploadPart') {
      upload.parts.set(Number(query.get('partNumber')), request.body);
      return { status: 200, headers: { etag: etag(request.body) } };
    }
    this.#uploads.delete(id);
    if (action === 'AbortMultipartUpload') return { status: 204 };
    const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    this.#put(key, Buffer.concat(parts), upload.tags);
    return answer('CompleteMultipartUploadResult', { Bucket: bucketName, Key: key, ETag: 'whole' });
  }
}
