// SPDX-License-Identifier: GPL-2.0-or-later
/** People on call stop a rollout with one key, whatever else waits for signatures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Rollout, rolloutPath, rolloutSchema } from '@uptide/stream';
import { refresh } from '../src/publish/publish.ts';
import { withRepository } from '../src/publish/repository.ts';
import { changeRollouts } from '../src/publish/rollout.ts';
import { restartWaves } from '../src/publish/waves.ts';
import {
  addBlock,
  halt,
  type RolloutChange,
  removeBlock,
  resume,
  setWaves,
  withdraw,
} from '../src/repository/rollout.ts';
import { wavesOf } from '../src/repository/waves.ts';
import { QUICK_DISK } from './support/crashing-disk.ts';
import {
  fakeLevel,
  KERNEL,
  PUBLISHED_AT,
  type PublishedStream,
  publishedStream,
  SERIES,
} from './support/published.ts';
import { type TufClient, tufClient } from './support/tuf-client.ts';

const kernel = { distribution: SERIES, release: KERNEL.release, buildId: KERNEL.buildId };
const since = '2026-11-01T12:00:00Z';
const DAY = 86_400_000;

interface OnCall {
  readonly stream: PublishedStream;
  readonly change: (change: RolloutChange, name?: string) => Promise<readonly string[]>;
  /** What a host sees. */
  readonly seen: () => Promise<Rollout>;
}

async function onCall(work: (call: OnCall) => Promise<void>): Promise<void> {
  const stream = await publishedStream({ levels: 2 });
  const host: TufClient = await tufClient(stream.served, stream.root);
  try {
    await work({
      stream,
      change: async (change, name = KERNEL.release) => {
        const { published } = await withRepository(
          stream.folder,
          (repository) => changeRollouts(repository, name, change, [stream.online], PUBLISHED_AT),
          QUICK_DISK,
        );
        return published.map(({ role }) => role);
      },
      seen: async () =>
        rolloutSchema.parse(JSON.parse(String(await host.get(rolloutPath(kernel), PUBLISHED_AT)))),
    });
  } finally {
    await host.remove();
    await stream.remove();
  }
}

test('a halt and its end', () =>
  onCall(async ({ change, seen }) => {
    assert.deepEqual(await change(halt('it crashes', since)), ['rollout', 'snapshot', 'timestamp']);
    assert.deepEqual((await seen()).halt, { reason: 'it crashes', since });
    await change(resume());
    assert.equal((await seen()).halt, undefined);
  }));

test('blocks, waves and the end of a level', () =>
  onCall(async ({ change, seen }) => {
    await change(addBlock({ reason: 'one', since, action: 'unload', levels: { first: 1, last: 2 } }));
    await change(addBlock({ reason: 'two', since, action: 'hold', everLoaded: ['ab'.repeat(32)] }));
    await change(removeBlock(1));
    assert.deepEqual(
      (await seen()).blocks.map(({ reason }) => reason),
      ['two'],
    );
    await assert.rejects(change(removeBlock(2)), { code: 'STREAM_NO_BLOCK' });
    await change(setWaves(wavesOf(2, 'emergency', PUBLISHED_AT)));
    assert.equal((await seen()).levels[1]?.profile, 'emergency');
    await change(withdraw(2, 'wrong fix', since));
    const { levels, blocks } = await seen();
    assert.deepEqual(
      levels.map(({ level }) => level),
      [1],
    );
    assert.deepEqual(blocks[1], {
      reason: 'wrong fix',
      since,
      action: 'hold',
      levels: { first: 2, last: 2 },
    });
  }));

test('what waits for signatures goes on waiting, and does not undo the halt', () =>
  onCall(async ({ stream, change, seen }) => {
    await stream.add([fakeLevel(3)]);
    await change(halt('it crashes', since), 'all');
    assert.deepEqual(
      (await seen()).levels.map(({ level }) => level),
      [1, 2],
    );
    assert.deepEqual((await stream.publish()).findings, []);
    const { levels, halt: halted } = await seen();
    assert.deepEqual([levels.map(({ level }) => level), halted?.reason], [[1, 2, 3], 'it crashes']);
  }));

test('a kernel that the stream does not have, and a key that may not', () =>
  onCall(async ({ stream, change }) => {
    await assert.rejects(change(resume(), '6.2'), { code: 'STREAM_NO_KERNEL' });
    const { findings } = await withRepository(
      stream.folder,
      (repository) => changeRollouts(repository, 'all', resume(), [stream.offline], PUBLISHED_AT),
      QUICK_DISK,
    );
    assert.deepEqual([...new Set(findings.map(({ code }) => code))], ['STREAM_UNSIGNED']);
  }));

test('a refresh signs what is due and nothing else', () =>
  onCall(async ({ stream }) => {
    const at = async (days: number): Promise<readonly string[]> => {
      const { findings, published } = await withRepository(
        stream.folder,
        (repository) => refresh(repository, [stream.online], PUBLISHED_AT + days * DAY),
        QUICK_DISK,
      );
      assert.deepEqual(findings, []);
      return published.map(({ role }) => role);
    };
    await stream.add([fakeLevel(3)]);
    assert.deepEqual(await at(1), ['timestamp']);
    assert.deepEqual(await at(4), ['snapshot', 'timestamp']);
    // Rollouts are staged with the level; their refresh waits for that.
    assert.deepEqual(await at(8), ['snapshot', 'timestamp']);
    assert.deepEqual((await stream.publish(PUBLISHED_AT + 9 * DAY)).findings, []);
    assert.deepEqual(await at(17), ['rollout', 'snapshot', 'timestamp']);
  }));

test('waves that went on without the level are begun anew', async () => {
  const stream = await publishedStream({ levels: 0, waves: 'normal' });
  const host = await tufClient(stream.served, stream.root);
  const late = PUBLISHED_AT + 1.5 * DAY;
  try {
    await stream.add([fakeLevel(1)]);
    const custom = '5%@2026-11-01T12:00:00Z,100%@2026-11-02T12:00:00Z';
    await stream.add([fakeLevel(2)], PUBLISHED_AT, { waves: custom });
    assert.deepEqual(
      (await stream.publish(late)).findings.map(({ code }) => code),
      ['STREAM_WAVES_PAST'],
    );
    await withRepository(stream.folder, (repository) => restartWaves(repository, late), QUICK_DISK);
    assert.deepEqual((await stream.publish(late)).findings, []);
    const { levels } = rolloutSchema.parse(JSON.parse(String(await host.get(rolloutPath(kernel), late))));
    assert.deepEqual(
      levels.map(({ waves }) => waves[0]?.from),
      ['2026-11-03T00:00:00Z', '2026-11-01T12:00:00Z'],
    );
    // What is published goes on, however late it is.
    await stream.add([fakeLevel(3)], late + 3 * DAY);
    assert.deepEqual((await stream.publish(late + 3 * DAY)).findings, []);
  } finally {
    await host.remove();
    await stream.remove();
  }
});
