// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ObjectCache } from '../src/compile/cache.ts';

const OBJECT = { object: Buffer.from([1, 10, 0, 255]), dependencies: ['a.c', 'ä\n.h'], warnings: ['w'] };

async function withCache(work: (cache: ObjectCache, folder: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'uptide-forge-'));
  try {
    await work(new ObjectCache(join(root, 'objects')), join(root, 'objects'));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

describe('the cache of objects', () => {
  it('gives back what was written', () =>
    withCache(async (cache) => {
      await cache.write('k', OBJECT);
      assert.deepEqual(await cache.read('k'), OBJECT);
      assert.equal(await cache.read('other'), undefined);
    }));
  it('keeps an object of no bytes and of the largest text', () =>
    withCache(async (cache) => {
      const empty = { object: Buffer.alloc(0), dependencies: [], warnings: [] };
      await cache.write('k', empty);
      assert.deepEqual(await cache.read('k'), empty);
    }));
  it('never gives back a file with any byte changed, cut off or added', () =>
    withCache(async (cache, folder) => {
      await cache.write('k', OBJECT);
      const path = join(folder, 'k');
      const good = await readFile(path);
      for (let at = 0; at < good.length; at += 1) {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ 1;
        await writeFile(path, bad);
        assert.equal(await cache.read('k'), undefined, `byte ${at}`);
        await writeFile(path, good.subarray(0, at));
        assert.equal(await cache.read('k'), undefined, `cut at ${at}`);
      }
      await writeFile(path, Buffer.concat([good, Buffer.from([0])]));
      assert.equal(await cache.read('k'), undefined);
      await cache.write('k', OBJECT);
      assert.deepEqual(await cache.read('k'), OBJECT);
    }));
  it('has one whole file when several write the same key at once', () =>
    withCache(async (cache, folder) => {
      await Promise.all(Array.from({ length: 8 }, () => cache.write('k', OBJECT)));
      assert.deepEqual(await readdir(folder), ['k']);
      assert.deepEqual(await cache.read('k'), OBJECT);
    }));
  it('removes what killed writers left, but not what may still be written', () =>
    withCache(async (cache, folder) => {
      await cache.write('k', OBJECT);
      const now = Date.now();
      for (const name of ['.k.aa.tmp', '.k.bb.tmp']) await writeFile(join(folder, name), 'x');
      await utimes(join(folder, '.k.aa.tmp'), (now - 2 * 86_400_000) / 1000, (now - 2 * 86_400_000) / 1000);
      await cache.removeOrphans(now);
      assert.deepEqual((await readdir(folder)).sort(), ['.k.bb.tmp', 'k']);
    }));
  it('has nothing to remove when nothing was ever written', () =>
    withCache(async (cache) => {
      await cache.removeOrphans(Date.now());
      assert.equal(await cache.read('k'), undefined);
    }));
});
