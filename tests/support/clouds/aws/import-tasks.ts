import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ec2Error } from './answers.ts';
import type { Ec2, SnapshotImports } from './ec2.ts';
import { type Params, readTags, type Xml } from './query.ts';
import type { S3 } from './s3.ts';
import { newId, type Snapshot, type Tags, type Thing } from './state.ts';

interface Task extends Thing {
  state: 'active' | 'completed' | 'deleted';
  snapshot: string | undefined;
}

/** ImportSnapshot: reads a disk from the bucket and makes a snapshot of it, which does not get the tags of the task. */
export class ImportTasks implements SnapshotImports {
  readonly tasks = new Map<string, Task>();
  readonly #ec2: Ec2;
  readonly #s3: S3;
  readonly #folder = mkdtempSync(join(tmpdir(), 'kola-import-'));

  constructor(ec2: Ec2, s3: S3) {
    this.#ec2 = ec2;
    this.#s3 = s3;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async start(params: Params): Promise<Xml> {
    const source = params.under('DiskContainer');
    const key = source.under('UserBucket').text('S3Key') ?? '';
    const object = this.#s3.objects.get(key);
    if (object === undefined) throw new Ec2Error('InvalidParameter', `The object ${key} does not exist`);
    const id = await this.#ec2.once(params.text('ClientToken'), key, async () => {
      const task: Task = {
        kind: 'import-task',
        id: newId('import-snap'),
        tags: readTags(params, 'import-snapshot-task'),
        hidden: 0,
        state: 'active',
        snapshot: undefined,
      };
      this.tasks.set(task.id, task);
      this.#ec2.taggable.set(task.id, task.tags);
      await this.#convert(task, object.body, source.text('Format') ?? '');
      return task.id;
    });
    return { importTaskId: id };
  }

  async #convert(task: Task, body: Buffer, format: string): Promise<void> {
    const [packed, file] = [join(this.#folder, `${task.id}.disk`), join(this.#folder, `${task.id}.raw`)];
    await writeFile(packed, body);
    await promisify(execFile)('qemu-img', ['convert', '-f', format.toLowerCase(), '-O', 'raw', packed, file]);
    await rm(packed);
    const gib = Math.ceil((await stat(file)).size / 2 ** 30);
    await truncate(file, gib * 2 ** 30);
    const tags: Tags = new Map();
    const id = newId('snap');
    this.#ec2.add<Snapshot>({
      kind: 'snapshot',
      id,
      gib,
      file,
      blocks: new Set(),
      state: 'completed',
      tags,
      hidden: 0,
    });
    task.state = 'completed';
    task.snapshot = id;
  }

  describe(params: Params): Xml {
    const ids = params.texts('ImportTaskId');
    const wanted = params
      .list('Filter')
      .map(filter => [filter.text('Name')?.replace('tag:', '') ?? '', filter.texts('Value')] as const);
    const found = [...this.tasks.values()]
      .filter(task => ids.length === 0 || ids.includes(task.id))
      .filter(task => wanted.every(([name, values]) => values.includes(task.tags.get(name) ?? '')));
    return {
      importSnapshotTaskSet: found.map(task => ({
        importTaskId: task.id,
        snapshotTaskDetail: { status: task.state, snapshotId: task.snapshot },
        tagSet: [...task.tags].map(([key, value]) => ({ key, value })),
      })),
    };
  }

  cancel(params: Params): Xml {
    const task = this.tasks.get(params.text('ImportTaskId') ?? '');
    if (task?.state !== 'active') throw new Ec2Error('IncorrectState', 'The task cannot be cancelled');
    task.state = 'deleted';
    return { importTaskId: task.id, state: 'deleted' };
  }
}
