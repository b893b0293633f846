import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SigningKeys } from './signing-keys.ts';

/** Faults of one file, each used up when it has happened. */
interface Fault {
  /** Ends the connection after so many bytes of the body. */
  cutAfter?: number;
  status?: number;
  /** Sends nothing more after `cutAfter` bytes, and keeps the connection. */
  hang?: boolean;
  times: number;
}

export interface ReleaseFiles {
  readonly channel: string;
  readonly version: string;
  readonly arch: 'amd64' | 'arm64';
  /** File name → content. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** A web server with the layout of Flatcar's, on a port of its own. */
export class ReleaseServer {
  readonly files = new Map<string, Uint8Array>();
  readonly faults = new Map<string, Fault>();
  readonly asked: {
    readonly path: string;
    readonly range: string | undefined;
    readonly auth: string | undefined;
  }[] = [];
  ranges = true;
  /** What `Authorization` has to be. */
  auth: string | undefined;
  readonly #server = createServer((request, response) => this.#answer(request, response));

  static async start(): Promise<ReleaseServer> {
    const server = new ReleaseServer();
    await new Promise<void>(resolve => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
  }

  /** Puts a release on the server as the build does: each file with signature and signed digests. */
  async publish(
    { channel, version, arch, files }: ReleaseFiles,
    keys: SigningKeys,
    places?: readonly string[],
  ): Promise<void> {
    const all = {
      'version.txt': Buffer.from(`FLATCAR_BUILD=1\nFLATCAR_VERSION=${version}\nFLATCAR_BUILD_ID=""\n`),
      ...files,
    };
    const folders = places ?? [`/${channel}/${arch}-usr/${version}`, `/${channel}/${arch}-usr/current`];
    for (const [name, content] of Object.entries(all)) {
      const digests = Buffer.from(digestsOf(name, content));
      const [signature, signedDigests] = await Promise.all([keys.sign(content), keys.sign(digests)]);
      for (const folder of folders) {
        this.files.set(`${folder}/${name}`, content);
        this.files.set(`${folder}/${name}.sig`, signature);
        this.files.set(`${folder}/${name}.DIGESTS`, digests);
        this.files.set(`${folder}/${name}.DIGESTS.sig`, signedDigests);
      }
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname);
    const range = request.headers.range;
    this.asked.push({ path, range, auth: request.headers.authorization });
    if (this.auth !== undefined && request.headers.authorization !== this.auth) {
      response.writeHead(401).end();
      return;
    }
    const content = this.files.get(path);
    if (content === undefined) {
      response.writeHead(404).end('not here');
      return;
    }
    const fault = this.#fault(path, range);
    if (fault?.status !== undefined) {
      response.writeHead(fault.status).end();
      return;
    }
    this.#send(content, range, fault, response);
  }

  #fault(path: string, range: string | undefined): Fault | undefined {
    const fault = this.faults.get(path);
    if (fault === undefined || fault.times === 0 || range === 'bytes=0-0') return undefined;
    fault.times -= 1;
    return fault;
  }

  #send(
    content: Uint8Array,
    range: string | undefined,
    fault: Fault | undefined,
    response: ServerResponse,
  ): void {
    const etag = `"${createHash('sha256').update(content).digest('hex').slice(0, 16)}"`;
    const asked = this.ranges ? /^bytes=(\d+)-(\d+)$/.exec(range ?? '') : null;
    const first = asked === null ? 0 : Number(asked[1]);
    const last = asked === null ? content.length - 1 : Math.min(Number(asked[2]), content.length - 1);
    const body = content.subarray(first, last + 1);
    response.writeHead(asked === null ? 200 : 206, {
      etag,
      'content-length': body.length,
      ...(asked === null ? {} : { 'content-range': `bytes ${first}-${last}/${content.length}` }),
    });
    if (fault?.cutAfter === undefined) response.end(body);
    else
      response.write(body.subarray(0, fault.cutAfter), () => {
        if (fault.hang !== true) response.destroy();
      });
  }
}

const digestsOf = (name: string, content: Uint8Array): string =>
  (['md5', 'sha1', 'sha512'] as const)
    .map(kind => `# ${kind.toUpperCase()} HASH\n${createHash(kind).update(content).digest('hex')}  ${name}\n`)
    .join('');

/** A `release-servers.yaml` that pins one key and reads it from a file beside it. */
export const serversYaml = (base: string, fingerprint: string, extra = ''): string => `
schema: 1
servers:
  - name: release
    base: ${base}/{channel}
    folder: "{arch}-usr/{version}"
    nightlies: false
    newest: current
    newestOfStream: current-{year}
    ltsInfo: lts-info
  - name: bincache
    base: ${base}/bincache
    folder: images/{arch}/{version}
    nightlies: true
${extra}
files:
  prefix: flatcar_production_
  packages: image_packages.txt
  images:
    qemu: [image.bin.bz2]
    aws: [ami_image.bin.bz2]
  payloads: [flatcar_test_update.gz]
keys:
  - { fingerprint: ${fingerprint}, name: Test Buildbot, file: key.asc }
`;
