/** A denial of SELinux as the audit log or the kernel's log writes it. */
export interface Denial {
  /** What was denied, `write` … */
  readonly permissions: readonly string[];
  /** `comm`, `name`, `dev`, `scontext`, `tcontext`, `tclass`, `permissive` …, without quotation marks. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Denials in a log, in order. */
export const parseDenials = (log: string): readonly Denial[] =>
  log.split('\n').flatMap(line => {
    const found = /avc:\s+denied\s+\{([^}]*)\}\s+for\s+(.*)$/.exec(line);
    if (found === null) return [];
    const [, permissions = '', rest = ''] = found;
    const fields = [...rest.matchAll(/(\w+)=("[^"]*"|\S+)/g)].map(([, key = '', value = '']) => [
      key,
      value.replaceAll('"', ''),
    ]);
    return [{ permissions: permissions.trim().split(/\s+/), fields: Object.fromEntries(fields) }];
  });

/** One line for people. */
export const denialText = ({ permissions, fields }: Denial): string =>
  `{ ${permissions.join(' ')} } ${Object.entries(fields)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')}`;
