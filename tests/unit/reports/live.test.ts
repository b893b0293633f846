import { describe, expect, it } from 'vitest';
import { renderScreen } from '../../../reports/live/screen.ts';
import { LiveState } from '../../../reports/live/state.ts';
import { displayWidth } from '../../../reports/live/width.ts';
import { createLive, type LiveOptions } from '../../../reports/live.ts';
import type { RunEvent } from '../../../src/core/event.ts';
import { EventLog, fixtureStart } from '../../support/events.ts';
import { hostileRun, interruptedRun, mixedRun, passedRun, twoTargetRun } from '../../support/runs.ts';
import { Terminal } from '../../support/terminal.ts';

/** Plays events in their own time, with the ticks that a timer would make in between. */
class Player {
  now = fixtureStart;
  private ticker: { every: number; next: number; tick: () => void } | undefined;
  readonly every: LiveOptions['every'] = (ms, tick) => {
    this.ticker = { every: ms, next: this.now + ms, tick };
    return () => {
      this.ticker = undefined;
    };
  };

  get ticking(): boolean {
    return this.ticker !== undefined;
  }

  waitUntil(at: number): void {
    while (this.ticker !== undefined && this.ticker.next <= at) {
      this.now = this.ticker.next;
      this.ticker.next += this.ticker.every;
      this.ticker.tick();
    }
    this.now = at;
  }
}

const playPlain = (events: readonly RunEvent[], more: Partial<LiveOptions> = {}): string[] => {
  let text = '';
  const player = new Player();
  const out = {
    write: (chunk: string): void => {
      text += chunk;
    },
    size: undefined,
  };
  const live = createLive({ out, colour: false, now: () => player.now, every: player.every, ...more });
  for (const event of events) {
    player.waitUntil(Date.parse(event.time));
    live.event(event);
  }
  live.close(['_kola_temp/qemu-latest/index.html', '_kola_temp/qemu-latest/report.json']);
  return text.split('\n');
};

const playTerminal = (
  events: readonly RunEvent[],
  terminal: Terminal,
  more: Partial<LiveOptions> = {},
): { close: () => void; player: Player } => {
  const player = new Player();
  const out = { write: (chunk: string) => terminal.write(chunk), size: () => terminal };
  const live = createLive({ out, colour: false, now: () => player.now, every: player.every, ...more });
  for (const event of events) {
    player.waitUntil(Date.parse(event.time));
    live.event(event);
  }
  return { close: () => live.close(['report.json']), player };
};

