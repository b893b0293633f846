import type { HttpsOptions, HttpsService } from '../../core/services.ts';
import { loopback, type ServiceContext } from '../context.ts';
import type { Authority } from './authority.ts';
import { HttpServer } from './server.ts';

/** {@link HttpServer} behind TLS. */
export class SecureHttpServer extends HttpServer implements HttpsService {
  readonly authority: string;

  private constructor(
    context: ServiceContext,
    options: ConstructorParameters<typeof HttpServer>[1],
    authority: string,
  ) {
    super(context, options);
    this.authority = authority;
  }

  static async create(
    context: ServiceContext,
    authority: Authority,
    { names, ...options }: HttpsOptions = {},
  ): Promise<SecureHttpServer> {
    const tls = await authority.issue(names ?? [...new Set([context.guestAddress, loopback, 'localhost'])]);
    return new SecureHttpServer(context, { ...options, tls }, authority.certificate);
  }
}
