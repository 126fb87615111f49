// SPDX-License-Identifier: GPL-2.0-or-later
/** A maker's process may end anywhere, and readers come at any moment. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { indexPath, indexSchema, levelPath, StreamError } from '@uptide/stream';
import type { Disk } from '../src/publish/disk.ts';
import { initRepository } from '../src/publish/init.ts';
import { withRepository } from '../src/publish/repository.ts';
import { changeRollouts } from '../src/publish/rollout.ts';
import { halt } from '../src/repository/rollout.ts';
import { crashingDisk, Killed, QUICK_DISK, watchedDisk } from './support/crashing-disk.ts';
import {
  fakeLevel,
  KERNEL,
  PUBLISHED_AT,
  type PublishedStream,
  publishedStream,
  SERIES,
  testSigner,
} from './support/published.ts';
import { type TufClient, tufClient } from './support/tuf-client.ts';

const kernel = { distribution: SERIES, release: KERNEL.release, buildId: KERNEL.buildId };
const LATER = PUBLISHED_AT + 3_600_000;

/** What a host sees: the levels of the index, each of which it can get. */
async function levelsSeen(host: TufClient): Promise<number[]> {
  const index = indexSchema.parse(JSON.parse(String(await host.get(indexPath(kernel), LATER))));
  for (const { level } of index.levels) {
    assert.ok((await host.get(levelPath(kernel, level), LATER)) !== undefined, `level ${level} is there`);
  }
  return index.levels.map(({ level }) => level);
}

/** Adds and publishes; what was done before is no error. */
async function addAndPublish(stream: PublishedStream): Promise<void> {
  const { findings } = await stream.add([fakeLevel(2)], LATER);
  assert.deepEqual(findings, []);
  try {
    assert.deepEqual((await stream.publish(LATER)).findings, []);
  } catch (error) {
    assert.ok(error instanceof StreamError && error.code === 'STREAM_NOTHING_STAGED');
  }
}

/** Every file below a folder with its content. */
async function contents(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(
    await Promise.all(
      files.sort().map(async (path) => [path.slice(folder.length), await readFile(path, 'latin1')] as const),
    ),
  );
}

test('a publication goes on after the process was killed at any write', async () => {
  const stream = await publishedStream({ levels: 1 });
  const saved = `${stream.folder}.saved`;
  await cp(stream.folder, saved, { recursive: true });
  try {
    await addAndPublish(stream);
    const wanted = await contents(stream.served);
    let killed = 0;
    for (let n = 1; ; n++) {
      await rm(stream.folder, { recursive: true });
      await cp(saved, stream.folder, { recursive: true });
      const disk = crashingDisk(n);
      const host = await tufClient(stream.served, stream.root);
      try {
        await stream.add([fakeLevel(2)], LATER, {}, disk);
        await stream.publish(LATER, disk);
        break;
      } catch (error) {
        assert.ok(error instanceof Killed);
        killed++;
        assert.ok([1, 2].includes((await levelsSeen(host)).length), `half a state at write ${n}`);
        await addAndPublish(stream);
        assert.deepEqual(await levelsSeen(host), [1, 2]);
        assert.deepEqual(await contents(stream.served), wanted, `other bytes after a kill at write ${n}`);
      } finally {
        await host.remove();
      }
    }
    // Files, stage, signatures, journal, moves, metadata, and the ends of stage and journal.
    assert.ok(killed > 20, `${killed} writes`);
  } finally {
    await rm(saved, { recursive: true, force: true });
    await stream.remove();
  }
});

test('a reader sees the old state or the new one after every write', async () => {
  const stream = await publishedStream({ levels: 1 });
  const known = await tufClient(stream.served, stream.root);
  const seen: number[] = [];
  const disk = watchedDisk(
    () => {},
    async () => {
      const fresh = await tufClient(stream.served, stream.root);
      try {
        const levels = await levelsSeen(fresh);
        assert.deepEqual(await levelsSeen(known), levels);
        seen.push(levels.length);
      } finally {
        await fresh.remove();
      }
    },
  );
  try {
    await stream.add([fakeLevel(2)], LATER, {}, disk);
    await stream.publish(LATER, disk);
    assert.deepEqual([...new Set(seen)], [1, 2]);
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      seen,
    );
  } finally {
    await known.remove();
    await stream.remove();
  }
});

test('a halt goes on after the process was killed at any write', async () => {
  const stream = await publishedStream({ levels: 1 });
  await stream.add([fakeLevel(2)], LATER);
  const saved = `${stream.folder}.saved`;
  await cp(stream.folder, saved, { recursive: true });
  try {
    for (let n = 1; ; n++) {
      await rm(stream.folder, { recursive: true });
      await cp(saved, stream.folder, { recursive: true });
      const stop = (disk: Disk = QUICK_DISK) =>
        withRepository(
          stream.folder,
          (repository) =>
            changeRollouts(
              repository,
              'all',
              halt('it crashes', '2026-11-01T13:00:00Z'),
              [stream.online],
              LATER,
            ),
          disk,
        );
      try {
        await stop(crashingDisk(n));
        break;
      } catch (error) {
        assert.ok(error instanceof Killed);
        assert.deepEqual((await stop()).findings, []);
        assert.deepEqual((await stream.publish(LATER)).findings, [], `staged work is lost at write ${n}`);
      }
    }
  } finally {
    await rm(saved, { recursive: true, force: true });
    await stream.remove();
  }
});

test('a beginning can be begun again after it was killed at any write', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'uptide-init-'));
  const one = { keys: [testSigner('one').key], threshold: 1 };
  const founding = {
    top: { root: one, targets: one, snapshot: one, timestamp: one },
    series: [{ name: SERIES, signers: one }],
    rollout: one,
  };
  const begin = (disk: Disk = QUICK_DISK) =>
    initRepository(join(folder, 'repo'), founding, { name: 'a stream' }, PUBLISHED_AT, disk);
  try {
    for (let n = 1; ; n++) {
      try {
        await begin(crashingDisk(n));
        break;
      } catch (error) {
        assert.ok(error instanceof Killed);
      }
    }
    await assert.rejects(begin(), { code: 'STREAM_EXISTS' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('what killed writes left in the served folder is swept', async () => {
  const stream = await publishedStream({ levels: 1 });
  try {
    const left = join(stream.served, 'metadata/.timestamp.json.0123456789ab.tmp');
    await writeFile(left, '{');
    await addAndPublish(stream);
    assert.ok(!(await readdir(join(stream.served, 'metadata'))).some((name) => name.endsWith('.tmp')));
  } finally {
    await stream.remove();
  }
});