describe('live progress without a terminal', () => {
  it('writes a line per finished scenario and a final block', async () => {
    const lines = playPlain(mixedRun(), { folder: '_kola_temp/qemu-latest' });
    await expect(lines.join('\n')).toMatchFileSnapshot('golden/mixed.plain.txt');
  });

  it('states first that the image is not Flatcar', () => {
    expect(playPlain(passedRun())[0]).toMatch(/^This is the reference guest and not Flatcar/);
  });

  it('has no word of errors or failures when all passed, and no escape sequences', () => {
    const text = playPlain(passedRun()).join('\n');
    expect(text).not.toMatch(/error|fail/i);
    expect(text).not.toContain('\u001b');
    expect(text).toContain('PASS: all scenarios passed\n2 passed in 28.0 s');
  });

  it('gives a sign of life every minute', () => {
    const slow = { provision: 1000, boot: 150_000, run: 40_000, teardown: 1000 };
    const events = new EventLog([{ name: 'slow', attempts: [{ outcome: 'passed', phases: slow }] }]).write();
    expect(playPlain(events).filter(line => line.startsWith('…'))).toEqual([
      '…  0 of 1 done; running slow (booting, 59.5 s)',
      '…  0 of 1 done; running slow (booting, 2 min 00 s)',
      '…  0 of 1 done; running slow (testing, 3 min 00 s)',
    ]);
  });

  it('names targets where there are several', () => {
    expect(playPlain(twoTargetRun())).toContainEqual(
      expect.stringMatching(/^FAIL {5}aws\/arm64\/beta:cl\.verity {2}27\.0 s {2}expected \/dev\/mapper/),
    );
  });

  it('says what has no result when the run was stopped', () => {
    const lines = playPlain(interruptedRun());
    expect(lines).toContain('NOTRUN cl.filesystem');
    expect(lines).toContain('STOPPED cl.verity');
    expect(lines).toContain('INTERRUPTED: the run has no end; 1 of 3 scenarios have a result');
  });

  it('lets no log text act on a terminal', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may come through
    expect(playPlain(hostileRun()).join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it('writes the final block once', () => {
    let text = '';
    const out = {
      write: (chunk: string): void => {
        text += chunk;
      },
      size: undefined,
    };
    const live = createLive({ out, colour: false, now: () => 0, every: () => () => {} });
    for (const event of passedRun()) live.event(event);
    live.close();
    live.close();
    expect(text.match(/PASS/g)).toHaveLength(1);
  });
});

describe('live progress on a terminal', () => {
  it('shows what runs, for how long, and how much is done', () => {
    const terminal = new Terminal(100, 24);
    const { player } = playTerminal(mixedRun().slice(0, 60), terminal);
    player.waitUntil(player.now + 1000);
    expect(terminal.text).toMatchInlineSnapshot(`
      "This is the reference guest and not Flatcar: nothing here says anything about a Flatcar release.
      kola 0.1.0, run rabc2345, seed 42, on qemu/amd64/reference
      8 scenarios selected, 3 not; 2 machines at once
      FAIL     cl.filesystem  27.0 s  expected no dead links in /usr, found 2
        cl.disk.raid1.data                                  cleaning up, attempt 2                 26.9 s
        docker.base                                         testing, attempt 2                     26.9 s
      ━━━━━━────────────────── 2 of 8 · 1 failed, 1 passed · 1 min 21 s · about 1 min left"
    `);
    expect(terminal.cursorVisible).toBe(false);
  });

  it('leaves only lines that stay, and the cursor', () => {
    const terminal = new Terminal(100, 24);
    const { close, player } = playTerminal(mixedRun(), terminal);
    close();
    expect(terminal.cursorVisible).toBe(true);
    expect(player.ticking).toBe(false);
    expect(terminal.lines.filter(line => /━|─/.test(line))).toEqual([]);
    const kept = terminal.lines.filter(line => /^(ok|FAIL|FLAKY|SKIP|BLOCKED|NOTRUN) {2,}/.test(line));
    expect(kept.map(line => line.split(/ {2,}/)[1])).toEqual([
      'cl.filesystem',
      'cl.disk.raid1.data',
      'docker.base',
      'cl.tpm',
      'cl.internet',
      'kubeadm.base',
      'coreos.ignition.once',
    ]);
  });

  it('fits into any width and height', () => {
    const state = new LiveState();
    for (const event of mixedRun().slice(0, 60)) state.event(event);
    for (let columns = 1; columns <= 200; columns += 1) {
      const lines = renderScreen(state, { columns, rows: 3 }, fixtureStart + 90_000, (_style, text) => text);
      expect(lines).toHaveLength(2);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(1, columns - 1));
    }
  });

  it('takes no more rows than there are', () => {
    const scenarios = Array.from({ length: 50 }, (_, n) => ({
      name: `s${n}`,
      attempts: [{ outcome: 'passed' as const }],
    }));
    const events = new EventLog(scenarios, { slots: 50 }).write();
    const terminal = new Terminal(80, 12);
    const { player } = playTerminal(
      events.slice(
        0,
        events.findIndex(event => event.type === 'attempt.ended'),
      ),
      terminal,
    );
    player.waitUntil(player.now + 200);
    // Three lines stay: the notice, the run and the plan.
    expect(terminal.lines.length - 3).toBeLessThanOrEqual(12);
    expect(terminal.text).toContain('and 43 more');
  });

  it('redraws at most five times a second', () => {
    const terminal = new Terminal();
    const { player } = playTerminal(passedRun().slice(0, 8), terminal);
    const before = terminal.writes;
    player.waitUntil(player.now + 10_000);
    expect(terminal.writes - before).toBeGreaterThan(5);
    expect(terminal.writes - before).toBeLessThanOrEqual(50);
  });

  it('paints only when asked to', () => {
    const paint = (colour: boolean): string => {
      let text = '';
      const out = {
        write: (chunk: string): void => {
          text += chunk;
        },
        size: undefined,
      };
      const live = createLive({ out, colour, now: () => 0, every: () => () => {} });
      for (const event of mixedRun()) live.event(event);
      live.close();
      return text;
    };
    expect(paint(true)).toContain('\u001b[31mFAIL   \u001b[0m');
    expect(paint(false)).not.toContain('\u001b[3');
  });
});
