import type { Meeting } from '../../gate/decision/meeting.ts';
import { type Notice, postNotice, recordNotice } from '../../gate/decision/webhook.ts';
import type { CommandInput } from '../command.ts';
import { explainError } from '../explain-error.ts';

/** Posts a notice where `--webhook` says; false = nobody said. Throws when it cannot be delivered. */
export const tell = async ({ settings }: CommandInput, notice: Notice): Promise<boolean> => {
  const url = settings.text('webhook');
  if (url === undefined) return false;
  const kind = settings.choice('webhook-kind', ['chat', 'json']) ?? 'chat';
  await postNotice(url, kind, notice);
  return true;
};

/** Tells voters what just happened to a record. What was written stands, whether or not they can be told. */
export const tellOfRecord = async (input: CommandInput, { record }: Meeting): Promise<void> => {
  try {
    await tell(input, recordNotice(record));
  } catch (error) {
    const { lines } = explainError(error, false);
    input.terminal.err(`warning: voters were not told: ${lines.join(' ')}`);
  }
};
