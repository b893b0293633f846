import { resolve } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import { gather } from '../../gate/gather.ts';
import type { Candidate, GateInput } from '../../gate/input.ts';
import { loadEmergency, loadSetAside } from '../../gate/on-record.ts';
import { historyReader } from '../../store/history.ts';
import { openStore } from '../../store/open.ts';
import type { CommandInput } from '../command.ts';
import { storeOf } from '../options/store.ts';
import { boardsOf } from '../options/values.ts';
import { loadPolicyFiles } from '../policy-files.ts';

/** `--channel` and `--version`, which have no defaults: a verdict about another release than the one meant is worse than none. */
export const candidateOf = ({ settings }: CommandInput): Candidate => {
  const [channel, version] = [settings.text('channel'), settings.text('version')];
  if (channel === undefined || version === undefined)
    throw new UsageError('gate-candidate', 'kola gate: expected --channel and --version', {
      hint: 'such as kola gate --channel=stable --version=4459.2.1',
    });
  return { channel, version };
};

/** Reads everything that verdicts about these candidates depend on. A store that is not there is an empty one. */
export const gatherAll = async (
  candidates: readonly Candidate[],
  { settings, terminal }: CommandInput,
): Promise<readonly GateInput[]> => {
  const arches = boardsOf(settings, 'arch');
  const { policy, waivers } = await loadPolicyFiles(settings, terminal);
  const previous = settings.text('previous');
  const [emergencyFile, setAsideFile] = [settings.text('emergency'), settings.text('set-aside')];
  const given = {
    policy,
    waivers,
    ...(arches.length === 0 ? {} : { arches }),
    ...(previous === undefined ? {} : { previous }),
    ...(emergencyFile === undefined
      ? {}
      : { emergency: await loadEmergency(resolve(terminal.cwd, emergencyFile)) }),
    ...(setAsideFile === undefined
      ? {}
      : { setAside: await loadSetAside(resolve(terminal.cwd, setAsideFile)) }),
  };
  await using store = await openStore(storeOf(settings, terminal), { mode: 'read' });
  const history = historyReader(store);
  const now = Date.now();
  const inputs: GateInput[] = [];
  for (const candidate of candidates) inputs.push(await gather(history, { ...given, now, candidate }));
  return inputs;
};

export const gatherOne = async (input: CommandInput): Promise<GateInput> => {
  const [only] = await gatherAll([candidateOf(input)], input);
  if (only === undefined) throw new TypeError('one candidate gives one answer');
  return only;
};
