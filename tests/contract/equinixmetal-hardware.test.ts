import { expect, it, onTestFinished, vi } from 'vitest';
import { hostAddress, QemuHardware } from '../support/clouds/equinixmetal/qemu-hardware.ts';
import { freeAddress } from '../support/clouds/guests.ts';
import { serve } from '../support/clouds/server.ts';

/** The real iPXE of QEMU's network card, without an operating system. */
it('runs the script that it is given as long as it is told to boot over the network, then goes to its disk', async () => {
  const asked: string[] = [];
  const files = await serve(async ({ url }) => {
    asked.push(url.pathname);
    return { status: 200, body: `#!ipxe\nimgfetch http://${hostAddress}:${files.port}/ran ||\nexit\n` };
  });
  onTestFinished(() => files.close());
  const hardware = new QemuHardware();
  onTestFinished(() => hardware.close());
  let boots = 0;
  let network = true;
  const board = await hardware.start({
    id: 'device',
    arch: 'amd64',
    address: await freeAddress(),
    number: 0,
    script: () => `http://${hostAddress}:${files.port}/script`,
    alwaysPxe: () => network,
    began: () => {
      boots += 1;
    },
    say: () => {},
  });
  const booted = (times: number): Promise<unknown> =>
    vi.waitUntil(() => boots === times, { timeout: 25_000, interval: 50 });
  const ran = (times: number): Promise<unknown> =>
    vi.waitUntil(() => asked.filter(path => path === '/ran').length === times, {
      timeout: 25_000,
      interval: 50,
    });
  await ran(1);
  await board.reset();
  await ran(2);
  network = false;
  await board.reset();
  await booted(3);
  await board.off();
  expect(asked).toEqual(['/script', '/ran', '/script', '/ran']);
});
