import { type ReleaseContext, type Requirement, requirement, unmet, waived } from '../requirement.ts';

/** Runs that were left out of the verdict are named, with who wanted that and who agreed. */
export const setAside = (context: ReleaseContext): Requirement[] => {
  const { setAside: runs } = context.input;
  if (runs.length === 0) return [];
  return [
    requirement(
      'setAside',
      { channel: context.channel.channel },
      'runs are left out of the verdict only on record',
      [...runs]
        .sort((a, b) => (a.run < b.run ? -1 : 1))
        .map(one => {
          const detail = { subject: one.run, evidence: [`run/${one.run}`] };
          const text = `run ${one.run} is set aside by ${one.by}: ${one.reason}`;
          const agreed = one.approvedBy !== undefined && one.approvedBy !== one.by;
          if (context.channel.rules.secondPerson && !agreed) {
            return unmet(`${text}; nobody else approved that`, 'waive', detail);
          }
          return waived(
            one.approvedBy === undefined ? text : `${text} (approved by ${one.approvedBy})`,
            null,
            detail,
          );
        }),
    ),
  ];
};
