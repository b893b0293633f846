import { DeadlineError, type Evidence, NetworkError, ProductError } from '../core/errors.ts';
import type { ImageManifest } from '../core/image.ts';
import type { CommandResult } from '../core/machine.ts';
import { PollTimeout, poll } from '../core/poll.ts';
import type { ScenarioAllowances } from '../core/scenario.ts';
import type { Exec } from './ssh/command.ts';
import { lastLines, shellQuote } from './ssh/quote.ts';

export interface ReadinessOptions {
  readonly machine: string;
  readonly manifest: ImageManifest;
  readonly allow: ScenarioAllowances;
  /** Milliseconds until the start-up must be over. */
  readonly until: number;
  /** Milliseconds between polls; default 1000. */
  readonly every?: number;
  readonly signal: AbortSignal;
}

export interface Readiness {
  readonly bootId: string;
}

/** Longest wait inside the machine, so that a connection that died is noticed. */
const waitSeconds = 10;
const perCommand = 60_000;

const enforce = `
if setenforce 1; then echo selinux=ok; else echo selinux=refused; fi
if rm /etc/audit/rules.d/80-selinux.rules /etc/audit/rules.d/99-default.rules 2>/dev/null; then
  systemctl restart audit-rules && echo audit=ok || echo audit=failed
fi
`;

/**
 * One script a poll, as each SSH command costs an emulated guest more than what it asks. `--wait` sleeps in the
 * guest until the start-up is over; \`running\` implies that no unit has failed.
 */
const script = (selinux: boolean): string => `
echo boot=$(cat /proc/sys/kernel/random/boot_id)
echo id=$(. /etc/os-release; echo "$ID")
state=$(timeout ${waitSeconds} systemctl is-system-running --wait 2>/dev/null)
[ -n "$state" ] || state=$(systemctl is-system-running 2>/dev/null)
echo state=$state
case "$state" in
initializing|starting) systemctl list-jobs --no-legend --no-pager 2>/dev/null | sed 's/^/job=/' | head -n 20 ;;
degraded|maintenance)
  systemctl --no-legend --plain --state=failed list-units 2>/dev/null | sed 's/ .*//; s/^/failed=/' ;;
esac
case "$state" in running|degraded) :
${selinux ? enforce : ''};; esac
`;

interface Seen {
  readonly boot: string;
  readonly id: string;
  readonly state: string;
  readonly selinux: string;
  readonly audit: string;
  readonly jobs: readonly string[];
  readonly failed: readonly string[];
}

const parseSeen = (stdout: string): Seen => {
  const all = (key: string): string[] =>
    stdout
      .split('\n')
      .flatMap(line => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1).trim()] : []));
  const one = (key: string): string => all(key)[0] ?? '';
  return {
    boot: one('boot'),
    id: one('id'),
    state: one('state'),
    selinux: one('selinux'),
    audit: one('audit'),
    jobs: all('job'),
    failed: all('failed'),
  };
};

const brokenOff = new Set(['ssh-disconnected', 'ssh-silent']);
const stillBooting = new Set(['', 'initializing', 'starting', 'stopping']);

const expectOs = (seen: Seen, { machine, manifest }: ReadinessOptions): void => {
  if (seen.id !== manifest.osRelease.id)
    throw new ProductError(
      'wrong-os',
      `machine ${machine} runs "${seen.id}" by its os-release, expected "${manifest.osRelease.id}"`,
      { hint: 'another image was booted than the manifest describes' },
    );
};

/** Status and journal of a unit: what a person would look at first. */
const unitEvidence = async (exec: Exec, unit: string, options: ReadinessOptions): Promise<Evidence> => {
  const name = shellQuote(unit);
  const command = `sudo sh -c ${shellQuote(
    `systemctl status --no-pager --full --lines=0 -- ${name}; journalctl --boot --no-pager --lines=60 --unit=${name}`,
  )}`;
  const { stdout } = await exec(command, { timeout: perCommand, signal: options.signal });
  return { source: 'journal', text: stdout.trimEnd(), machine: options.machine };
};

