import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import ssh2 from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type KolaError, NetworkError, ProductError } from '../../src/core/errors.ts';
import type { Exec } from '../../src/machine/ssh/command.ts';
import { type ConnectOptions, connectWhenReady } from '../../src/machine/ssh/connect.ts';
import type { SshConnection } from '../../src/machine/ssh/connection.ts';
import { downloadFile, readRemote, uploadFile, writeRemote } from '../../src/machine/ssh/files.ts';
import { makeKeyPair } from '../../src/machine/ssh/keys.ts';
import { SshLink } from '../../src/machine/ssh/link.ts';
import { acceptsPassword } from '../../src/machine/ssh/password.ts';
import { freePort, type SshServer, startSshServer } from './ssh-server.ts';

let server: SshServer;
let connection: SshConnection;
const opened: SshConnection[] = [];

const login = (changes: Partial<ConnectOptions> = {}): ConnectOptions => ({
  host: '127.0.0.1',
  port: server.port,
  user: server.user,
  key: server.clientKey.privateKey,
  hostKey: server.hostKey.publicKey,
  every: 20,
  until: 5000,
  ...changes,
});

const connect = async (changes?: Partial<ConnectOptions>): Promise<SshConnection> => {
  const made = await connectWhenReady(login(changes));
  opened.push(made);
  return made;
};

const rejection = async (promise: Promise<unknown>): Promise<KolaError> => {
  const thrown: unknown = await promise.then(
    () => undefined,
    error => error,
  );
  expect(thrown).toBeInstanceOf(Error);
  return thrown as KolaError;
};

/** Ends a wait on whether some file is there, without a fixed pause. */
const eventually = (probe: () => boolean) => expect.poll(probe, { timeout: 3000, interval: 20 }).toBe(true);

beforeAll(async () => {
  server = await startSshServer();
  connection = await connect();
});
afterAll(async () => {
  for (const made of opened) made.close();
  await server.stop();
});

describe('a command', () => {
  test('reports exit code, standard output and standard error apart', async () => {
    const result = await connection.exec('echo out; echo err >&2; exit 7');
    expect(result).toMatchObject({ code: 7, signal: null, stdout: 'out\n', stderr: 'err\n' });
    expect(result.duration).toBeGreaterThan(0);
  });

  test('reports the signal that killed it', async () => {
    const result = await connection.exec('kill -SEGV $$');
    expect(result).toMatchObject({ code: null, signal: 'SEGV' });
  });

  test('is given its standard input, also when it does not read it', async () => {
    const text = 'grüße\n'.repeat(50_000);
    expect((await connection.exec('sha256sum', { input: text })).stdout).toContain(
      createHash('sha256').update(text).digest('hex'),
    );
    expect((await connection.exec('true', { input: text })).code).toBe(0);
  });

  test('keeps 20 MB of output and characters that straddle packets whole', async () => {
    const result = await connection.exec("yes 'äöü€' | head -c 20000000");
    expect(result.stdout.length).toBeGreaterThan(7_000_000);
    expect(result.stdout).not.toContain('\ufffd');
  });

  test('is refused more memory than the output limit', async () => {
    const error = await rejection(connection.exec('yes | head -c 80000000; sleep 5'));
    expect(error).toMatchObject({ code: 'command-output-too-large', kind: 'scenario' });
  });

  test('that outlives its deadline is ended on the machine and named with its last words', async () => {
    const file = join(server.folder, 'heeded');
    const error = await rejection(
      connection.exec(`trap 'echo bye; touch ${file}; exit' TERM; echo hello; while :; do sleep 0.05; done`, {
        timeout: 200,
      }),
    );
    expect(error).toBeInstanceOf(ProductError);
    expect(error.code).toBe('command-timeout');
    expect(error.message).toMatch(/^command did not end within 0.2 s: trap .* — last output: hello$/);
    expect(error.evidence[0]?.text).toContain('bye');
    expect(existsSync(file)).toBe(true);
  });

  test('that ignores TERM is killed', async () => {
    const pidFile = join(server.folder, 'stubborn');
    const error = await rejection(
      connection.exec(`trap '' TERM; echo $$ > ${pidFile}; while :; do sleep 0.05; done`, { timeout: 200 }),
    );
    expect(error.code).toBe('command-timeout');
    await eventually(() => !existsSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}`));
  });

  test('that is aborted rejects with the reason at once and is ended on the machine', async () => {
    const pidFile = join(server.folder, 'aborted');
    const controller = new AbortController();
    const started = rejection(
      connection.exec(`echo $$ > ${pidFile}; exec sleep 10`, { signal: controller.signal }),
    );
    await eventually(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '');
    const reason = new Error('the scenario is over');
    controller.abort(reason);
    expect(await started).toBe(reason);
    await eventually(() => !existsSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}`));
    expect(await rejection(connection.exec('true', { signal: controller.signal }))).toBe(reason);
  });

  test('runs with 39 others on four channels, and none is lost or mixed up', async () => {
    const log = join(server.folder, 'concurrency');
    const count = (n: number) =>
      connection.exec(`echo + >> ${log}; echo n${n}; sleep 0.01; echo - >> ${log}`, {});
    const results = await Promise.all(Array.from({ length: 40 }, (_, n) => count(n)));
    expect(results.map(result => result.stdout)).toEqual(Array.from({ length: 40 }, (_, n) => `n${n}\n`));
    let running = 0;
    const peak = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map(mark => (mark === '+' ? ++running : --running));
    expect(Math.max(...peak)).toBeLessThanOrEqual(4);
    expect(Math.max(...peak)).toBeGreaterThan(1);
  });

  test('is given a session again after the server refused one', async () => {
    const own = await connect();
    // MaxSessions is 10: one of these eleven has to wait for another to end.
    const busy = Array.from({ length: 11 }, () => own.stream('sleep 0.2; echo served'));
    const results = await Promise.all(busy);
    expect(results.map(result => result.stdout)).toEqual(Array(11).fill('served\n'));
  });

  test('in progress is rejected when its connection dies, and so is the next', async () => {
    const doomed = await connect();
    const running = rejection(doomed.exec('sleep 10'));
    const stalled = new Writable({ write: () => undefined });
    const streaming = rejection(doomed.stream('yes', { output: stalled, timeout: Number.POSITIVE_INFINITY }));
    await doomed.exec('true');
    server.killConnections();
    expect(await running).toMatchObject({ kind: 'network', code: 'ssh-disconnected' });
    expect(await streaming).toMatchObject({ kind: 'network', code: 'ssh-disconnected' });
    expect(await rejection(doomed.exec('true'))).toMatchObject({ code: 'ssh-disconnected' });
    connection = await connect();
  });

  test('costs little, and is never without an exit status', async () => {
    const took: number[] = [];
    for (let n = 0; n < 100; n++) {
      const { code, duration } = await connection.exec('exit 3');
      expect(code).toBe(3);
      took.push(duration);
    }
    // With Nagle's algorithm even the fastest takes 40 ms; other work on the processor slows only some down.
    expect(Math.min(...took)).toBeLessThan(30);
  });
});

