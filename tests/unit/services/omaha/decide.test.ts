import { describe, expect, it } from 'vitest';
import { answerApp, flatcarApp } from '../../../../src/services/omaha/answer.ts';
import { decide } from '../../../../src/services/omaha/decide.ts';
import type { OmahaApp } from '../../../../src/services/omaha/request.ts';

const app = (changes: Partial<OmahaApp> = {}): OmahaApp => ({
  id: flatcarApp,
  version: '4459.2.0',
  track: 'stable',
  fromTrack: '',
  bootId: '',
  machineId: 'm1',
  oem: '',
  oemVersion: '',
  alephVersion: '',
  board: 'amd64-usr',
  ping: undefined,
  updateCheck: { targetVersionPrefix: '' },
  events: [],
  ...changes,
});

describe('decide', () => {
  it.each([
    ['an older client', {}, {}, undefined],
    ['a client at the version', { version: '4459.2.1' }, {}, /the client is at 4459.2.1/],
    ['a newer client', { version: '4500.0.0' }, {}, /the client is at 4500.0.0/],
    ['a client at the version, when always', { version: '4459.2.1' }, { always: true }, undefined],
    ['the right track', {}, { tracks: ['beta', 'stable'] }, undefined],
    ['another track', {}, { tracks: ['beta'] }, /for beta, not for stable/],
    ['another track, even when always', {}, { tracks: ['beta'], always: true }, /for beta/],
    ['another board', { board: 'arm64-usr' }, { board: 'amd64-usr' }, /for amd64-usr, not for arm64-usr/],
    ['a client too old for it', { version: '3033.2.4' }, { from: '3510.0.0' }, /for 3510.0.0 and later/],
    ['a client just old enough', { version: '3510.0.0' }, { from: '3510.0.0' }, undefined],
    ['a client past the window', {}, { until: '4459.2.0' }, /for before 4459.2.0/],
    ['a fitting prefix', { updateCheck: { targetVersionPrefix: '4459.' } }, {}, undefined],
    ['another prefix', { updateCheck: { targetVersionPrefix: '4230.' } }, {}, /the client wants 4230/],
  ])('judges %s', (_, client, rules, refusal) => {
    const decision = decide(app(client), [{ version: '4459.2.1', ...rules }]);
    if (refusal === undefined) expect(decision.update?.version).toBe('4459.2.1');
    else expect(decision).toMatchObject({ update: undefined, reason: expect.stringMatching(refusal) });
  });

  it('takes the first that fits and says of the others why not', () => {
    const updates = [
      { version: '1.0.0' },
      { version: '5000.0.0', tracks: ['alpha'] },
      { version: '4600.0.0' },
    ];
    expect(decide(app(), updates).update?.version).toBe('4600.0.0');
    expect(decide(app(), updates.slice(0, 2))).toMatchObject({
      reason: '1.0.0: the client is at 4459.2.0; 5000.0.0: for alpha, not for stable',
    });
    expect(decide(app(), [])).toMatchObject({ reason: 'no update is offered' });
  });
});

describe('answerApp', () => {
  it.each([
    [flatcarApp, 'ok'],
    [flatcarApp.toUpperCase(), 'ok'],
    [flatcarApp.slice(1, -1), 'ok'],
    ['{00000000-d1af-4bde-9a0a-97b76e56dc57}', 'error-unknownApplication'],
    ['flatcar', 'error-invalidAppId'],
    ['', 'error-invalidAppId'],
  ])('answers application %s with %s', (id, status) => {
    const { answer } = answerApp('3.0', app({ id, ping: { active: true } }), [], 'http://h');
    expect(answer).toMatchObject({ id, status, ping: status === 'ok' });
  });

  it('has no update for a protocol it does not speak', () => {
    const { answer } = answerApp('2.0', app(), [], 'http://h');
    expect(answer.updateCheck).toEqual({ status: 'error-unsupportedProtocol' });
  });

  it('writes down events, ping and check, and acknowledges each', () => {
    const event = { type: 3, result: 2, errorCode: 0, previousVersion: '1', nextVersion: '' };
    const { answer, records } = answerApp(
      '3.0',
      app({ ping: { active: true }, events: [event, event] }),
      [],
      'http://h',
    );
    expect(answer).toMatchObject({ ping: true, events: 2, updateCheck: { status: 'noupdate' } });
    expect(records.map(record => record.kind)).toEqual(['event', 'event', 'ping', 'check']);
  });
});
