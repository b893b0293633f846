/** Which module files a set of kernel modules needs, read from the kernel's own modules.dep and modules.builtin. */
export interface ModuleIndex {
  /** Module name → its file and those it depends on, relative to the kernel's module folder. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  readonly builtin: ReadonlySet<string>;
}

export function readModuleIndex(modulesDep: string, modulesBuiltin: string): ModuleIndex {
  const files = new Map<string, readonly string[]>();
  for (const line of modulesDep.split('\n')) {
    const [file, dependencies] = line.split(':');
    if (file === undefined || dependencies === undefined) continue;
    files.set(moduleName(file), [file, ...dependencies.trim().split(/\s+/).filter(Boolean)]);
  }
  return { files, builtin: new Set(modulesBuiltin.split('\n').filter(Boolean).map(moduleName)) };
}

/** Files of the wanted modules with all they depend on; a module that is built in needs none. */
export function moduleFiles(index: ModuleIndex, wanted: readonly string[]): string[] {
  const found = new Set<string>();
  for (const name of wanted) {
    const files = index.files.get(name.replaceAll('-', '_'));
    if (files !== undefined) for (const file of files) found.add(file);
    else if (!index.builtin.has(name.replaceAll('-', '_')))
      throw new Error(`the kernel has no module ${name}`);
  }
  return [...found].sort();
}

function moduleName(file: string): string {
  const base = file.slice(file.lastIndexOf('/') + 1);
  return base.replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
}
