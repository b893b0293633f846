import { z } from 'zod';
import { word } from '../../src/cloud/options.ts';

export const optionsSchema = z.strictObject({
  externalProvisioningCmds: word('a shell command').optional(),
  externalSerialConsoleCmd: word('a shell command').optional(),
  externalDeprovisioningCmds: word('a shell command').optional(),
  externalStatusCmd: word('a shell command').optional(),
});
export type ExternalOptions = z.infer<typeof optionsSchema>;
