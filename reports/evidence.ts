import type { Failure } from '../src/core/failure.ts';
import { againCommand } from '../src/core/repro.ts';
import type { AttemptModel, MachineModel, ResultModel, RunModel } from './run-model.ts';

/** The attempt that the result rests on: the last that has the result's failure, else the last. */
export const decidingAttempt = (result: ResultModel): AttemptModel | undefined =>
  result.attempts.findLast(attempt => attempt.failure?.signature === result.failure?.signature) ??
  result.attempts.at(-1);

/** Where the reader should look: `path:line` of the decisive evidence, else the first machine's folder. */
export const whereToLook = (result: ResultModel): string | undefined => {
  const seen = result.failure?.evidence.find(evidence => evidence.path !== undefined);
  if (seen?.path !== undefined) return seen.line === undefined ? seen.path : `${seen.path}:${seen.line}`;
  const machine = decidingAttempt(result)?.machines.find(({ detail }) => detail.folder !== undefined);
  return machine?.detail.folder;
};

/** Heading of a piece of evidence: `console of server, qemu/…/console.txt line 214`. */
export const evidenceTitle = (evidence: Failure['evidence'][number]): string => {
  const machine = evidence.machine === undefined ? '' : ` of ${evidence.machine}`;
  const line = evidence.line === undefined ? '' : ` line ${evidence.line}`;
  const path = evidence.path === undefined ? '' : `, ${evidence.path}`;
  return `${evidence.source}${machine}${path}${line}`;
};

/** Logs that a machine leaves in the run folder, relative paths. */
export const machineLogs = (machine: MachineModel): { readonly name: string; readonly path: string }[] => {
  const { folder, console } = machine.detail;
  if (folder === undefined) return [];
  const journal = { name: 'journal', path: `${folder}/journal.txt` };
  return console === false ? [journal] : [{ name: 'console', path: `${folder}/console.txt` }, journal];
};

/** The command that runs just this again on the same kind of target. */
export const reproCommand = (result: ResultModel, model: Pick<RunModel, 'command'>): string => {
  const { image, ...subject } = result.subject;
  const again = { ...subject, kind: image.kind, version: image.version };
  return againCommand(again, valuesOf(model.command, /^--(?:image|qemu-image)(?:=(.*))?$/s)[0], {
    'scenario-dir': valuesOf(model.command, /^--scenario-dir(?:=(.*))?$/s),
    exttest: valuesOf(model.command, /^(?:-E|--exttest)(?:=(.*))?$/s),
  });
};

/** What an option was given on a command line, in either form. */
const valuesOf = (command: readonly string[], option: RegExp): readonly string[] =>
  command.flatMap((word, index) => {
    const match = option.exec(word);
    return match === null ? [] : (match[1] ?? command[index + 1] ?? []);
  });
