import type { Machine } from '../../src/core/machine.ts';
import { asRoot } from './_root-script.ts';

export const greeting = 'good day to you';

/** A TCP server of systemd alone that says its greeting to everybody. */
export const startGreeter = async (machine: Machine, port: number): Promise<void> => {
  await machine.write(
    '/run/systemd/system/kola-greeter.socket',
    `[Socket]\nListenStream=${port}\nAccept=yes\n`,
  );
  await machine.write(
    '/run/systemd/system/kola-greeter@.service',
    `[Service]\nExecStart=/usr/bin/echo ${greeting}\nStandardOutput=socket\nStandardInput=socket\n`,
  );
  await asRoot(machine, ['systemctl daemon-reload', 'systemctl start kola-greeter.socket']);
};
