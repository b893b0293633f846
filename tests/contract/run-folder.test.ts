import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const claimant = fileURLToPath(new URL('run-folder-claimant.ts', import.meta.url));

it('of several runs that want one folder at the same moment exactly one gets it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-claim-'));
  try {
    for (let round = 0; round < 5; round++) {
      // What a run that is over left behind.
      writeFileSync(join(folder, '.kola-run'), JSON.stringify({ run: 'old', pid: 2 ** 22, startTime: '1' }));
      writeFileSync(join(folder, 'events.ndjson'), 'old\n');
      const at = String(Date.now() + 1500);
      const claims = ['a', 'b', 'c'].map(id =>
        spawn(process.execPath, [claimant, folder, id, at], { stdio: ['pipe', 'pipe', 'inherit'] }),
      );
      const said = await Promise.all(
        claims.map(async ({ stdout }) => String(((await once(stdout!, 'data')) as [Buffer])[0]).trim()),
      );
      expect(said.toSorted(), `round ${round}`).toEqual(['output-in-use', 'output-in-use', 'taken']);
      const marker = JSON.parse(readFileSync(join(folder, '.kola-run'), 'utf8')) as { run: string };
      expect(marker.run).toBe(['a', 'b', 'c'][said.indexOf('taken')]);
      expect(readdirSync(folder)).toEqual(['.kola-run']);
      await Promise.all(
        claims.map(child => {
          child.stdin!.end();
          return once(child, 'exit');
        }),
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
