// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { subscribeFolder } from '../src/client/trust-folder.ts';
import { withClient, withFolder } from './support/client.ts';
import { newSigner, Simulator, signFile, TOP_LEVEL } from './support/simulator.ts';

describe('a client of a stream', () => {
  it('asks for the next root, the timestamp, the snapshot and the targets, and keeps them as served', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      await client.refresh();
      assert.deepEqual(stream.requests, [
        'metadata/2.root.json',
        'metadata/timestamp.json',
        'metadata/1.snapshot.json',
        'metadata/1.targets.json',
      ]);
      assert.deepEqual(await client.files(), [
        'root.json',
        'snapshot.json',
        'targets.json',
        'timestamp.json',
      ]);
      for (const role of TOP_LEVEL) {
        const served = stream.file(
          role === 'timestamp' ? 'metadata/timestamp.json' : `metadata/1.${role}.json`,
        );
        assert.deepEqual(await readFile(join(client.folder, `${role}.json`)), Buffer.from(served));
      }
    });
  });
  it('asks again for nothing that it has', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      await client.refresh();
      stream.requests.length = 0;
      await client.refresh();
      assert.deepEqual(stream.requests, ['metadata/2.root.json', 'metadata/timestamp.json']);
    });
  });
  it('brings a target, and says nothing of what is not listed', async () => {
    const stream = new Simulator();
    stream.addTarget('targets', 'a/b c.txt', 'text', { level: 3 });
    stream.publishTargets('targets');
    await withClient(stream, async (client) => {
      const opened = await client.refresh();
      assert.deepEqual((await opened.info('a/b c.txt'))?.custom, { level: 3 });
      assert.equal(Buffer.from(await opened.download('a/b c.txt')).toString(), 'text');
      assert.equal(await opened.info('other'), undefined);
      await assert.rejects(opened.download('other'), { code: 'STREAM_NO_TARGET' });
    });
  });
  it('takes no root that is not signed by itself', async () => {
    const stream = new Simulator();
    const forged = signFile(JSON.parse(Buffer.from(stream.root).toString()).signed, [newSigner()]);
    await withFolder(async (folder) => {
      await assert.rejects(subscribeFolder(folder, forged), { code: 'STREAM_WRONG_KEY' });
    });
  });
});
