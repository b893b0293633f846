import { expect, test } from 'vitest';
import { scenario } from '../../../src/core/scenario.ts';
import { withBootOption } from '../../../src/run/boot-option.ts';
import { manifest } from '../../support/manifest.ts';

const needing = (...capabilities: readonly string[]) =>
  scenario({ name: 'a', description: 'a', needs: { capabilities }, run: async () => {} });
const optional = manifest({
  selinux: { policy: 'none', enforcing: false, kernelArguments: ['security=selinux'] },
});

test('the kernel is told what the scenario needs, beside what the scenario tells it', () => {
  expect(withBootOption({ kind: 'default' }, needing('selinux'), optional)).toEqual({
    kind: 'ignition',
    config: { kernelArguments: { shouldExist: ['security=selinux'] } },
  });
  const own = {
    kind: 'ignition',
    about: '3.3',
    config: { passwd: {}, kernelArguments: { shouldExist: ['quiet'], shouldNotExist: ['debug'] } },
  } as const;
  expect(withBootOption(own, needing('docker', 'selinux'), optional)).toEqual({
    kind: 'ignition',
    about: '3.3',
    config: {
      passwd: {},
      kernelArguments: { shouldExist: ['quiet', 'security=selinux'], shouldNotExist: ['debug'] },
    },
  });
});

test('others are left as they are', () => {
  const own = { kind: 'default' } as const;
  expect(withBootOption(own, needing('docker'), optional)).toBe(own);
  expect(withBootOption(own, needing('selinux'), manifest())).toBe(own);
});

test('what cannot say it is refused', () => {
  const own = { kind: 'script', text: '#!/bin/sh' } as const;
  expect(() => withBootOption(own, needing('selinux'), optional)).toThrow(
    'a needs security=selinux on the kernel command line, which user-data of the kind script cannot ask for',
  );
});
