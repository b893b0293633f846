import type { OptionSpec } from './spec.ts';
import { policyOptions, storeOption } from './store.ts';

const candidate = 'What is judged';
const decision = 'Decisions';
const telling = 'Telling voters';

/** What may stand in kola.yaml besides the store and the policy. */
export const webhookOptions: readonly OptionSpec[] = [
  {
    name: 'webhook',
    value: 'url',
    description: 'told what changes; a secret: better KOLA_WEBHOOK',
    group: telling,
  },
  {
    name: 'webhook-kind',
    value: 'chat|json',
    choices: ['chat', 'json'],
    fallback: 'chat',
    description: 'text for Discord, Slack and the like, or all data',
    group: telling,
  },
];

/** Options of `kola gate` and its actions. */
export const gateOptions: readonly OptionSpec[] = [
  { name: 'channel', value: 'name', description: 'channel or LTS stream of the policy', group: candidate },
  { name: 'version', value: 'version', description: 'version that may ship', group: candidate },
  {
    name: 'arch',
    aliases: ['board'],
    value: 'amd64|arm64',
    list: true,
    description: 'judge these only; default: all that the policy has',
    group: candidate,
  },
  {
    name: 'previous',
    value: 'version',
    description: 'release to compare with; default: what the facts say, else the one before',
    group: candidate,
  },
  {
    name: 'emergency',
    value: 'file',
    description: 'YAML: what an embargoed or emergency release shortens, and who approved',
    group: candidate,
  },
  {
    name: 'set-aside',
    value: 'file',
    description: 'YAML: runs that are left out, by whom and why',
    group: candidate,
  },
  { ...storeOption, description: `${storeOption.description}; default: ~/.local/share/kola/history.db` },
  ...policyOptions,
  { name: 'json', description: 'print JSON' },
  { name: 'markdown', description: 'print Markdown for the release issue' },
  { name: 'by', value: 'handle', description: 'who opens, votes or closes', group: decision },
  { name: 'reason', value: 'text', description: 'why the vote is what it is', group: decision },
  {
    name: 'requirement',
    value: 'id',
    description: 'what a vote is about; a no-go needs one',
    group: decision,
  },
  {
    name: 'condition',
    value: 'id=text',
    list: true,
    description: 'what a GO still asks for; may be repeated',
    group: decision,
  },
  { name: 'next-review', value: 'time', description: 'when a NO-GO is looked at again', group: decision },
  {
    name: 'sign-key',
    value: 'file',
    description: 'sign entries with this SSH or minisign private key',
    group: decision,
  },
  { name: 'sign-as', value: 'name', description: 'name of the signer; default: --by', group: decision },
  {
    name: 'allowed-signers',
    value: 'file',
    description: 'keys that are trusted, as OpenSSH has them',
    group: decision,
  },
  {
    name: 'minisign-key',
    value: 'name=file',
    list: true,
    description: 'public minisign key of a signer',
    group: decision,
  },
  { name: 'signed', description: 'verify: every entry must be signed by a trusted key', group: decision },
  ...webhookOptions,
];
