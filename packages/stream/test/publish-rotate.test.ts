// SPDX-License-Identifier: GPL-2.0-or-later
/** Keys change while hosts follow. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { levelPath } from '@uptide/stream';
import type { Signer } from '../src/keys/signer.ts';
import { publishStaged } from '../src/publish/publish.ts';
import { withRepository } from '../src/publish/repository.ts';
import { newSeries, renewRoles, rotateRole } from '../src/publish/rotate.ts';
import { signStaged } from '../src/publish/sign.ts';
import type { Envelope, TimestampSigned } from '../src/repository/model.ts';
import type { KeyChange } from '../src/repository/rotate.ts';
import { bytesToSign, printEnvelope } from '../src/repository/sign.ts';
import { QUICK_DISK, watchedDisk } from './support/crashing-disk.ts';
import {
  fakeLevel,
  KERNEL,
  PUBLISHED_AT,
  type PublishedStream,
  publishedStream,
  SERIES,
  testSigner,
} from './support/published.ts';
import { tufClient } from './support/tuf-client.ts';

const kernel = { distribution: SERIES, release: KERNEL.release, buildId: KERNEL.buildId };
const LATER = PUBLISHED_AT + 3_600_000;
const DAY = 86_400_000;

async function withStream(work: (stream: PublishedStream) => Promise<void>): Promise<void> {
  const stream = await publishedStream({ levels: 1 });
  try {
    await work(stream);
  } finally {
    await stream.remove();
  }
}

function rotateIn(
  stream: PublishedStream,
  role: string,
  change: Partial<KeyChange>,
): Promise<readonly string[]> {
  return withRepository(
    stream.folder,
    (repository) => rotateRole(repository, role, { add: [], remove: [], ...change }, LATER),
    QUICK_DISK,
  );
}

async function signAndPublish(
  { folder }: PublishedStream,
  signers: readonly Signer[],
  disk = QUICK_DISK,
): Promise<readonly string[]> {
  return await withRepository(
    folder,
    async (repository) => {
      await signStaged(repository, signers);
      const { findings } = await publishStaged(repository, signers, LATER);
      return findings.map(({ code }) => code);
    },
    disk,
  );
}

test('other root keys: hosts follow, and the old key alone is worth nothing', () =>
  withStream(async (stream) => {
    const host = await tufClient(stream.served, stream.root);
    try {
      const [a, b] = [testSigner('a'), testSigner('b')];
      const staged = await rotateIn(stream, 'root', {
        add: [a.key, b.key],
        remove: [stream.offline.keyId],
        threshold: 2,
      });
      assert.deepEqual(staged, ['root']);
      // The old root asks for the old key, the new one for both new keys.
      assert.deepEqual(await signAndPublish(stream, [stream.offline, stream.online, a]), ['STREAM_UNSIGNED']);
      assert.deepEqual(await signAndPublish(stream, [stream.online, a, b]), []);
      assert.ok(await host.get(levelPath(kernel, 1), LATER));
      // The next root asks for the new keys alone.
      await rotateIn(stream, 'root', { add: [stream.offline.key] });
      assert.deepEqual(await signAndPublish(stream, [stream.offline, stream.online]), [
        'STREAM_UNSIGNED',
        'STREAM_UNSIGNED',
      ]);
      assert.deepEqual(await signAndPublish(stream, [stream.online, a, b]), []);
      assert.ok(await host.get(levelPath(kernel, 1), LATER));
      for (const version of [1, 2, 3]) await readFile(join(stream.served, `metadata/${version}.root.json`));
    } finally {
      await host.remove();
    }
  }));

test('other online keys: no reader ever meets two halves', () =>
  withStream(async (stream) => {
    const next = testSigner('next');
    const known = await tufClient(stream.served, stream.root);
    let reads = 0;
    const disk = watchedDisk(
      () => {},
      async () => {
        const fresh = await tufClient(stream.served, stream.root);
        assert.ok(await fresh.get(levelPath(kernel, 1), LATER));
        assert.ok(await known.get(levelPath(kernel, 1), LATER));
        reads++;
        await fresh.remove();
      },
    );
    try {
      const change = { add: [next.key], remove: [stream.online.keyId] };
      assert.deepEqual(await rotateIn(stream, 'all', change), ['root', 'targets', 'rollout']);
      assert.deepEqual(await signAndPublish(stream, [stream.offline, stream.online, next], disk), []);
      assert.ok(reads > 8);
      // From now on the old key is not needed.
      await stream.add([fakeLevel(2)], LATER);
      assert.deepEqual(await signAndPublish(stream, [stream.offline, next]), []);
      assert.ok(await known.get(levelPath(kernel, 2), LATER));
    } finally {
      await known.remove();
    }
  }));

test('a key that is gone can be taken away without it', () =>
  withStream(async (stream) => {
    const next = testSigner('next');
    const host = await tufClient(stream.served, stream.root);
    try {
      await rotateIn(stream, 'all', { add: [next.key], remove: [stream.online.keyId] });
      assert.deepEqual(await signAndPublish(stream, [stream.offline, next]), []);
      assert.ok(await host.get(levelPath(kernel, 1), LATER));
    } finally {
      await host.remove();
    }
  }));

test('a thief of the online key ran far ahead: hosts come back after a rotation', () =>
  withStream(async (stream) => {
    const host = await tufClient(stream.served, stream.root);
    const path = join(stream.served, 'metadata/timestamp.json');
    try {
      const { signed }: Envelope<TimestampSigned> = JSON.parse(await readFile(path, 'utf8'));
      const ahead = { ...signed, version: 2 ** 31 };
      const sig = await stream.online.sign(bytesToSign(ahead));
      const honest = await readFile(path);
      await writeFile(
        path,
        printEnvelope({ signed: ahead, signatures: [{ keyid: stream.online.keyId, sig }] }),
      );
      assert.ok(await host.get(levelPath(kernel, 1), LATER));
      await writeFile(path, honest);
      await assert.rejects(host.get(levelPath(kernel, 1), LATER));
      const next = testSigner('next');
      await rotateIn(stream, 'all', { add: [next.key], remove: [stream.online.keyId] });
      assert.deepEqual(await signAndPublish(stream, [stream.offline, next]), []);
      assert.ok(await host.get(levelPath(kernel, 1), LATER));
    } finally {
      await host.remove();
    }
  }));

test('other keys of a series: its bins are signed anew, and nothing else', () =>
  withStream(async (stream) => {
    const [a, b] = [testSigner('a'), testSigner('b')];
    const host = await tufClient(stream.served, stream.root);
    try {
      const change = { add: [a.key, b.key], remove: [stream.offline.keyId], threshold: 2 };
      assert.deepEqual(await rotateIn(stream, SERIES, change), ['targets', SERIES, `${SERIES}-b0001`]);
      assert.deepEqual(await signAndPublish(stream, [stream.offline, stream.online, a, b]), []);
      assert.ok(await host.get(levelPath(kernel, 1), LATER));
      // A key more: what is signed stays.
      const third = testSigner('third');
      assert.deepEqual(await rotateIn(stream, SERIES, { add: [third.key] }), ['targets', SERIES]);
      assert.deepEqual(await signAndPublish(stream, [stream.offline, stream.online, a, third]), []);
      await stream.add([fakeLevel(2)], LATER);
      assert.deepEqual(await signAndPublish(stream, [stream.online, b, third]), []);
      assert.ok(await host.get(levelPath(kernel, 2), LATER));
    } finally {
      await host.remove();
    }
  }));

test('a threshold is lowered with words alone', () =>
  withStream(async (stream) => {
    const a = testSigner('a');
    await rotateIn(stream, 'targets', { add: [a.key], threshold: 2 });
    assert.deepEqual(await signAndPublish(stream, [stream.offline, stream.online, a]), []);
    await assert.rejects(rotateIn(stream, 'targets', { threshold: 1 }), { code: 'STREAM_WEAKER' });
    await rotateIn(stream, 'targets', { threshold: 1, weaken: 'one of us left' });
    assert.deepEqual(await signAndPublish(stream, [stream.offline, stream.online, a]), []);
  }));

test('keys and thresholds that cannot be', () =>
  withStream(async (stream) => {
    const bad: [string, Partial<KeyChange>, string][] = [
      ['root', { remove: [stream.offline.keyId] }, 'STREAM_BAD_THRESHOLD'],
      ['root', { add: [stream.offline.key] }, 'STREAM_BAD_THRESHOLD'],
      ['root', { threshold: 2 }, 'STREAM_BAD_THRESHOLD'],
      ['root', { remove: ['ab'.repeat(32)] }, 'STREAM_BAD_THRESHOLD'],
      ['nobody', { add: [testSigner('a').key] }, 'STREAM_NO_ROLE'],
      [`${SERIES}-b0001`, { add: [testSigner('a').key] }, 'STREAM_NO_ROLE'],
      ['all', { remove: ['ab'.repeat(32)] }, 'STREAM_NO_ROLE'],
    ];
    for (const [role, change, code] of bad) {
      await assert.rejects(rotateIn(stream, role, change), { code }, `${role} ${JSON.stringify(change)}`);
    }
    await assert.rejects(stream.publish(), { code: 'STREAM_NOTHING_STAGED' });
  }));

test('a series more', () =>
  withStream(async (stream) => {
    const a = testSigner('a');
    const host = await tufClient(stream.served, stream.root);
    const begin = (series: string) =>
      withRepository(
        stream.folder,
        (repository) => newSeries(repository, series, { add: [a.key], remove: [] }, LATER),
        QUICK_DISK,
      );
    try {
      for (const name of [SERIES, 'rollout', 'debian-b0001', '13', 'Debian-13', '../x-1']) {
        await assert.rejects(begin(name), { code: 'STREAM_BAD_SERIES' }, name);
      }
      await begin('debian-13');
      const other = { release: '6.12.1-amd64', buildId: 'ab'.repeat(20) };
      const { findings } = await stream.add([fakeLevel(1, { kernel: other })], LATER, {
        series: 'debian-13',
      });
      assert.deepEqual(findings, []);
      assert.deepEqual(await signAndPublish(stream, [stream.offline, stream.online, a]), []);
      assert.ok(await host.get(levelPath({ distribution: 'debian-13', ...other }, 1), LATER));
      assert.ok(await host.get(levelPath(kernel, 1), LATER));
    } finally {
      await host.remove();
    }
  }));

test('what ends soon is renewed, and what has ended is not published', () =>
  withStream(async (stream) => {
    const host = await tufClient(stream.served, stream.root);
    const soon = PUBLISHED_AT + 80 * DAY;
    const late = PUBLISHED_AT + 91 * DAY;
    const renewAt = (now: number) =>
      withRepository(stream.folder, (repository) => renewRoles(repository, 30, now), QUICK_DISK);
    try {
      await stream.add([fakeLevel(2)], late);
      await assert.rejects(host.get(levelPath(kernel, 1), late));
      // The series ended; a level more does not make it new.
      assert.deepEqual(
        (await stream.publish(late)).findings.map(({ code }) => code),
        ['STREAM_ROLE_EXPIRED'],
      );
      assert.deepEqual([...(await renewAt(soon))].sort(), [SERIES, `${SERIES}-b0001`, 'rollout'].sort());
      assert.deepEqual((await stream.publish(late)).findings, []);
      assert.ok(await host.get(levelPath(kernel, 2), late));
    } finally {
      await host.remove();
    }
  }));
