import type { Finding, ProbeFolders } from '../../src/core/platform.ts';
import type { Arch } from '../../src/core/target.ts';
import { type Finding as Examined, examineQemu } from './doctor.ts';

/** Some machines and scenarios are out of reach without these; most run all the same. */
const dispensable = ['swtpm', 'kvm', 'uefi-amd64'];

const states = { ok: 'present', missing: 'missing', unusable: 'unusable', note: 'unusable' } as const;

/** What `kola doctor` shows of {@link examineQemu}. */
export const probeQemu = async (
  arches: readonly Arch[],
  folders: ProbeFolders,
): Promise<readonly Finding[]> => (await examineQemu({ arches, ...folders })).map(asFinding);

const asFinding = ({ name, state, detail, mend }: Examined): Finding => ({
  id: name,
  state: states[state],
  detail,
  ...(mend === undefined ? {} : { mend: mendText(mend) }),
  vital: !dispensable.includes(name),
});

const mendText = (mend: NonNullable<Examined['mend']>): string =>
  'command' in mend ? mend.command : `kola setup, or apt-get install ${mend.packages.join(' ')}`;
