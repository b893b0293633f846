import type { Machine } from '../../core/machine.ts';
import type { CheckContext } from '../../core/scenario.ts';
import { denialText, parseDenials } from './avc.ts';

/** A check that SELinux denied nothing since the last boot; versions before 4208 are not asked. */
export const checkNoDenials = async (t: CheckContext, machine: Machine, when: string): Promise<void> => {
  const version = await machine.run('. /usr/lib/os-release && printf %s "$VERSION"');
  t.match(`version-known-${when}`, version, /^\d+\./);
  if (Number.parseInt(version, 10) < 4208) return;
  const denials = parseDenials(await machine.run('sudo journalctl -b -o cat'));
  t.equal(`no-denials-${when}`, denials.map(denialText), [], 'denials since the last boot');
};
