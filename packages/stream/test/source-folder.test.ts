// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { sourceAt } from '../src/source/at.ts';
import { folderSource } from '../src/source/folder.ts';
import { withFolder } from './support/client.ts';

const TEXT = Buffer.from('text');

describe('a stream in a folder', () => {
  it('has the files that lie there, up to the limit', async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, 'metadata'));
      await writeFile(join(folder, 'metadata', 'a b.json'), TEXT);
      const source = folderSource(folder);
      assert.deepEqual(await source.read('metadata/a%20b.json', 4), TEXT);
      assert.equal(await source.read('metadata/other', 4), undefined);
      await assert.rejects(source.read('metadata/a%20b.json', 3), { code: 'STREAM_ENDLESS_DATA' });
    });
  });
  for (const path of [
    '../secret',
    '..%2Fsecret',
    'a/../../secret',
    '%2e%2e/secret',
    'a%00b',
    '',
    '.',
    'metadata/f/x',
  ])
    it(`has nothing at ${path}`, async () => {
      await withFolder(async (folder) => {
        await writeFile(join(folder, 'secret'), TEXT);
        await mkdir(join(folder, 'stream', 'metadata'), { recursive: true });
        await writeFile(join(folder, 'stream', 'metadata', 'f'), TEXT);
        assert.equal(await folderSource(join(folder, 'stream')).read(path, 100), undefined);
      });
    });
  it('has no folders, pipes or circles as files', async () => {
    await withFolder(async (folder) => {
      execFileSync('mkfifo', [join(folder, 'pipe')]);
      await symlink('circle', join(folder, 'circle'));
      await mkdir(join(folder, 'folder'));
      for (const path of ['pipe', 'circle', 'folder'])
        assert.equal(await folderSource(folder).read(path, 9), undefined);
    });
  });
});

describe('the addresses of a stream', () => {
  it('are folders or web servers', () => {
    assert.equal(
      sourceAt(['/srv/stream', 'https://example.org/s']).name,
      '/srv/stream, https://example.org/s/',
    );
  });
  for (const addresses of [[], ['ftp://example.org'], Array.from({ length: 17 }, () => '/srv')])
    it(`are neither none, nor odd, nor many: ${addresses.length}`, () =>
      assert.throws(() => sourceAt(addresses), { code: 'STREAM_BAD_ADDRESS' }));
});
