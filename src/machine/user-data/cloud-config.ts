import { Document, isSeq, parseDocument, YAMLMap, YAMLSeq } from 'yaml';
import { ScenarioError } from '../../core/errors.ts';
import { type Additions, addedFiles, metadataUnit } from './additions.ts';

const header = '#cloud-config';

/** Adds the harness's part to a cloud-config. What it says itself, its comments and its order stay. */
export const mergeCloudConfig = (own: string, additions: Additions): string => {
  const parsed = parseDocument(own);
  const [error] = parsed.errors;
  if (error !== undefined)
    throw new ScenarioError('user-data-invalid', `no valid cloud-config: ${error.message.split('\n', 1)[0]}`);
  const document: Document = parsed.contents === null ? new Document({}) : parsed;
  if (!(document.contents instanceof YAMLMap))
    throw new ScenarioError(
      'user-data-invalid',
      'no valid cloud-config: expected keys and values at the top',
    );

  const listAt = (...path: string[]): YAMLSeq => {
    const found = document.getIn(path);
    if (isSeq(found)) return found;
    if (found !== undefined && found !== null)
      throw new ScenarioError('user-data-invalid', `no valid cloud-config: ${path.join('.')} is no list`);
    const made = new YAMLSeq();
    document.setIn(path, made);
    return made;
  };
  const valuesOf = (list: YAMLSeq, key: string): readonly unknown[] =>
    list.items.map(item => (item instanceof YAMLMap ? item.get(key) : undefined));
  const add = (list: YAMLSeq, value: unknown): void => {
    list.add(document.createNode(value));
  };

  addKeys(additions, listAt, add);
  const files = addedFiles(additions);
  const taken = files.length === 0 ? [] : valuesOf(listAt('write_files'), 'path');
  for (const { path, contents, mode } of files)
    if (!taken.includes(path))
      add(listAt('write_files'), {
        path,
        permissions: `0${mode.toString(8)}`,
        owner: 'root',
        content: contents,
      });
  if (additions.metadata !== undefined) {
    const units = listAt('coreos', 'units');
    if (!valuesOf(units, 'name').includes('coreos-metadata.service'))
      add(units, { name: 'coreos-metadata.service', content: metadataUnit(additions.metadata) });
  }
  const text = document.toString({ lineWidth: 0 });
  return text.startsWith(header) ? text : `${header}\n${text}`;
};

const addKeys = (
  { user, authorizedKeys }: Additions,
  listAt: (...path: string[]) => YAMLSeq,
  add: (list: YAMLSeq, value: unknown) => void,
): void => {
  if (authorizedKeys.length === 0) return;
  if (user === 'core') {
    for (const key of authorizedKeys) add(listAt('ssh_authorized_keys'), key);
    return;
  }
  const users = listAt('users');
  const own = users.items.find(item => item instanceof YAMLMap && item.get('name') === user);
  if (!(own instanceof YAMLMap)) {
    add(users, { name: user, groups: ['sudo'], ssh_authorized_keys: authorizedKeys });
    return;
  }
  // coreos-cloudinit and cloud-init spell it both ways.
  const spelling = own.has('ssh-authorized-keys') ? 'ssh-authorized-keys' : 'ssh_authorized_keys';
  const keys = own.get(spelling);
  const list = isSeq(keys) ? keys : new YAMLSeq();
  own.set(spelling, list);
  for (const key of authorizedKeys) add(list, key);
};
