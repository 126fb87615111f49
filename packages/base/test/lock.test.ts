// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { UptideError, withLock } from '@uptide/base';
import { withFolder } from './support/temporary.ts';

describe('withLock', () => {
  it('lets one in at a time', async () => {
    await withFolder(async (folder) => {
      let inside = 0;
      let most = 0;
      const visit = (): Promise<void> =>
        withLock(join(folder, 'lock'), async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 10));
          inside--;
        });
      await Promise.all([visit(), visit(), visit()]);
      assert.equal(most, 1);
    });
  });
  it('gives the lock back when the work fails', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'lock');
      await assert.rejects(
        withLock(path, () => Promise.reject(new Error('work'))),
        /^Error: work$/,
      );
      assert.equal(await withLock(path, () => Promise.resolve(7)), 7);
    });
  });
  it('ends although the process that holds the lock for it was killed', async () => {
    await withFolder(async (folder) => {
      const work = withLock(join(folder, 'lock'), async () => {
        const { stdout } = spawnSync('pgrep', ['-f', join(folder, 'lock')], { encoding: 'utf8' });
        const [holder] = stdout.split('\n').map(Number);
        assert.ok(holder);
        process.kill(holder, 'SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, 100));
        return 'done';
      });
      assert.equal(await work, 'done');
    });
  });
  it('leaves no lock behind a holder that was killed', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'lock');
      const script = `
        import { withLock } from '@uptide/base';
        await withLock(process.argv[1], async () => {
          console.log('held');
          await new Promise((resolve) => setTimeout(resolve, 600_000));
        });`;
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script, path], {
        cwd: import.meta.dirname,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      assert.equal(await withLock(path, () => Promise.resolve('free')), 'free');
    });
  });
  it('says so when there can be no lock at that path', async () => {
    await assert.rejects(
      withLock('/proc/no-such-folder/lock', () => Promise.resolve()),
      (error) => error instanceof UptideError && error.code === 'TOOL_FAILED',
    );
  });
});
