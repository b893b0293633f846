/** The request form of EC2's query protocol: `Filter.1.Value.2=x`, as a tree. */
export interface Params {
  text(name: string): string | undefined;
  /** `Filter.1`, `Filter.2` … */
  list(name: string): readonly Params[];
  /** `InstanceId.1`, `InstanceId.2` … */
  texts(name: string): readonly string[];
  under(name: string): Params;
}

export const readParams = (form: ReadonlyMap<string, string>, prefix = ''): Params => {
  const numbers = (name: string): readonly number[] => {
    const head = `${prefix}${name}.`;
    const found = [...form.keys()]
      .filter(key => key.startsWith(head))
      .map(key => Number.parseInt(key.slice(head.length), 10));
    return [...new Set(found)].filter(number => !Number.isNaN(number)).sort((a, b) => a - b);
  };
  return {
    text: name => form.get(`${prefix}${name}`),
    list: name => numbers(name).map(number => readParams(form, `${prefix}${name}.${number}.`)),
    texts: name => numbers(name).map(number => form.get(`${prefix}${name}.${number}`) ?? ''),
    under: name => readParams(form, `${prefix}${name}.`),
  };
};

export type Xml = string | number | boolean | undefined | readonly Xml[] | { readonly [name: string]: Xml };

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Lists become `<item>` elements, as in EC2's answers. */
export const toXml = (value: Xml): string => {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map(item => `<item>${toXml(item)}</item>`).join('');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, inner]) => (inner === undefined ? '' : `<${name}>${toXml(inner)}</${name}>`))
      .join('');
  return escaped(String(value));
};

/** The tags that a request asks for on one type of resource. */
export const readTags = (params: Params, resource: string): Map<string, string> =>
  new Map(
    params
      .list('TagSpecification')
      .filter(spec => spec.text('ResourceType') === resource)
      .flatMap(spec =>
        spec.list('Tag').map(tag => [tag.text('Key') ?? '', tag.text('Value') ?? ''] as const),
      ),
  );
