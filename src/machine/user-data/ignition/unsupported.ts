import { ScenarioError } from '../../../core/errors.ts';
import type { IgnitionVersion } from '../../../core/ignition.ts';

/** A version of Ignition cannot say what the config says. Nothing is left out silently, so this is an error. */
export class UnsupportedByVersion extends ScenarioError {
  override name = 'UnsupportedByVersion';
  constructor(version: IgnitionVersion, what: string) {
    super('user-data-unsupported', `Ignition ${version} has no ${what}`, {
      hint: 'write the user-data without it, or say that the scenario is about a later spec version',
    });
  }
}