describe('files', () => {
  const exec: Exec = (command, options) => connection.exec(command, options);

  test('are written with mode and folder, and read', async () => {
    const path = join(server.folder, 'a b/c/file');
    await writeRemote(exec, path, 'text\n', { mode: 0o600, owner: server.owner });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(`${statSync(path).uid}:${statSync(path).gid}`).toBe(server.owner);
    expect(await readRemote(exec, path)).toBe('text\n');
    await writeRemote(exec, path, '', { owner: server.owner });
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(await readRemote(exec, path)).toBe('');
  });

  test('of 10 MB go up and come down unchanged', async () => {
    const bytes = randomBytes(10_000_000);
    const [local, remote, back] = ['local', 'remote', 'back'].map(name => join(server.folder, name));
    writeFileSync(local!, bytes);
    await uploadFile(exec, local!, remote!, { owner: server.owner });
    await downloadFile(exec, remote!, back!);
    expect(bytes.equals(readFileSync(remote!))).toBe(true);
    expect(bytes.equals(readFileSync(back!))).toBe(true);
  });

  test('that are missing are named, and no half of one stays', async () => {
    const local = join(server.folder, 'never');
    const error = await rejection(downloadFile(exec, '/no/such', local));
    expect(error.message).toMatch(/^cannot download \/no\/such from the machine: .*No such file/);
    expect(existsSync(local) || existsSync(`${local}.partial`)).toBe(false);
    expect((await rejection(readRemote(exec, '/no/such'))).message).toMatch(/^cannot read \/no\/such/);
    expect((await rejection(uploadFile(exec, '/no/local', '/tmp/x'))).kind).toBe('harness');
    expect((await rejection(uploadFile(exec, server.folder, '/tmp/x'))).message).toMatch(
      /not a regular file/,
    );
  });

  test('that cannot be opened here are told, though the command has still to wait for its turn', async () => {
    const late: Exec = async (command, options) => {
      await new Promise(done => setTimeout(done, 50));
      return exec(command, options);
    };
    const error = await rejection(downloadFile(late, '/etc/hostname', join(server.folder, 'no/folder/file')));
    expect(error.message).toContain('no/folder/file.partial');
  });
});

