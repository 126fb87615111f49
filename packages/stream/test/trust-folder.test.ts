// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { openTrustedStream } from '../src/client/open.ts';
import { subscribeFolder } from '../src/client/trust-folder.ts';
import { Client, withClient, withFolder } from './support/client.ts';
import { killAtChanges } from './support/killed.ts';
import { NOW, Simulator } from './support/simulator.ts';
import { changingStream, checkSound, ROLES, trustedVersions } from './support/sound.ts';
import { watchWrites } from './support/writes.ts';

/** Refreshes and writes down the files that were replaced, in their order. */
async function recordWrites(client: Client): Promise<{ path: string; bytes: Buffer }[]> {
  const paths: string[] = [];
  const written: { path: string; bytes: Buffer }[] = [];
  const stop = watchWrites(({ kind, path }) => {
    if (kind === 'rename') paths.push(path);
  });
  try {
    await (await client.refresh()).info('in/a/bin');
  } finally {
    stop();
  }
  for (const path of paths)
    written.push({ path: path.slice(client.folder.length + 1), bytes: await readFile(path) });
  return written;
}

describe('a client that is killed', () => {
  it('at changes of the disk trusts no less than before, and goes on', () => killAtChanges(9));
});

describe('a folder in which trust is kept', () => {
  it('is sound after any part of the writes, in their order, and after damage to any one file', async () => {
    const { stream, change } = changingStream();
    const old = stream.file('metadata/timestamp.json');
    stream.publish('timestamp');
    await withFolder(async (base) => {
      const folder = join(base, 'client');
      await subscribeFolder(folder, stream.root);
      const client = new Client(folder, stream.source());
      await client.refresh();
      const before = await trustedVersions(client);
      const start = join(base, 'start');
      await cp(folder, start, { recursive: true });
      change();
      client.time = NOW + 1000;
      const writes = await recordWrites(client);
      assert.ok(writes.length >= 10);
      let round = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.nat({ max: writes.length }),
          fc.nat({ max: writes.length - 1 }),
          fc.double({ min: 0, max: 1, noNaN: true }),
          fc.boolean(),
          async (count, victim, part, damage) => {
            const copy = join(base, `round-${round++}`);
            await cp(start, copy, { recursive: true });
            for (const { path, bytes } of writes.slice(0, count)) await writeFile(join(copy, path), bytes);
            const { path } = writes[victim] ?? { path: 'root.json' };
            if (damage) await truncatePart(join(copy, path), part);
            const again = new Client(copy, stream.source());
            again.time = NOW + 2000;
            await checkSound(again, stream, damage ? withoutRoot(path, before) : before, old);
            await rm(copy, { recursive: true });
          },
        ),
        { numRuns: 12 },
      );
    });
  });
  it('is made sound again by the next refresh, file by file', async () => {
    const { stream, change } = changingStream();
    await withClient(stream, async (client) => {
      change();
      await (await client.refresh()).info('in/a/bin');
      const names = await client.files();
      assert.deepEqual(names, ['bin.json', 'root.json', 'snapshot.json', 'targets.json', 'timestamp.json']);
      for (const name of names) {
        const file = join(client.folder, name);
        const whole = await readFile(file);
        for (const part of [whole.subarray(0, 0), whole.subarray(0, 100), Buffer.from('{}')]) {
          await writeFile(file, part);
          await (await client.refresh()).info('in/a/bin');
          assert.deepEqual(await readFile(file), whole, name);
        }
        await rm(file);
        await (await client.refresh()).info('in/a/bin');
        assert.deepEqual(await readFile(file), whole, name);
      }
    });
  });
  it('does not settle for an older root when the newest one is damaged', async () => {
    const { stream, change } = changingStream();
    await withClient(stream, async (client) => {
      change();
      await client.refresh();
      for (const file of ['root.json', '.uptide/roots/3.root.json'])
        await writeFile(join(client.folder, file), '{');
      const newest = stream.file('metadata/3.root.json');
      stream.files.delete('metadata/3.root.json');
      await client.refused('STREAM_ROLLBACK');
      stream.files.set('metadata/3.root.json', newest);
      await client.refresh();
      assert.equal(await client.version('root'), 3);
    });
  });
  it('says so when it follows no stream', async () => {
    const stream = new Simulator();
    await withFolder(async (folder) => {
      const options = { folder, source: stream.source(), now: () => NOW };
      await assert.rejects(openTrustedStream(options), { code: 'STREAM_NO_ROOT' });
      await subscribeFolder(folder, stream.root);
      await writeFile(join(folder, '.uptide', 'subscribed.root.json'), '{');
      await assert.rejects(openTrustedStream(options), { code: 'STREAM_NO_ROOT' });
    });
  });
  it('takes away nothing of others when it is subscribed', async () => {
    const stream = new Simulator();
    await withFolder(async (folder) => {
      await writeFile(join(folder, 'package.json'), 'theirs');
      await subscribeFolder(folder, stream.root);
      assert.equal(await readFile(join(folder, 'package.json'), 'utf8'), 'theirs');
      await new Client(folder, stream.source()).refresh();
    });
  });
  it('forgets another stream when it is subscribed anew', async () => {
    const [one, other] = [new Simulator(), new Simulator()];
    one.publishTargets('targets');
    await withClient(one, async (client) => {
      await client.refresh();
      await subscribeFolder(client.folder, other.root);
      client.source = other.source();
      client.time = NOW - 1_000_000;
      await client.refresh();
      assert.equal(await client.version('timestamp'), 1);
    });
  });
});

