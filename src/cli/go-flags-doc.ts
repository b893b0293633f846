import { type GoFlag, type GoSupport, goCommands, goFlags } from './go-flags.ts';

/** The text of docs/reference/go-kola-flags.md. */
export const goFlagsDocument = (): string => {
  const groups = [...new Set(goFlags.map(({ group }) => group))];
  const lines = [
    '# Flags of the Go kola',
    '',
    '<!-- Made from src/cli/go-flags.ts by `npm run docs:flags`; a test compares them. -->',
    '',
    'What each flag of the Go kola does here. *Same* works as before. *No effect* is accepted, with a note, so',
    'that old command lines keep working. *Refused* is an error (exit code 3) with a hint, because ignoring it',
    'would test something else. *With the adapter* is refused until that platform has one.',
    '',
    '## Commands',
    '',
    '| Go kola | Here |',
    '|---|---|',
    ...goCommands.map(({ name, now }) => `| ${name} | ${now} |`),
    ...groups.flatMap(table),
  ];
  return `${lines.join('\n')}\n`;
};

const table = (group: string): readonly string[] => [
  '',
  `## ${group}`,
  '',
  '| Flag | Here | |',
  '|---|---|---|',
  ...goFlags.filter(flag => flag.group === group).map(row),
];

const row = (flag: GoFlag): string =>
  `| \`${spelled(flag)}\` | ${word(flag.support)} | ${'note' in flag.support ? (flag.support.note ?? '') : ''} |`;

const spelled = ({ name, short, value }: GoFlag): string =>
  `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`.replaceAll(
    '|',
    '\\|',
  );

const word = (support: GoSupport): string => {
  switch (support.kind) {
    case 'same':
      return 'same';
    case 'no-op':
      return 'no effect';
    case 'refused':
      return 'refused';
    case 'adapter':
      return `with the ${support.platform} adapter`;
  }
};
