import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ActionEnd, runAction } from '../support/github-runner.ts';
import { eventsOf } from './runs.ts';

/** The action's own steps, in a stand-in for the runner, down to a booted machine. */
let folder: string;
let ended: ActionEnd;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kola-action-'));
  ended = await runAction({
    folder,
    inputs: { image: 'reference', tests: 'cl.users.shell?', 'allow-tcg': 'true' },
    env: { XDG_STATE_HOME: join(folder, 'state'), KVM_DEVICE: join(folder, 'no-kvm') },
    // The checkout under test is installed: that is what this test runs in.
    done: ['actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020', 'Install kola'],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const logOf = (name: string): string => ended.steps.find(step => step.name === name)?.log ?? '';

describe('action.yml', () => {
  it('runs what its inputs ask for, and nothing else', () => {
    expect(ended.failed, ended.steps.map(step => step.log).join('\n')).toBe(false);
    const decided = eventsOf(ended.outputs['report-path'] ?? '').flatMap(event =>
      event.type === 'result.decided' ? [`${event.subject.scenario} ${event.outcome}`] : [],
    );
    expect(decided).toEqual(['cl.users.shells passed']);
  });

  it('has the outputs it promises', () => {
    expect(ended.outputs).toMatchObject({
      verdict: 'passed',
      passed: '1',
      failed: '0',
      flaky: '0',
      infra: '0',
    });
    expect(ended.outputs['run-id']).toMatch(/^\w{8}$/);
  });

  it('writes the summary and keeps the run folder', () => {
    expect(ended.summary).toMatch(/^# ✅ /);
    expect(ended.summary).toContain('not a Flatcar release');
    expect(logOf('Keep the run folder')).toContain(ended.outputs['report-path']);
  });

  it('says that machines are emulated, and annotates nothing else', () => {
    const log = ended.steps.map(step => step.log).join('\n');
    expect(logOf('Open KVM to this user')).toContain('::notice title=No KVM::');
    expect(log).not.toMatch(/^::(?:error|warning)/m);
  });
});

describe('its KVM step', () => {
  it('fails where KVM cannot be opened and emulation was not allowed', async () => {
    const own = mkdtempSync(join(tmpdir(), 'kola-action-'));
    const { steps, failed } = await runAction({
      folder: own,
      inputs: { 'allow-tcg': 'false' },
      env: { KVM_DEVICE: join(own, 'no-kvm') },
      done: [
        'actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020',
        'Install kola',
        'Install what QEMU needs',
      ],
    }).finally(() => rmSync(own, { recursive: true, force: true }));
    expect(failed).toBe(true);
    expect(steps.map(step => step.name)).toEqual(['Open KVM to this user']);
    expect(steps[0]?.log).toContain('::error title=No KVM::');
  });
});
