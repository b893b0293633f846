import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { oemConfig } from '../../../../src/image/reference/oem.ts';
import { recipeDir } from '../../../../src/image/reference/recipe.ts';

/** Room that the file of the recipe has. */
const { length } = readFileSync(join(recipeDir(), 'boot', 'oem-grub.cfg'));

describe('grub.cfg of the OEM partition', () => {
  it.each(['aws', 'azure', 'digitalocean', 'gcp', 'hetzner', 'openstack', 'packet'])(
    'names %s and is as long as the one that it replaces',
    oem => {
      const config = oemConfig(oem, length);
      expect(config).toHaveLength(length);
      expect(config.toString()).toMatch(new RegExp(`^set oem_id="${oem}"\nset linux_append="[^"]*"\n#*\n$`));
    },
  );

  it('names the console only where it is another one', () => {
    const config = oemConfig('packet', length, 'ttyS1');
    expect(config).toHaveLength(length);
    expect(config.toString()).toMatch(/^set linux_console="console=ttyS1,115200n8"$/m);
    expect(oemConfig('packet', length).toString()).not.toContain('console');
  });

  it('refuses what does not fit', () => {
    expect(() => oemConfig('packet', 40, 'ttyS1')).toThrow('too long');
  });
});
