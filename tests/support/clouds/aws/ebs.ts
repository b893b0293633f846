import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from '../rest.ts';
import type { SimAnswer, SimRequest } from '../server.ts';
import type { Ec2 } from './ec2.ts';
import { account, newId, type Snapshot } from './state.ts';

const blockBytes = 524_288;

export const ebsRefusal = (status: number, name: string, message: string): SimAnswer =>
  json(status, { Message: message }, { 'x-amzn-errortype': name });

export const ebsActionOf = ({ method, url: { pathname } }: SimRequest): string => {
  if (method === 'POST' && pathname === '/snapshots') return 'StartSnapshot';
  if (method === 'PUT' && /^\/snapshots\/[^/]+\/blocks\/\d+$/.test(pathname)) return 'PutSnapshotBlock';
  if (method === 'POST' && pathname.startsWith('/snapshots/completion/')) return 'CompleteSnapshot';
  return 'Unknown';
};

interface StartRequest {
  readonly VolumeSize: number;
  readonly ClientToken?: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

/** EBS's direct interface: snapshots that are written block by block. */
export class Ebs {
  readonly #ec2: Ec2;
  readonly #folder = mkdtempSync(join(tmpdir(), 'kola-ebs-'));

  constructor(ec2: Ec2) {
    this.#ec2 = ec2;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  readonly handle = async (request: SimRequest): Promise<SimAnswer> => {
    switch (ebsActionOf(request)) {
      case 'StartSnapshot':
        return this.#start(request);
      case 'PutSnapshotBlock':
        return this.#put(request);
      case 'CompleteSnapshot':
        return this.#complete(request);
      default:
        return ebsRefusal(
          400,
          'ValidationException',
          `no such call: ${request.method} ${request.url.pathname}`,
        );
    }
  };

  async #start(request: SimRequest): Promise<SimAnswer> {
    const start: StartRequest = JSON.parse(request.body.toString('utf8'));
    const id = await this.#ec2.once(start.ClientToken, request.body.toString('utf8'), async () => {
      const own = newId('snap');
      const file = join(this.#folder, own);
      writeFileSync(file, '');
      await truncate(file, start.VolumeSize * 2 ** 30);
      this.#ec2.add<Snapshot>({
        kind: 'snapshot',
        id: own,
        gib: start.VolumeSize,
        file,
        blocks: new Set(),
        state: 'pending',
        tags: new Map((start.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
        hidden: this.#ec2.settings.lag,
      });
      return own;
    });
    return json(201, {
      SnapshotId: id,
      OwnerId: account,
      Status: 'pending',
      VolumeSize: start.VolumeSize,
      BlockSize: blockBytes,
      Tags: start.Tags ?? [],
    });
  }

  async #put(request: SimRequest): Promise<SimAnswer> {
    const [, , id = '', , index = ''] = request.url.pathname.split('/');
    const snapshot = this.#snapshot(id);
    if (snapshot === undefined) return gone(id);
    const { body, headers } = request;
    const checksum = createHash('sha256').update(body).digest('base64');
    if (body.length !== blockBytes || headers['x-amz-checksum'] !== checksum)
      return ebsRefusal(
        400,
        'ValidationException',
        `block ${index}: ${body.length} bytes, checksum ${checksum}`,
      );
    if ((Number(index) + 1) * blockBytes > snapshot.gib * 2 ** 30)
      return ebsRefusal(400, 'ValidationException', `block ${index} is beyond the end of the volume`);
    await using file = await open(snapshot.file, 'r+');
    await file.write(body, 0, body.length, Number(index) * blockBytes);
    snapshot.blocks.add(Number(index));
    return json(201, {}, { 'x-amz-checksum': checksum, 'x-amz-checksum-algorithm': 'SHA256' });
  }

  async #complete(request: SimRequest): Promise<SimAnswer> {
    const id = request.url.pathname.split('/').at(-1) ?? '';
    const snapshot = this.#snapshot(id);
    if (snapshot === undefined) return gone(id);
    const changed = Number(request.headers['x-amz-changedblockscount']);
    if (changed !== snapshot.blocks.size)
      return ebsRefusal(
        400,
        'ValidationException',
        `expected ${snapshot.blocks.size} changed blocks, found ${changed}`,
      );
    snapshot.state = 'completed';
    return json(202, { Status: 'completed' });
  }

  #snapshot(id: string): Snapshot | undefined {
    const thing = this.#ec2.things.get(id);
    // The kind says which of the types of state.ts it is.
    return thing?.kind === 'snapshot' ? (thing as Snapshot) : undefined;
  }
}

const gone = (id: string): SimAnswer =>
  ebsRefusal(404, 'ResourceNotFoundException', `The snapshot '${id}' does not exist.`);
