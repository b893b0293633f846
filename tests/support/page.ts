import { createContext, Script } from 'node:vm';

type Listener = (event: Record<string, unknown>) => void;

/** As much of a DOM element as the report page's script uses; everything it shows is text. */
export class FakeElement {
  readonly tag: string;
  id = '';
  className = '';
  hidden = false;
  value = '';
  href = '';
  scrollTop = 0;
  readonly style: Record<string, string> = {};
  readonly children: (FakeElement | string)[] = [];
  private readonly attributes = new Map<string, string>();
  private readonly listeners = new Map<string, Listener[]>();
  private isOpen = false;

  constructor(tag: string, attributes: Readonly<Record<string, string>> = {}) {
    this.tag = tag;
    for (const [name, value] of Object.entries(attributes)) this.attributes.set(name, value);
    this.id = attributes.id ?? '';
  }

  get textContent(): string {
    return this.children.map(child => (typeof child === 'string' ? child : child.textContent)).join('');
  }
  set textContent(text: string) {
    this.children.splice(0, this.children.length, text);
  }
  get open(): boolean {
    return this.isOpen;
  }
  set open(open: boolean) {
    if (open === this.isOpen) return;
    this.isOpen = open;
    this.dispatch('toggle');
  }
  append(...children: (FakeElement | string | number)[]): void {
    this.children.push(...children.map(child => (typeof child === 'number' ? String(child) : child)));
  }
  replaceChildren(...children: FakeElement[]): void {
    this.children.splice(0, this.children.length, ...children);
  }
  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }
  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null;
  }
  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), listener]);
  }
  dispatch(type: string, more: Record<string, unknown> = {}): void {
    for (const listener of this.listeners.get(type) ?? []) listener({ target: this, ...more });
  }
  focus(): void {}
  scrollIntoView(): void {}
  /** Every element below, this one first. */
  all(): FakeElement[] {
    return [this, ...this.children.flatMap(child => (typeof child === 'string' ? [] : child.all()))];
  }
  find(tag: string, className = ''): FakeElement[] {
    return this.all().filter(
      element =>
        element.tag === tag && (className === '' || element.className.split(' ').includes(className)),
    );
  }
  querySelector(tag: string): FakeElement | null {
    return this.find(tag)[0] ?? null;
  }
  querySelectorAll(selector: string): FakeElement[] {
    return selector === 'details.row > summary'
      ? this.find('details', 'row').flatMap(row => row.find('summary').slice(0, 1))
      : [];
  }
}

export interface FakePage {
  readonly element: (id: string) => FakeElement;
  readonly chip: (outcome: string) => FakeElement;
  readonly rows: () => FakeElement[];
  readonly hash: () => string;
  readonly goTo: (hash: string) => void;
}

/** Runs a report page's script against fake elements, as a browser that follows `#hash` would. */
export const openPage = (html: string, hash = ''): FakePage => {
  const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
  const code = /<script>(.*?)<\/script>/s.exec(html)?.[1] ?? '';
  const ids = ['list', 'count', 'more', 'search', 'target', 'clear', 'controls'];
  const known = new Map(ids.map(id => [id, new FakeElement('div', { id })]));
  const holder = new FakeElement('script', { id: 'data' });
  holder.textContent = data;
  known.set('data', holder);
  const chips = Array.from(
    html.matchAll(/data-outcome="(\w+)"/g),
    ([, outcome]) => new FakeElement('button', { 'data-outcome': outcome ?? '' }),
  );
  const rows = (): FakeElement[] => known.get('list')?.find('details', 'row') ?? [];
  const location = { hash, pathname: '/index.html', search: '' };
  const listeners = new Map<string, Listener>();
  const context = createContext({
    URLSearchParams,
    location,
    history: {
      replaceState: (_state: unknown, _title: string, url: string) => {
        location.hash = url.startsWith('#') ? url : '';
      },
    },
    addEventListener: (type: string, listener: Listener) => listeners.set(type, listener),
    document: {
      getElementById: (id: string) => known.get(id) ?? rows().find(row => row.id === id) ?? null,
      createElement: (tag: string) => new FakeElement(tag),
      querySelectorAll: () => chips,
    },
  });
  new Script(code).runInContext(context);
  const element = (id: string): FakeElement => {
    const found = known.get(id);
    if (found === undefined) throw new Error(`no element ${id}`);
    return found;
  };
  return {
    element,
    chip: outcome => {
      const found = chips.find(chip => chip.getAttribute('data-outcome') === outcome);
      if (found === undefined) throw new Error(`no chip ${outcome}`);
      return found;
    },
    rows,
    hash: () => location.hash,
    goTo: next => {
      location.hash = next;
      listeners.get('hashchange')?.({});
    },
  };
};
