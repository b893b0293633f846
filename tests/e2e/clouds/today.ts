import { spawnSync } from 'node:child_process';
import { cloudOf, testedClouds } from './rotation.ts';

/** `npm run test:clouds:today [DATE]`: the cloud whose turn it is on this day (UTC). */
const [said] = process.argv.slice(2);
const cloud = cloudOf(said === undefined ? Date.now() : Date.parse(said), testedClouds());
process.stdout.write(`Today's cloud is ${cloud}\n`);
const { status } = spawnSync('npx', ['vitest', 'run', '--project', 'clouds', `clouds/${cloud}.test.ts`], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
