import { expect, test } from 'vitest';
import payload from '../../../scenarios/update/cl.update.payload.ts';
import { parseStatus, updateConf } from '../../../src/machine/guest/update-engine.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { fakeMachine } from '../../support/fake-machine.ts';

test('cl.update.payload is skipped without a payload', async () => {
  const context = fakeContext({ machines: [fakeMachine([])] });
  await expect(payload.run?.(context)).rejects.toThrow('give --update-payload=FILE');
});

test('what the updater says', () => {
  const text = 'LAST_CHECKED_TIME=0\nPROGRESS=0.000000\nCURRENT_OP=UPDATE_STATUS_IDLE\nNEW_VERSION=0.0.0\n';
  expect(parseStatus(text).CURRENT_OP).toBe('UPDATE_STATUS_IDLE');
  expect(parseStatus('').CURRENT_OP).toBeUndefined();
});

test('update.conf', () => {
  expect(updateConf('http://10.0.2.2:1/v1/update/')).toBe(
    'GROUP=developer\nSERVER=http://10.0.2.2:1/v1/update/\n',
  );
});
