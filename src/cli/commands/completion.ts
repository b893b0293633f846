import { UsageError } from '../../core/errors.ts';
import { exitCode } from '../../core/outcome.ts';
import type { CommandModule } from '../command.ts';
import { completionScript, shells } from '../completion-script.ts';
import { didYouMean } from '../nearest.ts';
import { commonOptions } from '../options/common.ts';

export const command: CommandModule = {
  positional: '[shell...]',
  words: shells,
  after: [
    'bash:  kola completion bash > ~/.local/share/bash-completion/completions/kola',
    'zsh:   kola completion zsh > ~/.zfunc/_kola',
    'fish:  kola completion fish > ~/.config/fish/completions/kola.fish',
  ].join('\n'),
  options: async () => [],
  run: async ({ args, terminal, commands }) => {
    const shell = shells.find(name => name === args[0]);
    if (shell === undefined || args.length > 1)
      throw new UsageError(
        'completion-shell',
        `kola completion: expected ${shells.join(', ')}, found ${args.join(' ') || 'nothing'}`,
        {
          hint: didYouMean(args[0] ?? '', shells) ?? 'such as kola completion bash',
        },
      );
    const known = await Promise.all(
      commands.map(async ({ name, summary, load }) => {
        const { command } = await load();
        const options = [...(await command.options()), ...commonOptions];
        const { words, takesScenarios } = command;
        return {
          name,
          summary,
          words,
          takesScenarios,
          options: options.filter(({ hidden }) => hidden !== true),
        };
      }),
    );
    terminal.write(completionScript(shell, known));
    return exitCode.passed;
  },
};
