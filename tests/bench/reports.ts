import { RunFold } from '../../reports/fold-run.ts';
import { reportFormats } from '../../reports/index.ts';
import type { RunEvent } from '../../src/core/event.ts';
import {
  EventLog,
  failureOf,
  flatcarTarget,
  referenceTarget,
  type ScenarioFixture,
} from '../support/events.ts';

/**
 * Times every report on a large run: `npm run bench:reports -- [RESULTS]`, default 100,000 results of which
 * 1 in 50 failed. Prints milliseconds and mebibytes; the fold is contained in each format's time.
 */
const size = Number(process.argv[2] ?? 100_000);

const largeRun = (): RunEvent[] => {
  const failures = Array.from({ length: 20 }, (_, n) =>
    failureOf('product', `expected service ${n}-x active`),
  );
  const targets = [referenceTarget, flatcarTarget];
  const scenarios = Array.from({ length: size }, (_, index): ScenarioFixture => {
    const failure = failures[index % failures.length];
    const target = index % 2 === 0 ? referenceTarget : flatcarTarget;
    const name = `area${index % 40}.scenario-${index >> 1}`;
    return index % 50 === 7 && failure !== undefined
      ? { name, target, attempts: [{ outcome: 'failed', failure }] }
      : { name, target, attempts: [{ outcome: 'passed' }] };
  });
  return new EventLog(scenarios, { targets, slots: 64 }).write({ exitCode: 1, verdict: 'FAIL' });
};

const log = Array.from(
  { length: 500 },
  (_, line) => `[ ${line}.000000] systemd[1]: Started unit ${line}.`,
).join('\n');
const print = (line: string): boolean => process.stdout.write(`${line}\n`);

const events = largeRun();
print(`${size} results, ${events.length} events`);
const processor = (since: NodeJS.CpuUsage): string => {
  const { user, system } = process.cpuUsage(since);
  return `${Math.round((user + system) / 1000)} ms of processor`;
};
const began = performance.now();
const beganCpu = process.cpuUsage();
const fold = new RunFold();
for (const event of events) fold.event(event);
fold.model();
print(`${'fold'.padEnd(10)} ${Math.round(performance.now() - began)} ms (${processor(beganCpu)})`);
for (const entry of reportFormats) {
  const format = await entry.load();
  const start = performance.now();
  const cpu = process.cpuUsage();
  const report = format.create({ readFile: () => log });
  for (const event of events) report.event?.(event);
  const text = report.finish?.() ?? '';
  const took = Math.round(performance.now() - start);
  const mebibytes = (Buffer.byteLength(text) / 1024 / 1024).toFixed(1);
  print(`${entry.name.padEnd(10)} ${took} ms (${processor(cpu)}), ${mebibytes} MiB`);
}
print(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
