// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { chmod, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { guestFiles } from '../src/index.ts';
import { rejectsCode } from './support/codes.ts';
import { withFolder } from './support/temporary.ts';

describe('guestFiles', () => {
  it('takes a program with its libraries and its dynamic linker, each where the linker looks', async () => {
    const files = await guestFiles([{ host: '/bin/ls' }, { host: '/bin/sh', guest: '/opt/a/../sh' }]);
    const paths = files.map(({ path }) => path);
    assert.ok(paths.includes('files/ls') && paths.includes('opt/sh'));
    assert.ok(paths.some((path) => path.endsWith('/libc.so.6')));
    assert.ok(paths.some((path) => path.includes('ld-linux')));
    assert.equal(new Set(paths).size, paths.length);
    assert.deepEqual(paths, paths.toSorted());
    assert.ok(files.find(({ path }) => path === 'files/ls')?.executable);
  });
  it('takes a file as it is', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'data'), 'data');
      await writeFile(join(folder, 'run.sh'), '#!/bin/sh\n');
      await chmod(join(folder, 'run.sh'), 0o700);
      assert.deepEqual(
        await guestFiles([{ host: join(folder, 'run.sh') }, { host: join(folder, 'data'), guest: '/d' }]),
        [
          { path: 'd', content: Buffer.from('data'), executable: false },
          { path: 'files/run.sh', content: Buffer.from('#!/bin/sh\n'), executable: true },
        ],
      );
    }));
  it('refuses what is not there, is no file, is too large, or has the place of another', () =>
    withFolder(async (folder) => {
      const at = (name: string): string => join(folder, name);
      await mkdir(at('folder'));
      await writeFile(at('a'), '');
      const large = await open(at('large'), 'w');
      await large.truncate(64 * 1024 * 1024 + 1);
      await large.close();
      for (const host of [at('none'), at('folder'), at('large')]) {
        await rejectsCode('LAB_BAD_GUEST_FILE', guestFiles([{ host }]));
      }
      await rejectsCode('LAB_BAD_GUEST_FILE', guestFiles([{ host: at('a') }, { host: at('a') }]));
    }));
  it('refuses a program whose library is not on this machine', () =>
    withFolder(async (folder) => {
      const { readFile } = await import('node:fs/promises');
      const bytes = await readFile('/bin/ls');
      const at = bytes.indexOf('libc.so.6');
      assert.ok(at > 0);
      bytes.write('libx', at, 'latin1');
      await writeFile(join(folder, 'ls'), bytes, { mode: 0o755 });
      await rejectsCode('LAB_BAD_GUEST_FILE', guestFiles([{ host: join(folder, 'ls') }]));
    }));
});
