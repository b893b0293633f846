import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { QmpClient, type QmpEvent } from '../../../../platforms/qemu/qmp.ts';
import { mostResets, ResetCounter } from '../../../../platforms/qemu/resets.ts';
import { parseForwardedPort } from '../../../../platforms/qemu/ssh-port.ts';

/** QEMU's end of the line. */
class FakeQemu extends Duplex {
  readonly commands: { execute: string; id: number; arguments: Record<string, unknown> }[] = [];
  answer: (command: string) => object | undefined = () => ({ return: {} });

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const command = JSON.parse(chunk.toString());
    this.commands.push(command);
    const answer = this.answer(command.execute);
    if (answer !== undefined) this.say({ ...answer, id: command.id });
    done();
  }

  say(message: object): void {
    this.push(`${JSON.stringify(message)}\r\n`);
  }
}

const never = new AbortController().signal;

const connected = async (): Promise<{ qemu: FakeQemu; client: QmpClient }> => {
  const qemu = new FakeQemu();
  const client = new QmpClient(qemu);
  qemu.say({ QMP: { version: {}, capabilities: [] } });
  await client.open(never);
  return { qemu, client };
};

describe('QmpClient', () => {
  it('enters command mode after the greeting', async () => {
    const { qemu } = await connected();
    expect(qemu.commands.map(command => command.execute)).toEqual(['qmp_capabilities']);
  });

  it('gives each caller its own answer, in whatever order they come', async () => {
    const { qemu, client } = await connected();
    qemu.answer = () => undefined;
    const both = Promise.all([client.execute('one', {}, never), client.human('info usernet', never)]);
    const [one, two] = qemu.commands.slice(-2);
    expect(two?.arguments).toEqual({ 'command-line': 'info usernet' });
    qemu.say({ return: 'second', id: two?.id });
    qemu.say({ return: 'first', id: one?.id });
    expect(await both).toEqual(['first', 'second']);
  });

  it('puts together what came in pieces, and hands on events', async () => {
    const { qemu, client } = await connected();
    const events: QmpEvent[] = [];
    const seen = Promise.withResolvers<void>();
    client.onEvent(event => {
      events.push(event);
      if (events.length === 2) seen.resolve();
    });
    qemu.push('{"event": "RESET", "da');
    qemu.push('ta": {"guest": true}}\r\nnot json\r\n{"event":"STOP"}\r\n');
    await seen.promise;
    expect(events).toEqual([
      { name: 'RESET', data: { guest: true } },
      { name: 'STOP', data: {} },
    ]);
  });

  it('passes on what QEMU refuses', async () => {
    const { qemu, client } = await connected();
    qemu.answer = () => ({ error: { class: 'CommandNotFound', desc: 'no such thing' } });
    await expect(client.execute('x', {}, never)).rejects.toMatchObject({
      kind: 'provisioning',
      message: 'QEMU refused: no such thing',
    });
  });

  it('does not wait for a QEMU that is gone, or after an abort', async () => {
    const { qemu, client } = await connected();
    qemu.answer = () => undefined;
    const stop = new AbortController();
    const first = client.execute('x', {}, stop.signal);
    stop.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    const second = client.execute('y', {}, never);
    qemu.destroy();
    await expect(second).rejects.toMatchObject({ kind: 'provisioning', code: 'qmp' });
    await expect(client.execute('z', {}, never)).rejects.toThrow(/went away before it answered z/);
  });
});

describe('ResetCounter', () => {
  it('takes so many resets and no more, and says it once', () => {
    const counter = new ResetCounter();
    const reset = { name: 'RESET', data: {} };
    for (let n = 0; n < mostResets; n++) {
      expect(counter.see({ name: 'STOP', data: {} }, () => '')).toBeUndefined();
      expect(counter.see(reset, () => '')).toBeUndefined();
    }
    expect(counter.see(reset, () => 'grub\nboom')).toMatchObject({
      kind: 'product',
      code: 'boot-loop',
      evidence: [{ source: 'console', text: 'grub\nboom' }],
    });
    expect(counter.see(reset, () => '')).toBeUndefined();
  });
});

describe('parseForwardedPort', () => {
  it('reads what QEMU 7.2 prints', () => {
    const text =
      'Hub -1 (outside):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n' +
      '  TCP[ESTABLISHED]   11       127.0.0.1  2222       10.0.2.15    22     0     0\r\n' +
      '  TCP[HOST_FORWARD]  10       127.0.0.1 33175       10.0.2.15    22     0     0\r\n';
    expect(parseForwardedPort(text)).toBe(33175);
  });

  it('finds none elsewhere', () => {
    expect(parseForwardedPort('Hub -1 (outside):\r\n')).toBeUndefined();
    expect(
      parseForwardedPort('  TCP[HOST_FORWARD]  10  127.0.0.1 33175  10.0.2.15    80   0 0'),
    ).toBeUndefined();
  });
});
