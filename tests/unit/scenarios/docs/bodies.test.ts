import { describe, expect, test } from 'vitest';
import zone from '../../../../scenarios/docs/docs.date-and-time-zone.ts';
import smt from '../../../../scenarios/docs/docs.disabling-smt.ts';
import environment from '../../../../scenarios/docs/docs.environment-in-units.ts';
import hardening from '../../../../scenarios/docs/docs.hardening.ts';
import modules from '../../../../scenarios/docs/docs.kernel-modules.ts';
import managers from '../../../../scenarios/docs/docs.no-package-manager.ts';
import governor from '../../../../scenarios/docs/docs.power-management.ts';
import usr from '../../../../scenarios/docs/docs.read-only-usr.ts';
import journal from '../../../../scenarios/docs/docs.reading-the-journal.ts';
import keys from '../../../../scenarios/docs/docs.ssh-keys.ts';
import swap from '../../../../scenarios/docs/docs.swap.ts';
import sysctl from '../../../../scenarios/docs/docs.sysctl.ts';
import timers from '../../../../scenarios/docs/docs.systemd-timers.ts';
import udev from '../../../../scenarios/docs/docs.udev-rules.ts';
import users from '../../../../scenarios/docs/docs.users.ts';
import type { Script } from '../../../support/fake-machine.ts';
import { but, inTurn, outcome } from '../../../support/scenario-outcome.ts';

const no = { code: 1 } as const;
const asRoot: Script = [[/^sudo bash -s$/, '']];

describe('systemd and the kernel', () => {
  test('docs.environment-in-units', async () => {
    const files = (text: string) => ({ files: { '/run/kola-colours': text } });
    expect(await outcome(environment, asRoot, files('green large a round one\n'))).toBe('held 1');
    expect(await outcome(environment, asRoot, files('red large a round one\n'))).toContain('seen');
  });

  test('docs.udev-rules', async () => {
    const good: Script = [...asRoot, [/test -e/, ''], [/settle/, ''], [/^ls/, 'kola-seen-kola7']];
    expect(await outcome(udev, good)).toBe('held 2');
    expect(await outcome(udev, but(good, [/test -e/, no]))).toContain('service-started');
    expect(await outcome(udev, but(good, [/^ls/, 'kola-seen-kola7\nkola-seen-other7']))).toContain(
      'only-for-it',
    );
  });

  test('docs.systemd-timers', async () => {
    const good: Script = [...asRoot, [/wc -l/, '3'], [/ticks-then/, '3']];
    expect(await outcome(timers, good)).toBe('held 2');
    expect(await outcome(timers, but(good, [/wc -l/, '0']))).toContain('ticks');
    expect(await outcome(timers, but(good, [/wc -l/, inTurn('3', '5')]))).toContain('stopped');
  });

  test('docs.kernel-modules', async () => {
    expect(await outcome(modules, [[/dummy/, '3']])).toBe('held 1');
    expect(await outcome(modules, [[/dummy/, '1']])).toContain('links-after-reboot');
  });

  test('docs.sysctl', async () => {
    const answers = (...codes: readonly number[]) => {
      let next = 0;
      return () => ({ code: codes[next++] ?? 1 });
    };
    const rest: Script = [...asRoot, [/kola-kept/, '']];
    expect(await outcome(sysctl, but(rest, [/ping/, answers(0, 1)]))).toBe('held 2');
    expect(await outcome(sysctl, but(rest, [/ping/, answers(0, 0)]))).toContain('silent');
    expect(await outcome(sysctl, but(rest, [/ping/, answers(1, 1)]))).toContain('answers-before');
  });

  test('docs.swap', async () => {
    const good = (): Script => [
      ...asRoot,
      [/proc\/swaps/, '/var/vm/swapfile1 file 262140 0 -2'],
      [/vmstat/, inTurn('pswpout 0\n', 'pswpout 900\n')],
      [/systemd-run/, '134217728'],
    ];
    expect(await outcome(swap, good())).toBe('held 3');
    expect(await outcome(swap, but(good(), [/proc\/swaps/, '']))).toContain('in-use');
    expect(await outcome(swap, but(good(), [/systemd-run/, '0']))).toContain('memory');
    expect(await outcome(swap, but(good(), [/vmstat/, 'pswpout 0\n']))).toContain('pages-went-out');
  });

  test('docs.date-and-time-zone', async () => {
    const shown = (...answers: readonly string[]): Script => [
      [/timedatectl/, ''],
      [/date/, inTurn(...answers)],
    ];
    expect(await outcome(zone, shown('00:00 UTC', '19:00 EST', '19:00 EST'))).toBe('held 3');
    expect(await outcome(zone, shown('00:00 UTC', '00:00 UTC'))).toMatch(/^zone:/);
    expect(await outcome(zone, shown('00:00 UTC', '19:00 EST', '09:00 JST'))).toContain('zone-after-reboot');
  });

  test('docs.reading-the-journal', async () => {
    const hot = 'the boiler is too hot';
    const good: Script = [
      ...asRoot,
      [/--boot=-1/, hot],
      [/--boot -t/, ''],
      [/-p err/, hot],
      [/-t kola-boiler/, `${hot}\na valve moved`],
      [/-u kola-talk/, 'Started\nsaid by a unit\nDeactivated'],
    ];
    expect(await outcome(journal, good)).toBe('held 5');
    expect(await outcome(journal, but(good, [/--boot=-1/, '']))).toContain('boot-before');
    expect(await outcome(journal, but(good, [/--boot -t/, hot]))).toContain('not-in-this-boot');
    expect(await outcome(journal, but(good, [/-u kola-talk/, 'Started']))).toContain('by-unit');
  });
});