describe('two clients of one folder', () => {
  it('refresh one after the other, and both see the newest', async () => {
    const { stream, change } = changingStream();
    await withClient(stream, async (client) => {
      const [one, other] = [await client.open(), await client.open()];
      change();
      await Promise.all([one.refresh(), other.refresh()]);
      assert.deepEqual(one.freshness(), other.freshness());
      await Promise.all([one.info('in/a/bin'), other.info('in/a/bin')]);
    });
  });
  it('do not go back behind each other', async () => {
    const { stream, change } = changingStream();
    await withClient(stream, async (client) => {
      const slow = await client.open();
      const old = stream.file('metadata/timestamp.json');
      change();
      await client.refresh();
      stream.files.set('metadata/timestamp.json', old);
      await assert.rejects(slow.refresh(), { code: 'STREAM_ROLLBACK' });
    });
  });
});

describe('a full disk', () => {
  it('ends the refresh at any write, and the next one goes on', async () => {
    const { stream, change } = changingStream();
    const old = stream.file('metadata/timestamp.json');
    stream.publish('timestamp');
    await withClient(stream, async (client) => {
      await client.refresh();
      const before = await trustedVersions(client);
      change();
      for (let room = 0; ; room++) {
        let writes = 0;
        const stop = watchWrites(({ kind }) => {
          if (kind === 'write' && writes++ === room)
            throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        });
        const opened = await client.open();
        try {
          await opened.refresh();
          if (writes <= room) break;
        } catch (error) {
          assert.ok(error instanceof Error && 'code' in error && error.code === 'ENOSPC', String(error));
        } finally {
          stop();
        }
        client.time += 1000;
        const now = await trustedVersions(client);
        for (const role of ROLES) assert.ok((now[role] ?? 0) >= (before[role] ?? 0));
      }
      await checkSound(client, stream, before, old);
    });
  });
});

async function truncatePart(file: string, part: number): Promise<void> {
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  await writeFile(file, bytes.subarray(0, Math.floor(bytes.length * part)));
}

/** A damaged root costs the roots from there on until the next refresh, and with them what only they vouch for. */
function withoutRoot(path: string, before: Record<string, number>): Record<string, number> {
  return path.includes('root') ? {} : before;
}