describe('connecting', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const made of servers.splice(0)) made.close();
  });

  const listen = async (port: number, onSocket: (server: Server) => Server): Promise<number> => {
    const made = onSocket(createServer());
    servers.push(made);
    await new Promise<void>(resolve => made.listen(port, '127.0.0.1', resolve));
    const address = made.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };

  test('never accepts another host key, and does not try again', async () => {
    const other = makeKeyPair('other');
    let tries = 0;
    const error = await rejection(connect({ hostKey: other.publicKey, onAttempt: () => tries++ }));
    expect(error).toBeInstanceOf(NetworkError);
    expect(error.code).toBe('ssh-host-key-mismatch');
    expect(error.message).toContain(other.fingerprint);
    expect(error.message).toContain(server.hostKey.fingerprint);
    expect(tries).toBe(1);
  });

  test('waits for a server that is not there yet', async () => {
    const port = await freePort();
    const seen: string[] = [];
    const pending = connect({ port, onAttempt: (_, outcome) => seen.push(outcome) });
    await eventually(() => seen.length >= 2);
    expect(seen[0]).toMatch(/refused the connection/);
    const target = server.port;
    const { connect: dial } = await import('node:net');
    await listen(port, made =>
      made.on('connection', socket => {
        const inner = dial(target, '127.0.0.1');
        socket.pipe(inner).pipe(socket);
        socket.on('error', () => inner.destroy());
        inner.on('error', () => socket.destroy());
      }),
    );
    expect((await (await pending).exec('echo here')).stdout).toBe('here\n');
  });

  test('tells refused, closed, silent and rejected apart', async () => {
    const silent = await listen(0, made => made.on('connection', socket => socket.unref()));
    const closing = await listen(0, made => made.on('connection', socket => socket.destroy()));
    const until = 300;
    const codes = await Promise.all(
      [
        connect({ port: await freePort(), until }),
        connect({ port: closing, until }),
        connect({ port: silent, until, slowdown: 0.01 }),
        // The only one that needs an answer: a busy machine may take its time for it.
        connect({ key: makeKeyPair('stranger').privateKey, until: 5000 }),
      ].map(async attempt => (await rejection(attempt)).code),
    );
    expect(codes).toEqual(['ssh-refused', 'ssh-disconnected', 'ssh-no-banner', 'ssh-auth']);
  });

  test('gives up a login that stays refused before the deadline', async () => {
    const started = performance.now();
    const error = await rejection(
      connect({ key: makeKeyPair('stranger').privateKey, until: 60_000, authPatience: 100 }),
    );
    expect(error.code).toBe('ssh-auth');
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('ends with the reason of its signal', async () => {
    const silent = await listen(0, made => made.on('connection', socket => socket.unref()));
    const controller = new AbortController();
    const pending = rejection(connect({ port: silent, signal: controller.signal }));
    const reason = new Error('stop');
    controller.abort(reason);
    expect(await pending).toBe(reason);
  });

  test('happens again by itself after a break', async () => {
    const seen: SshConnection[] = [];
    const link = new SshLink({ ...login(), slowdown: 1, onConnection: made => seen.push(made) });
    const wait = { until: 5000, signal: new AbortController().signal };
    const first = await link.connection(wait);
    expect(await link.connection(wait)).toBe(first);
    server.killConnections();
    await eventually(() => seen.length === 2);
    const second = await link.connection(wait);
    expect(second).not.toBe(first);
    expect((await second.exec('echo again')).stdout).toBe('again\n');
    link.close();
    expect((await rejection(link.connection(wait))).code).toBe('ssh-disconnected');
    connection = await connect();
  });
});

describe('a password', () => {
  test('is refused by a server that knows it not', async () => {
    const place = { host: '127.0.0.1', port: server.port, hostKey: server.hostKey.publicKey };
    expect(await acceptsPassword({ ...place, user: server.user, password: 'asdf' })).toBe(false);
  });

  test.each(['password', 'keyboard-interactive'])('is let in by %s', async method => {
    const hostKey = makeKeyPair('host');
    const fake = new ssh2.Server({ hostKeys: [hostKey.privateKey] }, client => {
      client.on('authentication', context => {
        if (context.method !== method) return context.reject([method as 'password']);
        if (context.method === 'password') return context.accept();
        if (context.method === 'keyboard-interactive')
          context.prompt('Password: ', ([answer]) =>
            answer === 'asdf' ? context.accept() : context.reject(),
          );
      });
      client.on('error', () => undefined);
    });
    await new Promise<void>(resolve => fake.listen(0, '127.0.0.1', resolve));
    const address = fake.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const place = { host: '127.0.0.1', port, hostKey: hostKey.publicKey };
    expect(await acceptsPassword({ ...place, user: 'core', password: 'asdf' })).toBe(true);
    fake.close();
  });

  test('is not shown to a server with another host key', async () => {
    const place = { host: '127.0.0.1', port: server.port, hostKey: makeKeyPair('other').publicKey };
    const error = await rejection(acceptsPassword({ ...place, user: server.user, password: 'asdf' }));
    expect(error.code).toBe('ssh-host-key-mismatch');
  });
});
