import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join, posix, relative } from 'node:path';
import { ProductError } from '../../core/errors.ts';
import type { Machine } from '../../core/machine.ts';
import type { ScenarioContext } from '../../core/scenario.ts';

/** An executable that somebody else wrote, and what it wants beside it. */
export interface ExternalTest {
  readonly name: string;
  /** On this machine. */
  readonly path: string;
  /** Folder that it finds as `KOLA_EXT_DATA`. */
  readonly data?: string;
}

/** Survives a reboot, which `/run` and `/tmp` do not. */
const home = '/var/lib/kola-ext';
const state = '/run/kola-ext';
const unit = 'kola-runext.service';
/** Exit status by which a test says that it does not apply. */
const skipped = 77;

/** Most reboots of one test: one that asks for ever would otherwise end at its deadline only. */
const mostReboots = 20;

/**
 * `autopkgtest-reboot MARK` hands the mark over and waits for the end; `autopkgtest-reboot-prepare MARK` returns when
 * the harness knows, and the test then reboots by itself.
 * Source: https://salsa.debian.org/ci-team/autopkgtest/-/blob/master/doc/README.package-tests.rst
 */
const rebootScript = (prepare: boolean): string => `#!/bin/sh
set -eu
printf '%s' "\${1:?expected a mark}" >${state}/mark.new
mv ${state}/mark.new ${state}/${prepare ? 'prepared' : 'mark'}
${prepare ? `while [ ! -e ${state}/known ]; do sleep 0.2; done` : 'while :; do sleep 60; done'}
`;

const unitText = ({ name, path, data }: ExternalTest, mark: string): string => {
  const environment = {
    KOLA_UNIT: unit,
    KOLA_TEST: name,
    KOLA_TEST_EXE: basename(path),
    ...(data === undefined ? {} : { KOLA_EXT_DATA: `${home}/data` }),
    ...(mark === '' ? {} : { AUTOPKGTEST_REBOOT_MARK: mark }),
  };
  const quoted = (text: string): string => text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%');
  return [
    '[Unit]',
    `Description=External test ${name}`,
    '',
    '[Service]',
    'Type=oneshot',
    ...Object.entries(environment).map(([key, value]) => `Environment="${key}=${quoted(value)}"`),
    `WorkingDirectory=${home}`,
    // The status is written down: a unit that has not begun and one that has ended well look alike.
    `ExecStart=/bin/sh -c '${home}/test; echo $$? >${state}/exit.new; mv ${state}/exit.new ${state}/exit'`,
    '',
  ].join('\n');
};

/** Puts the executable and its data on the machine. */
const push = async (machine: Machine, { path, data }: ExternalTest): Promise<void> => {
  await machine.write(`${home}/test`, readFileSync(path), { mode: 0o755 });
  if (data === undefined) return;
  await machine.run(`sudo mkdir -p ${home}/data`);
  for (const entry of readdirSync(data, { withFileTypes: true, recursive: true })) {
    const source = join(entry.parentPath, entry.name);
    const target = posix.join(home, 'data', relative(data, source));
    if (entry.isFile())
      await machine.write(target, readFileSync(source), { mode: lstatSync(source).mode & 0o777 });
    else if (entry.isSymbolicLink())
      await machine.run(
        `sudo mkdir -p ${quote(posix.dirname(target))} && sudo ln -sfn ${quote(readlinkSync(source))} ${quote(target)}`,
      );
  }
};

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

type End =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'reboot'; readonly mark: string; readonly itself: boolean }
  | { readonly kind: 'lost' };

/** What `look` printed, as an end of this round; undefined while the test runs. */
export const parseState = (text: string): End | undefined => {
  const [word = '', value = ''] = /^(\w+) ?(.*)$/s.exec(text.trim())?.slice(1) ?? [];
  if (word === 'exit') return { kind: 'exit', code: Number(value) };
  if (word === 'mark' || word === 'prepared')
    return { kind: 'reboot', mark: value, itself: word === 'prepared' };
  return word === 'failed' ? { kind: 'lost' } : undefined;
};

const look = `cd ${state} || exit 0
for name in exit mark prepared; do if [ -e $name ]; then echo "$name $(cat $name)"; exit 0; fi; done
systemctl is-failed ${unit} || true`;

const round = async (t: ScenarioContext, test: ExternalTest, mark: string): Promise<End> => {
  const { machine } = t;
  await machine.run(`sudo rm -rf ${state} && sudo mkdir -p ${state}`);
  for (const prepare of [false, true])
    await machine.write(`/tmp/autopkgtest-reboot${prepare ? '-prepare' : ''}`, rebootScript(prepare), {
      mode: 0o755,
    });
  await machine.write(`/run/systemd/system/${unit}`, unitText(test, mark));
  await machine.run(`sudo systemctl daemon-reload && sudo systemctl start --no-block ${unit}`);
  // The scenario's own deadline is the limit.
  return t.eventually(`${test.name} to end`, async () => parseState(await machine.run(look)), {
    every: 1000,
    until: 24 * 3_600_000,
  });
};

/** What the test itself said; what systemd says about its unit is left out. */
const output = (machine: Machine, lines: number): Promise<string> =>
  machine.run(`sudo journalctl _SYSTEMD_UNIT=${unit} -o cat --no-pager -n ${lines}`);

const rebootAs = async (machine: Machine, itself: boolean): Promise<void> => {
  if (!itself) {
    await machine.run(`sudo systemctl stop ${unit}`);
    return machine.reboot();
  }
  const before = await machine.bootId();
  await machine.run(`sudo touch ${state}/known`);
  return machine.awaitReboot(before);
};

/** Runs the test as a unit with full rights, over as many reboots as it asks for. */
export const runExternalTest = async (t: ScenarioContext, test: ExternalTest): Promise<void> => {
  const { machine } = t;
  await push(machine, test);
  let end = await round(t, test, '');
  for (let reboots = 0; end.kind === 'reboot'; reboots += 1) {
    if (reboots === mostReboots) t.fail(`the test asked for more than ${mostReboots} reboots`);
    t.log(`Reboot for the mark ${end.mark}`);
    await rebootAs(machine, end.itself);
    end = await round(t, test, end.mark);
  }
  const said = await output(machine, 40);
  const last = said.split('\n').findLast(line => line.trim() !== '') ?? 'no output';
  if (end.kind === 'exit' && end.code === skipped) t.skip(`exit ${skipped}: ${last}`);
  await t.check('exit-status', async () => {
    if (end.kind === 'exit' && end.code === 0) return;
    const how = end.kind === 'exit' ? `exited ${end.code}` : 'was killed';
    throw new ProductError('external-test', `the test ${how}: ${last}`, {
      evidence: [{ source: 'journal', text: said, machine: machine.id }],
    });
  });
};
