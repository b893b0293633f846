import type { RenderedUserData } from '../core/user-data.ts';

const unitName = 'kola-self-destruct';

/** An Ignition config as far as this file looks into it. */
interface Config {
  readonly ignition?: { readonly version?: unknown; readonly config?: { readonly replace?: unknown } };
  readonly systemd?: { readonly units?: readonly unknown[] };
}

/**
 * Adds a timer that powers the machine off, for the case that nobody is left to destroy it. Only to Ignition 2 and 3
 * documents that are complete: a document that another one replaces, cloud-config and scripts stay as they are.
 */
export const withSelfDestruct = (userData: RenderedUserData, minutes: number): RenderedUserData => {
  const config = userData.channel === 'ignition' ? parse(userData.text) : undefined;
  const version = String(config?.ignition?.version ?? '');
  if (config === undefined || !/^[23]\./.test(version) || config.ignition?.config?.replace != null)
    return userData;
  const enabled = version.startsWith('2.0') ? { enable: true } : { enabled: true };
  const units = [
    ...(config.systemd?.units ?? []),
    { name: `${unitName}.service`, contents: service },
    { name: `${unitName}.timer`, ...enabled, contents: timer(minutes) },
  ];
  return { ...userData, text: JSON.stringify({ ...config, systemd: { ...config.systemd, units } }) };
};

const parse = (text: string): Config | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};

const service = `[Unit]
Description=Power off a test machine that nobody destroyed
[Service]
Type=oneshot
ExecStart=/usr/bin/systemctl --no-block poweroff
`;

const timer = (minutes: number): string => `[Unit]
Description=End of the time that this test machine may live
[Timer]
OnBootSec=${minutes}min
AccuracySec=1min
[Install]
WantedBy=timers.target
`;
