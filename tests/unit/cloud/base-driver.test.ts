import { expect, it } from 'vitest';
import { BaseDriver } from '../../../src/cloud/base-driver.ts';
import type { FlightContext } from '../../../src/core/platform.ts';

const never = new AbortController().signal;

class Driver extends BaseDriver<string, { readonly runnerAddress?: string }, string> {
  constructor(endpoint: string | undefined, runnerAddress?: string) {
    const options = runnerAddress === undefined ? {} : { runnerAddress };
    // Nothing here looks at it.
    super('cloud', options, {} as FlightContext, endpoint);
  }
  prepare(): void {
    this.shared = 'a network';
  }
  launch(): string {
    return this.shared;
  }
  block(): Promise<string> {
    return this.runner(never);
  }
}

it('has nothing to share before it was prepared', () => {
  const driver = new Driver(undefined);
  expect(() => driver.launch()).toThrow('launch() before prepare()');
  driver.prepare();
  expect(driver.launch()).toBe('a network');
});

it('takes machines behind an endpoint of this host for emulated, and lets this host in', async () => {
  const driver = new Driver('http://127.0.0.1:5000');
  expect(driver.slowdown).toBeGreaterThan(1);
  expect(await driver.block()).toBe('127.0.0.0/8');
});

it('lets in who was named, whatever the endpoint', async () => {
  expect(new Driver(undefined).slowdown).toBe(1);
  expect(await new Driver('http://127.0.0.1:5000', '192.0.2.7').block()).toBe('192.0.2.7/32');
});
