import { KolaError } from '../../src/core/errors.ts';
import { brandId, type RunId } from '../../src/core/ids.ts';
import { takeRunFolder } from '../../src/run/run-folder.ts';

// Claims the folder at the given moment, says how that went, and lives until its standard input ends.
const [folder = '', id = '', at = '0'] = process.argv.slice(2);
process.stdin.on('end', () => process.exit());
process.stdin.resume();
while (Date.now() < Number(at)) {
  // Everybody starts in the same millisecond: a timer would spread them.
}
try {
  takeRunFolder(folder, brandId<RunId>(id));
  process.stdout.write('taken\n');
} catch (error) {
  process.stdout.write(`${error instanceof KolaError ? error.code : error}\n`);
}
