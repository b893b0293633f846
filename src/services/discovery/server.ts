import { randomBytes } from 'node:crypto';
import type { DiscoveryRecord, DiscoveryService, HttpAnswer, HttpRequest } from '../../core/services.ts';
import { authority, loopback, type ServiceContext, type Startable } from '../context.ts';
import { HttpListener } from '../http/listener.ts';
import { RequestLog } from '../request-log.ts';
import { type Cluster, type EtcdNode, Registry } from './registry.ts';

const mostMembers = 99;

/**
 * etcd's v2 discovery protocol as discovery.etcd.io speaks it: `GET /new?size=N` makes a token, members create a
 * key below it, list it, and wait until all are there.
 */
export class DiscoveryServer implements DiscoveryService, Startable {
  readonly log: RequestLog<DiscoveryRecord>;
  readonly #context: ServiceContext;
  readonly #registry = new Registry();
  readonly #listener: HttpListener;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.log = new RequestLog(context);
    this.#listener = new HttpListener({ service: 'discovery', handle: request => this.#handle(request) });
  }

  get port(): number {
    return this.#listener.port;
  }

  get guestUrl(): string {
    return `http://${authority(this.#context.guestAddress, this.port)}`;
  }

  get localUrl(): string {
    return `http://${authority(loopback, this.port)}`;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#listener.start(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.log.close();
    await this.#listener[Symbol.asyncDispose]();
  }

  cluster(size: number): string {
    if (!Number.isInteger(size) || size < 1 || size > mostMembers)
      throw new TypeError(`a cluster has 1 to ${mostMembers} members, not ${size}`);
    return `${this.guestUrl}/${this.#newToken(size)}`;
  }

  #newToken(size: number): string {
    const token = randomBytes(16).toString('hex');
    this.#registry.add(token, size);
    return token;
  }

  async #handle(request: HttpRequest): Promise<HttpAnswer> {
    const [token = '', ...key] = request.path.split('/').filter(part => part !== '');
    if (token === 'new' && key.length === 0) return this.#create(request);
    const cluster = this.#registry.find(token);
    if (cluster === undefined) return this.#refuse(token, notFound(request.path, 0), 'unknown token');
    const name = key.join('/');
    if (request.method === 'PUT') return this.#join(request, token, cluster, name);
    if (request.method !== 'GET') return { status: 405, headers: { allow: 'GET, PUT' } };
    if (name === '_config/size') {
      this.log.add({ kind: 'size', token });
      return answer(200, 'get', cluster.sizeNode(), cluster.index);
    }
    if (name !== '') return this.#member(request, cluster, name);
    return await this.#list(request, token, cluster);
  }

  #create({ query, headers }: HttpRequest): HttpAnswer {
    const size = Number(query.get('size') ?? '3');
    if (!Number.isInteger(size) || size < 1 || size > mostMembers)
      return this.#refuse('new', { status: 400, body: 'size is not a number of members\n' }, 'bad size');
    // Whatever name the client reached us by works for its peers too.
    const host = /^[\w.:[\]-]+$/.test(headers.host ?? '') ? `http://${headers.host}` : this.guestUrl;
    return `${host}/${this.#newToken(size)}`;
  }

  #join(request: HttpRequest, token: string, cluster: Cluster, member: string): HttpAnswer {
    const value = new URLSearchParams(Buffer.from(request.body).toString()).get('value');
    if (value === null || member === '' || member.includes('/') || member.startsWith('_'))
      return this.#refuse(token, { status: 400, body: 'a member and a value are needed\n' }, 'bad join');
    const node = cluster.join(member, value);
    if (node === undefined)
      return this.#refuse(token, error(412, 105, 'Key already exists', request.path, cluster.index), 'again');
    this.log.add({ kind: 'join', token, member, peers: value });
    return answer(201, 'create', node, cluster.index);
  }

  #member(request: HttpRequest, cluster: Cluster, member: string): HttpAnswer {
    const node = cluster.memberNode(member);
    return node === undefined
      ? notFound(request.path, cluster.index)
      : answer(200, 'get', node, cluster.index);
  }

  async #list(request: HttpRequest, token: string, cluster: Cluster): Promise<HttpAnswer> {
    if (request.query.get('wait') !== 'true') {
      this.log.add({ kind: 'list', token });
      return answer(200, 'get', cluster.listNode(), cluster.index);
    }
    this.log.add({ kind: 'wait', token });
    const from = Number(request.query.get('waitIndex') ?? cluster.index + 1);
    const node = await cluster.nextJoin(Number.isInteger(from) ? from : cluster.index + 1, request.signal);
    return answer(200, 'create', node, cluster.index);
  }

  #refuse(token: string, refusal: HttpAnswer, reason: string): HttpAnswer {
    this.log.add({ kind: 'refused', token, reason });
    return refusal;
  }
}

const json = (status: number, index: number, value: unknown): HttpAnswer => ({
  status,
  headers: { 'content-type': 'application/json', 'x-etcd-index': String(index) },
  body: `${JSON.stringify(value)}\n`,
});

const answer = (status: number, action: 'get' | 'create', node: EtcdNode, index: number): HttpAnswer =>
  json(status, index, { action, node });

const error = (
  status: number,
  errorCode: number,
  message: string,
  cause: string,
  index: number,
): HttpAnswer => json(status, index, { errorCode, message, cause, index });

const notFound = (path: string, index: number): HttpAnswer => error(404, 100, 'Key not found', path, index);
