import { describe, expect, it } from 'vitest';
import { Cluster, Registry } from '../../../../src/services/discovery/registry.ts';

const never = new AbortController().signal;

describe('Cluster', () => {
  it('lists its members in order of joining, without its own settings', () => {
    const cluster = new Cluster('t', 3);
    cluster.join('b', 'b=http://b');
    cluster.join('a', 'a=http://a');
    expect(cluster.listNode().nodes?.map(node => [node.key, node.createdIndex])).toEqual([
      ['/_etcd/registry/t/b', 3],
      ['/_etcd/registry/t/a', 4],
    ]);
    expect(cluster.sizeNode().value).toBe('3');
  });

  it('lets nobody join twice', () => {
    const cluster = new Cluster('t', 3);
    expect(cluster.join('a', 'one')).toBeDefined();
    expect(cluster.join('a', 'two')).toBeUndefined();
    expect(cluster.memberNode('a')?.value).toBe('one');
  });

  it('wakes those who wait for the next member', async () => {
    const cluster = new Cluster('t', 3);
    cluster.join('a', 'a');
    const next = cluster.nextJoin(cluster.index + 1, never);
    cluster.join('b', 'b');
    expect((await next).key).toBe('/_etcd/registry/t/b');
  });

  it('answers at once for what has happened since', async () => {
    const cluster = new Cluster('t', 3);
    cluster.join('a', 'a');
    cluster.join('b', 'b');
    expect((await cluster.nextJoin(4, never)).key).toBe('/_etcd/registry/t/b');
  });

  it('stops waiting with the signal', async () => {
    const stop = new AbortController();
    const next = new Cluster('t', 3).nextJoin(3, stop.signal);
    stop.abort(new Error('gone'));
    await expect(next).rejects.toThrow('gone');
  });
});

it('keeps clusters apart', () => {
  const registry = new Registry();
  registry.add('one', 1);
  registry.add('two', 2);
  registry.find('one')?.join('a', 'a');
  expect(registry.find('two')?.listNode().nodes).toEqual([]);
  expect(registry.find('three')).toBeUndefined();
});
