import { createHash } from 'node:crypto';
import type { HttpAnswer, HttpRequest } from '../../src/core/services.ts';

export interface RegistryAccount {
  readonly user: string;
  readonly password: string;
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const nothing = { status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN"}]}' } as const;

/**
 * A registry for container images in memory, as far as docker pushes and pulls: blobs in one or several pieces, and
 * manifests. Whoever does not name the account is answered with 401.
 *
 * Source: OCI Distribution Specification 1.1
 */
export const registry = ({ user, password }: RegistryAccount) => {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const blobs = new Map<string, Uint8Array>();
  const manifests = new Map<string, { readonly type: string; readonly bytes: Uint8Array }>();
  const uploads = new Map<string, Uint8Array>();

  const upload = ({ method, path, query, body }: HttpRequest): HttpAnswer => {
    const [, name = '', id = ''] = /^\/v2\/(.+)\/blobs\/uploads\/(.*)$/.exec(path) ?? [];
    if (method === 'POST') {
      const fresh = `u${uploads.size + 1}`;
      uploads.set(fresh, new Uint8Array());
      return { status: 202, headers: { Location: `/v2/${name}/blobs/uploads/${fresh}`, Range: '0-0' } };
    }
    const bytes = Buffer.concat([uploads.get(id) ?? new Uint8Array(), body]);
    uploads.set(id, bytes);
    if (method === 'PATCH')
      return { status: 202, headers: { Location: path, Range: `0-${Math.max(0, bytes.length - 1)}` } };
    const digest = query.get('digest') ?? '';
    if (digestOf(bytes) !== digest) return { status: 400, body: '{"errors":[{"code":"DIGEST_INVALID"}]}' };
    blobs.set(digest, bytes);
    return {
      status: 201,
      headers: { Location: `/v2/${name}/blobs/${digest}`, 'Docker-Content-Digest': digest },
    };
  };

  const manifest = ({ method, path, headers, body }: HttpRequest): HttpAnswer => {
    const [, name = '', reference = ''] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(path) ?? [];
    if (method === 'PUT') {
      const kept = { type: headers['content-type'] ?? '', bytes: Uint8Array.from(body) };
      const digest = digestOf(body);
      for (const key of [reference, digest]) manifests.set(`${name}/${key}`, kept);
      return { status: 201, headers: { Location: path, 'Docker-Content-Digest': digest } };
    }
    const found = manifests.get(`${name}/${reference}`);
    return found === undefined
      ? nothing
      : {
          headers: { 'Content-Type': found.type, 'Docker-Content-Digest': digestOf(found.bytes) },
          body: found.bytes,
        };
  };

  const blob = ({ path }: HttpRequest): HttpAnswer => {
    const digest = path.slice(path.lastIndexOf('/') + 1);
    const bytes = blobs.get(digest);
    return bytes === undefined
      ? nothing
      : {
          headers: { 'Content-Type': 'application/octet-stream', 'Docker-Content-Digest': digest },
          body: bytes,
        };
  };

  return (request: HttpRequest): HttpAnswer => {
    if (request.headers.authorization !== expected)
      return {
        status: 401,
        headers: { 'WWW-Authenticate': 'Basic realm="kola"' },
        body: '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}',
      };
    if (request.path === '/v2/') return '{}';
    if (request.path.includes('/blobs/uploads/')) return upload(request);
    if (request.path.includes('/manifests/')) return manifest(request);
    return request.path.includes('/blobs/') ? blob(request) : nothing;
  };
};
