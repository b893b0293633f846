import type {
  AwaitOptions,
  HttpAnswer,
  HttpRequest,
  Logged,
  TangRecord,
  TangService,
} from '../../core/services.ts';
import { authority, loopback, type ServiceContext, type Startable } from '../context.ts';
import { HttpListener } from '../http/listener.ts';
import { RequestLog } from '../request-log.ts';
import { advertisement } from './advertisement.ts';
import { isNamed, type PublicJwk, publicJwkSchema } from './jwk.ts';
import { newTangKeys, type TangKeys } from './keys.ts';

/** A Tang server: disks bound to it open only where it can be reached. Its keys live and die with it. */
export class TangServer implements TangService, Startable {
  readonly log: RequestLog<TangRecord>;
  readonly #context: ServiceContext;
  readonly #listener: HttpListener;
  #current: TangKeys = newTangKeys();
  /** Not advertised any more, newest first. */
  #rotated: readonly TangKeys[] = [];

  constructor(context: ServiceContext) {
    this.#context = context;
    this.log = new RequestLog(context);
    this.#listener = new HttpListener({ service: 'tang', handle: request => this.#handle(request) });
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

  get thumbprint(): string {
    return this.#current.signing.thumbprint;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#listener.start(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.log.close();
    await this.#listener[Symbol.asyncDispose]();
  }

  rotate(): string {
    this.#rotated = [this.#current, ...this.#rotated];
    this.#current = newTangKeys();
    return this.thumbprint;
  }

  forgetRotated(): void {
    this.#rotated = [];
  }

  async awaitRecovery(options: AwaitOptions = {}): Promise<TangRecord & Logged> {
    return await this.log.wait('a Tang recovery', entry => entry.kind === 'recovered', options);
  }

  #handle(request: HttpRequest): HttpAnswer {
    const [, verb, name] = /^\/(adv|rec)(?:\/([^/]*))?$/.exec(request.path) ?? [];
    if (verb === 'adv') return this.#advertise(request, name ?? '');
    if (verb === 'rec') return this.#recover(request, name ?? '');
    return this.#refuse(404, `nothing at ${request.path}`);
  }

  #advertise({ method }: HttpRequest, name: string): HttpAnswer {
    if (method !== 'GET') return this.#refuse(405, `${method} of an advertisement`, { allow: 'GET' });
    const trusted = this.#all.find(({ signing }) => name !== '' && isNamed(signing.jwk, name));
    if (name !== '' && trusted === undefined) return this.#refuse(404, `no signing key ${name}`);
    this.log.add({ kind: 'advertised', thumbprint: name === '' ? undefined : name });
    return {
      headers: { 'content-type': 'application/jose+json' },
      body: advertisement(this.#current, trusted?.signing),
    };
  }

  #recover({ method, body }: HttpRequest, name: string): HttpAnswer {
    if (method !== 'POST') return this.#refuse(405, `${method} of a recovery`, { allow: 'POST' });
    const keys = this.#all.find(({ exchange }) => isNamed(exchange.jwk, name));
    if (keys === undefined) return this.#refuse(404, `no exchange key ${name}`);
    const client = readKey(body);
    const recovered = client === undefined ? undefined : keys.exchange.recover(client);
    if (recovered === undefined) return this.#refuse(400, 'the body is no P-521 key for ECMR');
    this.log.add({ kind: 'recovered', thumbprint: name });
    return { headers: { 'content-type': 'application/jwk+json' }, body: JSON.stringify(recovered) };
  }

  get #all(): readonly TangKeys[] {
    return [this.#current, ...this.#rotated];
  }

  #refuse(status: number, reason: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
    this.log.add({ kind: 'refused', status, reason });
    return { status, headers, body: `${reason}\n` };
  }
}

/** The client's blinded key; undefined when it is none, or is meant for something else. */
const readKey = (body: Uint8Array): PublicJwk | undefined => {
  try {
    const jwk = publicJwkSchema.parse(JSON.parse(Buffer.from(body).toString()));
    const isForUs = jwk.alg === undefined || jwk.alg === 'ECMR';
    return isForUs ? jwk : undefined;
  } catch {
    return undefined;
  }
};
