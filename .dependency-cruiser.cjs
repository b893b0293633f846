/** Imports point one way: core ← plan, machine, image, store, gate ← run, dashboard ← cli. */
const layer = (from, forbidden, comment) => ({
  name: `${from.replaceAll('/', '-')}-boundary`,
  comment,
  severity: 'error',
  from: { path: `^${from}/` },
  to: { path: forbidden },
});

const middle = ['plan', 'machine', 'image', 'store', 'gate', 'services', 'cloud'];

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    layer('src/core', '^(src/(?!core/)|platforms/|scenarios/|reports/|tests/)', 'the core knows nobody'),
    ...middle.map(name =>
      layer(
        `src/${name}`,
        `^(src/(?!core/|${name}/)|platforms/|scenarios/|reports/|tests/)`,
        `${name} knows the core only`,
      ),
    ),
    layer(
      'src/dashboard',
      '^(src/(?!core/|store/|gate/|dashboard/)|platforms/|scenarios/|reports/(?!dashboard/|printable)|tests/)',
      'the dashboard fills the pages of reports/dashboard from store and gate',
    ),
    layer(
      'src/run',
      '^(src/(cli|dashboard|queue)/|platforms/|scenarios/|reports/|tests/)',
      'the engine is given platforms, scenarios and reporters',
    ),
    layer(
      'src/queue',
      '^(src/(?!core/|plan/|store/|run/|queue/)|platforms/|scenarios/|reports/|tests/)',
      'the queue puts the engine on several hosts',
    ),
    layer('src/cli', '^tests/', 'no test code in the product'),
    layer(
      'platforms',
      '^(src/(?!core/|machine/|cloud/)|scenarios/|reports/|tests/)',
      'platforms know core, machine and cloud',
    ),
    layer(
      'scenarios',
      '^(src/(?!core/|machine/)|platforms/|reports/|tests/)',
      'scenarios know core and machine',
    ),
    layer('reports', '^(src/(?!core/)|platforms/|scenarios/|tests/)', 'reporters know the core'),
    {
      name: 'platforms-apart',
      comment: 'one platform never imports another',
      severity: 'error',
      from: { path: '^platforms/([^/]+)/' },
      to: { path: '^platforms/([^/]+)/', pathNot: '^platforms/$1/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules)' },
  },
};