const failedUnits = async (exec: Exec, seen: Seen, options: ReadinessOptions): Promise<ProductError> => {
  const [first = '', ...others] = seen.failed;
  const evidence = await unitEvidence(exec, first, options);
  // The journal's own last words on the unit say more than its name.
  const why = evidence.text.split('\n').findLast(line => /\b(Failed|failed|code=|error)\b/.test(line));
  const more = others.length === 0 ? '' : ` (and ${others.length} more: ${others.slice(0, 5).join(', ')})`;
  const detail = why === undefined ? '' : ` — ${lastLines(why.replace(/^.*?\]: /, ''), 1)}`;
  return new ProductError(
    'failed-unit',
    `unit ${first} failed on machine ${options.machine}${more}${detail}`,
    {
      evidence: [evidence],
    },
  );
};

const expectEnforcing = (seen: Seen, machine: string): void => {
  if (seen.selinux !== 'ok')
    throw new ProductError('selinux-permissive', `setenforce 1 was refused on machine ${machine}`);
  if (seen.audit === 'failed')
    throw new ProductError(
      'audit-rules',
      `audit-rules.service failed on machine ${machine} without its default rules`,
    );
};

/** The answer of one poll, or why there was none: some configurations reboot once more during the first boot. */
const askOnce = async (exec: Exec, input: string, signal: AbortSignal): Promise<CommandResult | string> => {
  try {
    return await exec('sudo sh', { input, timeout: perCommand, signal });
  } catch (error) {
    if (error instanceof NetworkError && brokenOff.has(error.code)) return error.message;
    throw error;
  }
};

/**
 * Waits until a machine has started and holds what every start has to hold: the expected system, no failed unit,
 * SELinux enforcing where there is a policy. Throws ProductErrors (`wrong-os`, `failed-unit`, `system-degraded`,
 * `selinux-permissive`, `audit-rules`), or DeadlineError `deadline-boot` with the jobs that still ran.
 */
export const awaitReady = async (exec: Exec, options: ReadinessOptions): Promise<Readiness> => {
  const { machine, manifest, allow, signal } = options;
  const selinux = manifest.selinux.policy !== 'none' && allow.permissive !== true;
  let jobs: readonly string[] = [];
  const what = `machine ${machine} to finish its start`;
  try {
    return await poll({ every: options.every ?? 1000, until: options.until, what, signal }, async () => {
      const answer = await askOnce(exec, script(selinux), signal);
      if (typeof answer === 'string') return { pending: answer };
      const { stdout, stderr } = answer;
      const seen = parseSeen(stdout);
      jobs = seen.jobs;
      if (seen.boot === '') return { pending: `no answer: ${lastLines(stderr, 1)}` };
      expectOs(seen, options);
      if (stillBooting.has(seen.state))
        return { pending: `${seen.state || 'no answer'} ${jobs[0] ?? ''}`.trim() };
      if (seen.state !== 'running' && seen.state !== 'degraded')
        throw new ProductError(
          'system-degraded',
          `machine ${machine} is "${seen.state}", expected "running"`,
        );
      if (seen.state === 'degraded' && allow.failedUnits !== true) {
        // A unit that was restarted meanwhile is no longer among the failed ones.
        if (seen.failed.length === 0) return { pending: 'degraded, but no unit has failed' };
        throw await failedUnits(exec, seen, options);
      }
      if (selinux) expectEnforcing(seen, machine);
      return { done: { bootId: seen.boot } };
    });
  } catch (error) {
    if (!(error instanceof PollTimeout)) throw error;
    const evidence: Evidence = {
      source: 'command',
      text: ['systemctl list-jobs', ...jobs].join('\n'),
      machine,
    };
    throw new DeadlineError('boot', error.message, { evidence: [evidence], cause: error });
  }
};
