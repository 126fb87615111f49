// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUpdate, indexPath, indexSchema, levelPath, rolloutPath, rolloutSchema } from '@uptide/stream';
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
