import { inspect } from 'node:util';
import { asKolaError, KolaError } from '../core/errors.ts';
import { type ExitCode, exitCode, isInfrastructure } from '../core/outcome.ts';

/**
 * What a person reads of an error: what went wrong and where, then what to do. Never a stack trace, unless
 * `debug` (`KOLA_DEBUG=1`) asks for it.
 */
export const explainError = (
  thrown: unknown,
  debug: boolean,
): { readonly lines: readonly string[]; readonly code: ExitCode } => {
  const error = asKolaError(abortReason(thrown));
  const [first = '', ...more] = error.message.split('\n');
  const unexpected = error.code === 'unexpected' ? 'unexpected error: ' : '';
  const hint =
    error.hint ?? (unexpected === '' ? undefined : 'this is a bug in kola; KOLA_DEBUG=1 shows where');
  return {
    lines: [
      first.startsWith('kola ') ? first : `kola: ${unexpected}${first}`,
      ...(debug ? more : []),
      ...(hint === undefined ? [] : [`      ${hint}`]),
      ...(debug ? [inspect(thrown)] : []),
    ],
    code: codeOf(error),
  };
};

/** Node wraps the reason of an aborted wait; the reason is what happened. */
const abortReason = (thrown: unknown): unknown =>
  thrown instanceof Error && thrown.name === 'AbortError' && thrown.cause instanceof KolaError
    ? thrown.cause
    : thrown;

const codeOf = (error: KolaError): ExitCode => {
  if (error.code === 'interrupted') return exitCode.interrupted;
  if (error.kind === 'usage' || error.kind === 'scenario') return exitCode.usage;
  return isInfrastructure(error.kind) ? exitCode.infrastructure : exitCode.failed;
};
