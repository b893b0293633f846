import {
  CancelImportTaskCommand,
  CreateTagsCommand,
  DeleteSnapshotCommand,
  DescribeImportSnapshotTasksCommand,
  ImportSnapshotCommand,
  type ImportSnapshotTask,
} from '@aws-sdk/client-ec2';
import { faultOf } from '../../src/cloud/fault.ts';
import { convertOnce } from '../../src/cloud/image/convert.ts';
import type { UploadProgress } from '../../src/cloud/image/journal.ts';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { foundResource, managedBy, tagKeys } from '../../src/cloud/tags.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { LocalImage } from '../../src/core/image.ts';
import { putFile } from './bucket.ts';
import type { AwsCloud } from './connect.ts';
import { ec2Tags, needed, tagsOf } from './ec2-tags.ts';

/** Uploads the disk to a bucket and has it imported. The account needs the service role `vmimport`. */
export const importSnapshot = async (
  cloud: AwsCloud,
  image: LocalImage,
  bucket: string,
  owner: Owner,
  folder: string,
  signal: AbortSignal,
  progress?: UploadProgress,
): Promise<string> => {
  const { ec2, calls, log } = cloud;
  const disk = await convertOnce(image, 'vmdk', folder, progress, signal);
  log(`Uploading the disk to the bucket ${bucket}`);
  const key = await putFile(cloud, bucket, disk, owner, signal, progress);
  return owner.create('snapshot', 'snapshot', async ({ tags }) => {
    const task = await owner.create('import-task', 'import', async draft => {
      const request = new ImportSnapshotCommand({
        ClientToken: draft.name,
        Description: draft.name,
        DiskContainer: { Format: 'VMDK', UserBucket: { S3Bucket: bucket, S3Key: key } },
        TagSpecifications: [{ ResourceType: 'import-snapshot-task', Tags: ec2Tags(draft.tags) }],
      });
      const { ImportTaskId } = await calls.call(
        'ec2 ImportSnapshot',
        signal,
        own => ec2.send(request, { abortSignal: own }),
        { creates: true },
      );
      const id = needed(ImportTaskId, 'an import task');
      return { id, value: id };
    });
    const id = await awaitTask(cloud, task, signal);
    // An imported snapshot does not inherit the tags of its task.
    await calls.call('ec2 CreateTags', signal, own =>
      ec2.send(
        new CreateTagsCommand({
          Resources: [id],
          Tags: ec2Tags(tags),
        }),
        { abortSignal: own },
      ),
    );
    return { id, value: id };
  });
};

const awaitTask = (cloud: AwsCloud, task: string, signal: AbortSignal): Promise<string> =>
  cloud.calls.eventually(`import ${task} to end`, { every: 10_000, until: 60 * 60_000 }, signal, async () => {
    const found = await describeTask(cloud, task, signal);
    const { Status, StatusMessage, Progress, SnapshotId } = found?.SnapshotTaskDetail ?? {};
    if (Status === 'completed') return { done: needed(SnapshotId, 'a snapshot') };
    if (Status === 'deleted' || Status === 'deleting')
      throw new ProvisioningError(
        'aws-import',
        `import ${task} failed: ${StatusMessage ?? 'no reason given'}`,
        {
          hint: 'does the role vmimport exist, and may it read the bucket?',
        },
      );
    return { pending: `${Status ?? 'not listed'} ${Progress ?? ''}` };
  });

const describeTask = async (
  { ec2, calls }: AwsCloud,
  task: string,
  signal: AbortSignal,
): Promise<ImportSnapshotTask | undefined> => {
  const { ImportSnapshotTasks = [] } = await calls.call('ec2 DescribeImportSnapshotTasks', signal, own =>
    ec2.send(new DescribeImportSnapshotTasksCommand({ ImportTaskIds: [task] }), { abortSignal: own }),
  );
  return ImportSnapshotTasks[0];
};

const isOver = (task: ImportSnapshotTask | undefined): boolean =>
  ['completed', 'deleted'].includes(task?.SnapshotTaskDetail?.Status ?? '');

/** A task that goes on is cancelled; what it made before anybody could tag it goes, too. */
export const importTask: ResourceKind<AwsCloud> = {
  kind: 'import-task',
  list: async ({ ec2, calls }, signal, run) => {
    const request = new DescribeImportSnapshotTasksCommand({
      Filters: [
        { Name: `tag:${tagKeys.managedBy}`, Values: [managedBy] },
        ...(run === undefined ? [] : [{ Name: `tag:${tagKeys.run}`, Values: [run] }]),
      ],
    });
    const { ImportSnapshotTasks = [] } = await calls.call('ec2 DescribeImportSnapshotTasks', signal, own =>
      ec2.send(request, { abortSignal: own }),
    );
    // Tasks that ended are history, which cannot be deleted; a search by run wants them for their snapshots.
    return ImportSnapshotTasks.filter(task => run !== undefined || !isOver(task)).flatMap(task => {
      const id = task.ImportTaskId;
      const found = id === undefined ? undefined : foundResource('import-task', id, tagsOf(task.Tags));
      return found === undefined ? [] : [found];
    });
  },
  destroy: async (cloud, { id }, signal) => {
    const { ec2, calls } = cloud;
    const quietly = async (work: Promise<unknown>): Promise<void> => {
      try {
        await work;
      } catch (error) {
        const kind = faultOf(error)?.kind;
        if (kind !== 'not-found' && kind !== 'busy') throw error;
      }
    };
    const task = await describeTask(cloud, id, signal);
    if (task !== undefined && !isOver(task))
      await quietly(
        calls.call('ec2 CancelImportTask', signal, own =>
          ec2.send(new CancelImportTaskCommand({ ImportTaskId: id }), { abortSignal: own }),
        ),
      );
    const snapshot = task?.SnapshotTaskDetail?.SnapshotId;
    if (snapshot === undefined) return;
    await quietly(
      calls.call('ec2 DeleteSnapshot', signal, own =>
        ec2.send(new DeleteSnapshotCommand({ SnapshotId: snapshot }), { abortSignal: own }),
      ),
    );
  },
};
