// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
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

describe('metadata that is not signed as it must be', () => {
  const cases = [
    { role: 'root', trusted: [1, undefined, undefined, undefined] },
    { role: 'timestamp', trusted: [1, undefined, undefined, undefined] },
    { role: 'snapshot', trusted: [1, 2, undefined, undefined] },
    { role: 'targets', trusted: [1, 2, 2, undefined] },
  ] as const;
  for (const { role, trusted } of cases) {
    it(`ends the refresh at ${role}, and what came before is kept`, async () => {
      const stream = new Simulator();
      await withClient(stream, async (client) => {
        stream.signers.set(role, [newSigner()]);
        if (role === 'root') stream.publish('root');
        else stream.publish('targets', 'snapshot', 'timestamp');
        await client.refused('STREAM_WRONG_KEY');
        assert.deepEqual(await client.versions(...TOP_LEVEL), trusted);
      });
    });
  }
});

describe('a stream that changes', () => {
  it('keeps the timestamp of a version that is trusted, whatever another one of that version says', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      await client.refresh();
      stream.state('timestamp').meta = { 'snapshot.json': { version: 100 } };
      stream.write('timestamp');
      stream.requests.length = 0;
      await client.refresh();
      assert.deepEqual(stream.requests, ['metadata/2.root.json', 'metadata/timestamp.json']);
      const kept = JSON.parse(await readFile(join(client.folder, 'timestamp.json'), 'utf8'));
      assert.equal(kept.signed.meta['snapshot.json'].version, 1);
    });
  });
  it('is read by the lengths and digests of its metadata where it gives them', async () => {
    const stream = new Simulator();
    stream.measured = true;
    stream.publishTargets('targets');
    await withClient(stream, async (client) => {
      await client.refresh();
      stream.publish('targets');
      const meta = stream.state('snapshot').meta as Record<string, { hashes: { sha256: string } }>;
      const entry = meta['targets.json'];
      assert.ok(entry !== undefined);
      entry.hashes.sha256 = 'ab'.repeat(32);
      stream.publish('snapshot', 'timestamp');
      await client.refused('STREAM_WRONG_HASH');
      assert.deepEqual(await client.versions('snapshot', 'targets'), [3, 2]);
    });
  });
  it('is not asked for targets that no snapshot names', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      await client.refresh();
      stream.publish('targets');
      await client.refresh();
      assert.equal(await client.version('targets'), 1);
      assert.equal(stream.requests.at(-1), 'metadata/timestamp.json');
    });
  });
  it('may have fields that are not known, which are signed with the rest', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      await client.refresh();
      const root = stream.state('root');
      root['custom-field'] = { a: [1, 'b', null, true] };
      const keys = root.keys as Record<string, Record<string, unknown>>;
      const [key] = Object.values(keys);
      assert.ok(key !== undefined);
      key['extra-field'] = { a: 1, b: 2 };
      Object.assign(stream.keysOf('root'), { 'another-field': 'value' });
      stream.publish('root');
      await client.refresh();
      assert.equal(await client.version('root'), 2);
    });
  });
  it('may be one whose files have no versions in their names', async () => {
    const stream = new Simulator();
    stream.state('root').consistent_snapshot = false;
    stream.addTarget('targets', 'folder/file', 'plain');
    stream.publish('root', 'targets', 'snapshot', 'timestamp');
    await withClient(stream, async (client) => {
      assert.equal(await client.download('folder/file'), 'plain');
      assert.deepEqual(stream.requests.slice(-3), [
        'metadata/snapshot.json',
        'metadata/targets.json',
        'targets/folder/file',
      ]);
    });
  });
  it('gives a target anew when it was changed', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      for (const content of ['one', 'two', 'three']) {
        stream.addTarget('targets', 'file', content);
        stream.publishTargets('targets');
        assert.equal(await client.download('file'), content);
      }
    });
  });
  it('is asked for no target that is there already', async () => {
    const stream = new Simulator();
    stream.addTarget('targets', 'file', 'text');
    stream.publishTargets('targets');
    await withClient(stream, async (client) => {
      const opened = await client.refresh();
      const bytes = await opened.download('file', Buffer.from('other'));
      stream.requests.length = 0;
      assert.equal(await opened.download('file', bytes), bytes);
      assert.deepEqual(stream.requests, []);
    });
  });
  for (const names of [['sha512'], ['sha256', 'sha512'], ['sha512', 'sha256']]) {
    it(`may sign ${names.join(' and ')} for a target, and all of them must fit`, async () => {
      const stream = new Simulator();
      const hashes = Object.fromEntries(
        names.map((name) => [name, createHash(name).update('text').digest('hex')]),
      );
      const targets = stream.state('targets').targets as Record<string, unknown>;
      targets.file = { length: 4, hashes };
      stream.publishTargets('targets');
      const served = `targets/${hashes.sha256 ?? hashes.sha512}.file`;
      stream.files.set(served, Buffer.from('text'));
      await withClient(stream, async (client) => {
        assert.equal(await client.download('file'), 'text');
        const last = names.at(-1) ?? '';
        hashes[last] = createHash(last).update('evil').digest('hex');
        stream.publishTargets('targets');
        stream.files.set(`targets/${hashes.sha256 ?? hashes.sha512}.file`, Buffer.from('text'));
        await assert.rejects(client.download('file'), { code: 'STREAM_WRONG_HASH' });
        const opened = await client.open();
        if (names.includes('sha256')) assert.equal((await opened.info('file'))?.sha256, hashes.sha256);
        else await assert.rejects(opened.info('file'), { code: 'STREAM_BAD_METADATA' });
      });
    });
  }
  it('names only what it has', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      stream.publishTargets('targets');
      stream.files.delete('metadata/2.snapshot.json');
      await client.refused('STREAM_NOT_FOUND');
      stream.files.delete('metadata/timestamp.json');
      await client.refused('STREAM_NOT_FOUND');
    });
  });
});
