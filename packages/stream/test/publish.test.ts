// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { fileDigest } from '@uptide/base';
import {
  decodeUpdate,
  folderSource,
  indexPath,
  indexSchema,
  levelPath,
  openTrustedStream,
  rolloutPath,
  rolloutSchema,
  subscribeFolder,
} from '@uptide/stream';
import { fakeFile, fakeLevel, KERNEL, PUBLISHED_AT, publishedStream, SERIES } from './support/published.ts';
import { tufClient } from './support/tuf-client.ts';

const kernel = { distribution: SERIES, release: KERNEL.release, buildId: KERNEL.buildId };
const HOUR = 3_600_000;

test('a host of another maker follows a stream', async () => {
  const stream = await publishedStream({ levels: 2 });
  const host = await tufClient(stream.served, stream.root);
  try {
    const bytes = await host.get(levelPath(kernel, 2), PUBLISHED_AT);
    assert.ok(bytes !== undefined);
    assert.equal(decodeUpdate(bytes).description.level, 2);
    const index = indexSchema.parse(JSON.parse(String(await host.get(indexPath(kernel), PUBLISHED_AT))));
    assert.deepEqual(
      index.levels.map(({ level, cves, back }) => [level, cves.length, back]),
      [
        [1, 1, true],
        [2, 2, true],
      ],
    );
    const rollout = rolloutSchema.parse(
      JSON.parse(String(await host.get(rolloutPath(kernel), PUBLISHED_AT))),
    );
    assert.deepEqual(
      rollout.levels.map(({ level }) => level),
      [1, 2],
    );

    await stream.add([fakeLevel(3)], PUBLISHED_AT + HOUR);
    assert.equal(await host.get(levelPath(kernel, 3), PUBLISHED_AT + HOUR), undefined);
    assert.deepEqual((await stream.publish(PUBLISHED_AT + HOUR)).findings, []);
    const third = await host.get(levelPath(kernel, 3), PUBLISHED_AT + HOUR);
    assert.ok(third?.equals(fakeFile(fakeLevel(3)).bytes));
    for (const ending of ['source.tar', 'proof.json', 'review.html']) {
      const path = levelPath(kernel, 3).replace('uptide', ending);
      assert.ok(((await host.get(path, PUBLISHED_AT + HOUR))?.length ?? 0) > 0, ending);
    }
  } finally {
    await host.remove();
    await stream.remove();
  }
});

test('a release with a plus, as backports have', async () => {
  const stream = await publishedStream({ levels: 0 });
  const host = await tufClient(stream.served, stream.root);
  const plus = { release: '6.12.117+deb12-amd64', buildId: 'ab'.repeat(20) };
  try {
    assert.deepEqual((await stream.add([fakeLevel(1, { kernel: plus })])).findings, []);
    assert.deepEqual((await stream.publish()).findings, []);
    assert.deepEqual((await stream.add([fakeLevel(2, { kernel: plus })])).findings, []);
    assert.deepEqual((await stream.publish()).findings, []);
    assert.ok(await host.get(levelPath({ distribution: SERIES, ...plus }, 2), PUBLISHED_AT));
    const trust = await mkdtemp(join(tmpdir(), 'uptide-trust-'));
    await subscribeFolder(trust, stream.root);
    const source = folderSource(stream.served);
    const own = await openTrustedStream({ folder: trust, source, now: () => PUBLISHED_AT });
    await own.refresh();
    const bytes = await own.download(levelPath({ distribution: SERIES, ...plus }, 2));
    assert.equal(decodeUpdate(bytes).description.level, 2);
    await rm(trust, { recursive: true });
  } finally {
    await host.remove();
    await stream.remove();
  }
});

test('the same input gives the same bytes', async () => {
  const first = await publishedStream({ levels: 3 });
  const second = await publishedStream({ levels: 3, keys: [first.offline, first.online] });
  try {
    assert.deepEqual(await treeOf(second.served), await treeOf(first.served));
  } finally {
    await first.remove();
    await second.remove();
  }
});

/** Every file below a folder with its digest. */
async function treeOf(folder: string): Promise<readonly (readonly [string, string])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return await Promise.all(
    paths.sort().map(async (path) => [relative(folder, path), fileDigest(await readFile(path))] as const),
  );
}
