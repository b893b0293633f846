import { scenario } from '../../../src/core/scenario.ts';
import { ignition, unit } from '../../../src/machine/user-data/ignition/builders.ts';

/** A machine with a unit that fails: the harness must find it by itself and say what the unit said. */
export default scenario({
  name: 'harness.broken-unit',
  description: 'boots with a unit that fails, which every scenario must notice',
  userData: ignition({
    units: [
      unit('broken.service', {
        enabled: true,
        contents: `[Unit]
Description=Breaks on purpose
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo "the disk of the moon is missing" >&2; exit 7'
[Install]
WantedBy=multi-user.target
`,
      }),
    ],
  }),
  run: async t => {
    t.ok('never-reached', false, 'the body ran although a unit had failed');
  },
});
