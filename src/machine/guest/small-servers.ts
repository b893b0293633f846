import type { IgnitionFile, IgnitionUnit } from '../../core/ignition.ts';
import { file, unit } from '../user-data/ignition/builders.ts';

/** Files and units that go into the user-data of a serving machine. */
export interface ServerParts {
  readonly files: readonly IgnitionFile[];
  readonly units: readonly IgnitionUnit[];
}

const httpScript = '/opt/kola/http';
const tftpScript = '/opt/kola/tftp';

/**
 * An HTTP server of bash and systemd alone: the socket starts one script per connection. Real images have
 * no interpreter but the shell, and not all have socat or busybox.
 */
export const httpServer = (pages: Readonly<Record<string, string>>): ServerParts => ({
  files: [
    file(
      httpScript,
      [
        '#!/bin/bash',
        'read -r method path version',
        "while read -r header && [[ -n \x24{header%$'\\r'} ]]; do :; done",
        'case $path in',
        ...Object.entries(pages).map(
          ([path, body]) =>
            `${path}) printf 'HTTP/1.1 200 OK\\r\\nContent-Length: ${Buffer.byteLength(body)}\\r\\nConnection: close\\r\\n\\r\\n%s' '${body}' ;;`,
        ),
        "*) printf 'HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n' ;;",
        'esac',
        '',
      ].join('\n'),
      { mode: 0o755 },
    ),
  ],
  units: [
    unit('kola-http.socket', {
      enabled: true,
      contents: '[Socket]\nListenStream=80\nAccept=yes\n\n[Install]\nWantedBy=sockets.target\n',
    }),
    unit('kola-http@.service', {
      contents: `[Service]\nExecStart=-${httpScript}\nStandardInput=socket\nStandardError=journal\n`,
    }),
  ],
});

/**
 * A TFTP server for one file of less than 512 bytes: one request, one answer, so that no state is kept. Needs socat.
 */
export const tftpServer = (path: string, body: string): ServerParts => ({
  files: [
    file(
      tftpScript,
      [
        '#!/bin/bash',
        '# Opcode 1 asks for a file; the acknowledgement that follows the data needs no answer.',
        "request=$(head -c 512 | od -An -v -tx1 | tr -d ' \\n')",
        `wanted=$(printf %s '${path}' | od -An -v -tx1 | tr -d ' \\n')`,
        `case $request in`,
        `0001"$wanted"00*|0001"\${wanted#2f}"00*) printf '\\000\\003\\000\\001%s' '${body}' ;;`,
        `0001*) printf '\\000\\005\\000\\001no such file\\000' ;;`,
        'esac',
        '',
      ].join('\n'),
      { mode: 0o755 },
    ),
  ],
  units: [
    unit('kola-tftp.service', {
      enabled: true,
      contents: [
        '[Service]',
        `ExecStart=/usr/bin/socat UDP4-RECVFROM:69,fork EXEC:${tftpScript}`,
        'Restart=on-failure',
        '',
        '[Install]',
        'WantedBy=multi-user.target',
        '',
      ].join('\n'),
    }),
  ],
});
