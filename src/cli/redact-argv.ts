const secretName = /(token|secret|password|passphrase|private-key|access-key|secret-key)$/;

/** The command line for the record: values of flags that hold secrets are left out, and so are those in URLs. */
export const redactArgv = (argv: readonly string[]): readonly string[] =>
  argv.map((arg, index) => {
    const previous = argv[index - 1] ?? '';
    if (isSecretFlag(previous) && !arg.startsWith('--')) return '<redacted>';
    const [flag = '', ...value] = arg.split('=');
    if (value.length > 0 && isSecretFlag(flag)) return `${flag}=<redacted>`;
    return arg
      .replace(/(\w+:\/\/)[^/@\s]+@/g, '$1<redacted>@')
      .replace(/([?&](?:ssl)?password=)[^&\s]*/g, '$1<redacted>');
  });

/** Whether an option of this name holds a secret. */
export const isSecretName = (name: string): boolean => secretName.test(name);

const isSecretFlag = (flag: string): boolean => flag.startsWith('--') && secretName.test(flag);
