#!/usr/bin/env node
/**
 * Starts kola on the Node it needs. Plain JavaScript that old versions understand: a machine's own Node may be
 * older than the runtime that kola brings along as the npm package `node`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, constants as os } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const oldestNode = 24;
const usageExit = 3;
const here = fileURLToPath(import.meta.url);
const program = join(dirname(here), '..', 'dist', 'src', 'cli', 'main.js');

const refuse = message => {
  process.stderr.write(`kola: ${message}\n`);
  process.exit(usageExit);
};

/** The runtime from the npm package `node`; undefined where its install script did not run. */
const bundledNode = () => {
  try {
    const folder = dirname(createRequire(here).resolve('node/package.json'));
    const file = join(folder, 'bin', 'node');
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
};

/** Runs this file again on `node`; its signals, exit code and death are ours. */
const runOn = node => {
  // KOLA_LAUNCHED stops an endless chain when the bundled runtime is itself too old.
  const env = { ...process.env, KOLA_LAUNCHED: '1' };
  const child = spawn(node, [here, ...process.argv.slice(2)], { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to both of us: the engine counts what arrives together as one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])
    process.on(signal, () => child.kill(signal));
  child.on('error', error => refuse(`cannot start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // Signals that a process cannot send to itself with effect (a stopped or ignored one) still end here.
    process.exitCode = 128 + (os.signals[signal] ?? 0);
  });
};

const runHere = async () => {
  if (!existsSync(program)) {
    refuse(`${program} is missing; run "npm run build" in ${dirname(dirname(here))}`);
  }
  const module = await import('node:module');
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  module.enableCompileCache(join(cache, 'kola', 'compiled'));
  const { main } = await import(program);
  await main(process.argv.slice(2));
};

const major = Number(process.versions.node.split('.')[0]);
const runtime = major < oldestNode && !process.env.KOLA_LAUNCHED ? bundledNode() : undefined;
if (major >= oldestNode) await runHere();
else if (runtime !== undefined) runOn(runtime);
else {
  refuse(
    `needs Node ${oldestNode} or newer, this is ${process.version}, and the bundled runtime is missing; ` +
      'run "npm rebuild node" or "npm ci" without --ignore-scripts',
  );
}