describe('users and security', () => {
  test('docs.users', async () => {
    const codes = (...all: readonly (readonly [number, string])[]) => {
      let next = 0;
      return () => {
        const [code = 255, stdout = ''] = all[next++] ?? [];
        return { code, stdout };
      };
    };
    const script = (...all: readonly (readonly [number, string])[]): Script => [
      [/^ssh /, codes(...all)],
      [/./, ''],
    ];
    const good = [
      [255, ''],
      [0, 'kola-user1\n'],
      [0, ''],
      [1, ''],
      [255, ''],
    ] as const;
    expect(await outcome(users, script(...good))).toBe('held 5');
    expect(await outcome(users, script([0, '']))).toContain('key-needed');
    expect(await outcome(users, script([255, ''], [1, 'This account is not available']))).toContain(
      'logged-in',
    );
    expect(await outcome(users, script(...good.slice(0, 4), [0, '']))).toContain('gone');
  });

  test('docs.ssh-keys: several keys are in the config, and a stranger is not', async () => {
    const come = (stranger: number): Script => [
      [/key-stranger/, { code: stranger }],
      [/^ssh /, 'kola-user2\n'],
    ];
    const configs: string[] = [];
    const onProvision = (_role: string, userData: unknown) => configs.push(JSON.stringify(userData));
    expect(await outcome(keys, come(255), { onProvision })).toBe('held 3');
    expect(configs.join().match(/ssh-ed25519 /g)).toHaveLength(2);
    expect(configs.join()).not.toContain('stranger');
    expect(await outcome(keys, come(0))).toContain('stranger-refused');
    expect(await outcome(keys, but(come(255), [/key-desk/, no]))).toContain('login-desk');
  });

  test('docs.hardening', async () => {
    const word = 'good day to you';
    const script = (closed: string, ssh: string): Script => [
      ...asRoot,
      [/netns exec .*\/22 /, ssh],
      [/netns exec/, inTurn(word, closed)],
      [/127\.0\.0\.1/, word],
    ];
    expect(await outcome(hardening, script('', 'SSH-2.0-OpenSSH'))).toBe('held 4');
    expect(await outcome(hardening, script(word, 'SSH-2.0-OpenSSH'))).toMatch(/^closed:/);
    expect(await outcome(hardening, script('', ''))).toContain('ssh-open');
  });

  test('docs.disabling-smt', async () => {
    const disabled = '[ 0.1] SMT: disabled';
    const script = (dmesg: string, active: string): Script => [
      ...asRoot,
      [/dmesg/, dmesg],
      [/smt\/active/, active],
    ];
    const on = script('', '1');
    expect(await outcome(smt, on, { afterReboot: script(disabled, '0') })).toBe('held 4');
    expect(await outcome(smt, on, { afterReboot: script(disabled, '1') })).toContain('no-siblings');
    expect(await outcome(smt, on)).toContain('kernel-says-off');
    expect(await outcome(smt, script('', '0'))).toContain('siblings-before');
    expect(await outcome(smt, script(disabled, '1'))).toContain('on-before');
  });
});

describe('promises', () => {
  test('docs.read-only-usr', async () => {
    const refused: Script = [
      [/test -x/, ''],
      [/./, no],
    ];
    expect(await outcome(usr, refused)).toBe('held 5');
    expect(await outcome(usr, [[/./, no]])).toContain('can-be-tried');
    expect(await outcome(usr, but(refused, [/touch/, '']))).toContain('file-refused');
    expect(await outcome(usr, but(refused, [/dd if/, '']))).toContain('device-refused');
  });

  test('docs.no-package-manager', async () => {
    expect(await outcome(managers, [[/./, 'sh']])).toBe('held 2');
    expect(await outcome(managers, [[/./, 'apt\nsh']])).toContain('none');
    expect(await outcome(managers, [[/./, '']])).toContain('search-works');
  });

  test('docs.power-management has nothing to do where no governor can be chosen', async () => {
    expect(await outcome(governor, [[/./, no]])).toContain('skipped');
    const script = (after: string): Script => [
      ...asRoot,
      [/available/, 'performance schedutil'],
      [/scaling_governor$/, inTurn('schedutil', after)],
    ];
    expect(await outcome(governor, script('performance'))).toBe('held 1');
    expect(await outcome(governor, script('schedutil'))).toContain('governor-after-reboot');
  });
});
