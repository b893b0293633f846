/** Time servers in `networkctl status LINK`, several of them on lines of their own. */
export const ntpServers = (text: string): readonly string[] => {
  const lines = text.split('\n');
  const first = lines.findIndex(line => /^\s*NTP: /.test(line));
  if (first < 0) return [];
  const rest = lines.slice(first + 1);
  const next = rest.findIndex(line => line.includes(': ') || line.trim() === '');
  const block = [lines[first]?.replace(/^\s*NTP: /, ''), ...rest.slice(0, Math.max(next, 0))];
  return block.flatMap(line => line?.trim().split(/\s+/) ?? []);
};

/** The server that `timedatectl show-timesync` says has answered; undefined when none has. */
export const timesyncServer = (text: string): string | undefined => {
  const value = (key: string): string | undefined => new RegExp(`^${key}=(.+)$`, 'm').exec(text)?.[1];
  // The name alone is what it is trying; the message is there once it was answered.
  return value('NTPMessage') === undefined ? undefined : (value('ServerAddress') ?? value('ServerName'));
};
