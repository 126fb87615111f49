// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { UptideError } from '@uptide/base';
import { onDisk } from '../src/disk.ts';
import { removeOrphans, withWorkFolder } from '../src/work-folder.ts';
import { failsLater } from './support/fails.ts';

async function withParent(work: (parent: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'uptide-forge-'));
  try {
    await work(join(root, 'work'));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** The name that this process gives its folders, cut into its parts. */
async function ownName(parent: string): Promise<string[]> {
  return await withWorkFolder(parent, async (folder) => basename(folder).split('.'));
}

describe('a work folder', () => {
  it('is gone after the work, whether it succeeds or fails', () =>
    withParent(async (parent) => {
      const seen = await withWorkFolder(parent, async (folder) => {
        await writeFile(join(folder, 'file'), 'x');
        return await readdir(parent);
      });
      assert.equal(seen.length, 1);
      assert.deepEqual(await readdir(parent), []);
      await assert.rejects(() => withWorkFolder(parent, () => Promise.reject(new Error('no'))), /no/);
      assert.deepEqual(await readdir(parent), []);
    }));
  it('of a living process is left alone, one for each call', () =>
    withParent(async (parent) => {
      await withWorkFolder(parent, async (first) => {
        await withWorkFolder(parent, async (second) => {
          assert.notEqual(first, second);
          assert.equal((await readdir(parent)).length, 2);
        });
        assert.deepEqual(await readdir(parent), [basename(first)]);
      });
    }));
  it('of a process that is gone, or whose number another one has now, is removed', () =>
    withParent(async (parent) => {
      const [work = '', boot = '', namespace = '', pid = '', started = ''] = await ownName(parent);
      const gone = [work, boot, namespace, '4194305', started, '00000000'].join('.');
      const reused = [work, boot, namespace, pid, '1', '00000000'].join('.');
      await mkdir(join(parent, gone, 'deep'), { recursive: true });
      await mkdir(join(parent, reused));
      await mkdir(join(parent, 'something-else'));
      await withWorkFolder(parent, () => Promise.resolve());
      assert.deepEqual(await readdir(parent), ['something-else']);
    }));
  it('of another boot or pid namespace is removed when it is a day old', () =>
    withParent(async (parent) => {
      const [work = '', boot = '', , pid = '', started = ''] = await ownName(parent);
      const foreign = ['00000001', boot].map((other, index) =>
        [work, other, index, pid, started, '00000000'].join('.'),
      );
      const now = Date.now();
      for (const name of foreign) await mkdir(join(parent, name));
      await removeOrphans(parent, now);
      assert.deepEqual((await readdir(parent)).sort(), [...foreign].sort());
      for (const name of foreign) await utimes(join(parent, name), now / 1000 - 90_000, now / 1000 - 90_000);
      await removeOrphans(parent, now);
      assert.deepEqual(await readdir(parent), []);
    }));
});

describe('a full disk', () => {
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  it('is named for what it is', async () => {
    const error = await failsLater('DISK_FULL', () => onDisk('/folder', () => Promise.reject(full)));
    assert.ok(error instanceof UptideError);
    assert.equal(error.cause, full);
  });
  it('is not blamed for other faults', async () => {
    await assert.rejects(() => onDisk('/folder', () => Promise.reject(new Error('other'))), /other/);
  });
});
