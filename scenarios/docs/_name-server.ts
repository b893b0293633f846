/** `203.0.113.7` → `cb007107` */
export const hexAddress = (address: string): string =>
  address
    .split('.')
    .map(part => Number(part).toString(16).padStart(2, '0'))
    .join('');

/**
 * A name server in bash for one UDP packet on standard input: every name has this IPv4 address, and nothing else.
 * Anything after the question (EDNS) is left out of the answer, which a client takes for an old server.
 */
export const nameServerScript = (address: string): string => `#!/bin/bash
request=$(head -c 512 | od -An -v -tx1 | tr -d ' \\n')
at=24
while size=$((16#\x24{request:at:2})) && [ "$size" -gt 0 ]; do at=$((at + 2 + size * 2)); done
question=\x24{request:24:at + 10 - 24}
count=0000 answer=
if [ "\x24{request:at + 2:4}" = 0001 ]; then
  count=0001 answer=c00c000100010000003c0004${hexAddress(address)}
fi
reply=\x24{request:0:4}85800001\x24{count}00000000$question$answer
printf "$(sed 's/../\\\\x&/g' <<<"$reply")"
`;
