import { HarnessError } from '../../core/errors.ts';

export interface Ending {
  readonly tool: string;
  /** Continues "mmdebstrap …". */
  readonly how: string;
  /** The end of what it wrote. */
  readonly output: string;
}

/** Causes that lie with this machine, by what the tools say of them, and what can be done. */
const causes: readonly (readonly [code: string, said: RegExp, hint: string])[] = [
  ['tool-missing', /cannot be run .*ENOENT/, 'kola setup installs what a build needs'],
  [
    'disk-full',
    /No space left on device|Disk quota exceeded|free space in .* low/i,
    'free some space, or let XDG_CACHE_HOME name a larger disk; kola doctor says how much is wanted',
  ],
  [
    'build-privileges',
    /chroot mode|newuidmap|newgidmap|\/etc\/sub[ug]id|unshare|user namespace/i,
    'build as root, or allow user namespaces: package uidmap, and ranges for you in /etc/subuid and /etc/subgid',
  ],
  [
    'package-mirror',
    /Could not resolve|Temporary failure|Unable to fetch|Failed to fetch|Could not connect|Connection (?:refused|timed out)/i,
    "see that Debian's mirrors can be reached from here (guest/apt-sources.list, http_proxy), then try again",
  ],
];

/** The error of a tool that did not do its work: its own last complaint in the first line. */
export const toolFailed = ({ tool, how, output }: Ending): HarnessError => {
  const text = `${how}\n${output}`;
  const cause = causes.find(([, said]) => said.test(text));
  const complaint = complaintOf(output);
  return new HarnessError(
    cause?.[0] ?? 'build-tool',
    `building the reference guest: ${tool} ${how}${complaint === undefined ? '' : `: ${complaint}`}`,
    {
      ...(cause === undefined ? {} : { hint: cause[2] }),
      ...(output === '' ? {} : { evidence: [{ source: 'command', text: output }] }),
    },
  );
};

/** The first error that it names as one, else its last words. */
const complaintOf = (output: string): string | undefined => {
  const lines = output
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  return (lines.find(line => /^E: |\berror: /i.test(line)) ?? lines.at(-1))?.slice(0, 300);
};
