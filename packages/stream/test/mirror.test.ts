// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { cpSync, existsSync, globSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { carries, EVERYTHING } from '../src/mirror/filter.ts';
import { type MirrorOptions, mirrorInto, mirrorStream } from '../src/mirror/mirror.ts';
import { MirrorFolder } from '../src/mirror/mirror-folder.ts';
import { metadataName, targetName } from '../src/mirror/names.ts';
import { planPrune } from '../src/mirror/unreferenced.ts';
import { sourceAt } from '../src/source/at.ts';
import { folderSource } from '../src/source/folder.ts';
import { type Client, withClient, withFolder } from './support/client.ts';
import { addLevel, DEBIAN, DEBIAN_NEXT, kernelStream, publish, UBUNTU } from './support/kernel-stream.ts';
import { withServer } from './support/server.ts';
import { DAY, NOW, Simulator } from './support/simulator.ts';

const LEVEL = `${DEBIAN}/level-1.uptide`;

/** Mirrors a simulated stream with its root pinned. */
async function mirror(stream: Simulator, folder: string, changes: Partial<MirrorOptions> = {}) {
  const options = { source: stream.source(), root: stream.root, filter: EVERYTHING, now: () => NOW };
  return await mirrorStream({ ...options, folder, ...changes });
}

/** A client of the mirror that is new. */
async function withReader(
  stream: Simulator,
  folder: string,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  await withClient(stream, async (client) => {
    client.source = folderSource(folder);
    await work(client);
  });
}

describe('a mirror', () => {
  it('serves every target to a client that verifies', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      const report = await mirror(stream, folder);
      assert.deepEqual(report.targets, { listed: 9, carried: 9, fetched: 9, bytes: report.targets.bytes });
      await withReader(stream, folder, async (client) => {
        assert.match(await client.download(LEVEL), /^level 1 of debian-12/);
        assert.match(await client.download(`rollout/${UBUNTU}.json`), /^rollout/);
      });
    });
  });
  it('fetches no target a second time, and what is new once', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      await mirror(stream, folder);
      stream.requests.length = 0;
      assert.equal((await mirror(stream, folder)).targets.fetched, 0);
      assert.deepEqual(stream.requests, ['metadata/2.root.json', 'metadata/timestamp.json']);
      addLevel(stream, DEBIAN, 2);
      publish(stream);
      assert.equal((await mirror(stream, folder)).targets.fetched, 3);
    });
  });
  it('reads again what is there when asked to, and mends it', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      await mirror(stream, folder);
      const [file = ''] = globSync(`${folder}/targets/${DEBIAN}/*.level-1.uptide`);
      writeFileSync(file, Buffer.alloc(readFileSync(file).length));
      assert.equal((await mirror(stream, folder)).targets.fetched, 0);
      assert.equal((await mirror(stream, folder, { verify: true })).targets.fetched, 1);
    });
  });
  it('fetches anew what is too short', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      await mirror(stream, folder);
      truncateSync(globSync(`${folder}/targets/${DEBIAN}/*.level-1.uptide`)[0] ?? '', 3);
      assert.equal((await mirror(stream, folder)).targets.fetched, 1);
    });
  });
  it('can be mirrored, and that mirror too, without a word of trust', async () => {
    const stream = kernelStream();
    await withFolder(async (first) => {
      await withFolder(async (second) => {
        await mirror(stream, first);
        await mirror(stream, second, { source: folderSource(first) });
        await withReader(stream, second, async (client) => {
          assert.match(await client.download(LEVEL), /^level 1/);
        });
      });
    });
  });
  it('is made from a web server, and from two of which one lies', async () => {
    const stream = kernelStream();
    const answer = (change: (name: string, bytes: Uint8Array) => Uint8Array) => {
      return (request: IncomingMessage, response: ServerResponse): void => {
        const name = (request.url ?? '').slice(1);
        const bytes = stream.files.get(name);
        if (bytes === undefined) response.writeHead(404).end();
        else response.end(change(name, bytes));
      };
    };
    const lie = (name: string, bytes: Uint8Array) =>
      name.endsWith('.uptide') ? Buffer.alloc(bytes.length) : bytes;
    await withServer(answer(lie), async ({ address: liar }) => {
      await withServer(
        answer((_name, bytes) => bytes),
        async ({ address }) => {
          await withFolder(async (folder) => {
            const only = { source: sourceAt([liar], { proxy: 'none' }) };
            await assert.rejects(mirror(stream, folder, only), { code: 'STREAM_INCOMPLETE' });
            const { faults } = await mirror(stream, folder, {
              source: sourceAt([liar, address], { proxy: 'none' }),
            });
            assert.ok(faults.length > 0 && faults.every(({ source }) => source === liar));
            await withReader(stream, folder, async (client) => {
              assert.match(await client.download(LEVEL), /^level 1/);
            });
          });
        },
      );
    });
  });
  it('is brought up to date by two processes at once', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      const [one, other] = await Promise.all([mirror(stream, folder), mirror(stream, folder)]);
      assert.equal(one.targets.fetched + other.targets.fetched, 9);
    });
  });
  it('ends when it is told to, and goes on the next time', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      await assert.rejects(mirror(stream, folder, { signal: AbortSignal.abort() }), { code: 'INTERRUPTED' });
      assert.ok(!existsSync(join(folder, 'metadata/timestamp.json')));
      assert.equal((await mirror(stream, folder)).targets.fetched, 9);
    });
  });
});

describe('the roots of a mirror', () => {
  it('are all there, those before the pinned one too', async () => {
    const stream = kernelStream();
    stream.publish('root');
    const second = stream.file('metadata/2.root.json');
    stream.publish('root');
    await withFolder(async (folder) => {
      await mirror(stream, folder, { root: second });
      for (const version of [1, 2, 3]) assert.ok(existsSync(join(folder, `metadata/${version}.root.json`)));
      await withReader(stream, folder, async (client) => {
        await client.download(LEVEL);
        assert.equal(await client.version('root'), 3);
      });
    });
  });
  it('do not come from a stranger', async () => {
    const stream = kernelStream();
    stream.publish('root');
    const second = stream.file('metadata/2.root.json');
    stream.files.set('metadata/1.root.json', new Simulator().root);
    await withFolder(async (folder) => {
      await mirror(stream, folder, { root: second });
      assert.ok(!existsSync(join(folder, 'metadata/1.root.json')));
    });
  });
  it('must be pinned the first time', async () => {
    await withFolder(async (folder) => {
      await assert.rejects(mirror(kernelStream(), folder, { root: undefined }), { code: 'STREAM_NO_ROOT' });
    });
  });
  it('do not become those of another stream', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      await mirror(stream, folder);
      await assert.rejects(mirror(kernelStream(), folder), { code: 'STREAM_OTHER_ROOT' });
      await mirror(stream, folder, { root: undefined });
    });
  });
});

describe('a filter', () => {
  it('leaves targets out and metadata whole', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      const filter = { distributions: ['debian-*'], releases: ['6.1.*'] };
      const { targets } = await mirror(stream, folder, { filter });
      assert.deepEqual([targets.carried, targets.fetched], [3, 3]);
      await withReader(stream, folder, async (client) => {
        assert.match(await client.download(LEVEL), /^level 1/);
        const opened = await client.refresh();
        assert.ok((await opened.info(`${UBUNTU}/index.json`)) !== undefined);
        await assert.rejects(opened.download(`${UBUNTU}/index.json`), { code: 'STREAM_NOT_MIRRORED' });
        await assert.rejects(opened.download(`${DEBIAN_NEXT}/index.json`), { code: 'STREAM_NOT_MIRRORED' });
      });
    });
  });
  it('fits names as a whole, and lets pass what belongs to no kernel', () => {
    const filter = { distributions: ['debian-12'], releases: ['6.1.0-5?-amd64'] };
    const paths = [
      LEVEL,
      `rollout/${DEBIAN}.json`,
      'notice.txt',
      `${DEBIAN_NEXT}/index.json`,
      `${UBUNTU}/index.json`,
    ];
    assert.deepEqual(
      paths.map((path) => carries(filter, path)),
      [true, true, true, false, false],
    );
    assert.equal(carries({ distributions: ['debian-1'], releases: [] }, LEVEL), false);
  });
  it('of a mirror of a filtered mirror must fit', async () => {
    const stream = kernelStream();
    await withFolder(async (first) => {
      await withFolder(async (second) => {
        const filter = { distributions: ['debian-12'], releases: [] };
        await mirror(stream, first, { filter });
        const source = folderSource(first);
        await assert.rejects(mirror(stream, second, { source }), { code: 'STREAM_INCOMPLETE' });
        assert.equal((await mirror(stream, second, { source, filter })).targets.carried, 6);
      });
    });
  });
});

describe('a mirror of a bad source', () => {
  /** Mirrors, spoils the source, mirrors again in vain, and expects the mirror to serve what it did before. */
  async function spoiled(spoil: (stream: Simulator) => void, code: string): Promise<void> {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      await mirror(stream, folder);
      const before = readFileSync(join(folder, 'metadata/timestamp.json'));
      addLevel(stream, DEBIAN, 2);
      publish(stream);
      spoil(stream);
      await assert.rejects(mirror(stream, folder), { code });
      assert.deepEqual(readFileSync(join(folder, 'metadata/timestamp.json')), before);
      await withReader(stream, folder, async (client) => {
        assert.match(await client.download(LEVEL), /^level 1/);
      });
    });
  }
  const fileLike = (stream: Simulator, pattern: RegExp): string =>
    [...stream.files.keys()].find((name) => pattern.test(name)) ?? assert.fail();

  it('stays as it was when a target is missing', async () => {
    await spoiled(
      (stream) => stream.files.delete(fileLike(stream, /[0-9a-f]{64}\.level-2/)),
      'STREAM_INCOMPLETE',
    );
  });
  it('stays as it was when a target is swapped', async () => {
    await spoiled((stream) => {
      const name = fileLike(stream, /[0-9a-f]{64}\.level-2/);
      stream.files.set(name, Buffer.alloc(stream.file(name).length));
    }, 'STREAM_INCOMPLETE');
  });
  it('stays as it was when a role is missing', async () => {
    await spoiled((stream) => stream.files.delete('metadata/2.debian-12.json'), 'STREAM_NOT_FOUND');
  });
  it('does not go back', async () => {
    const old = kernelStream().file('metadata/timestamp.json');
    await spoiled((stream) => stream.files.set('metadata/timestamp.json', old), 'STREAM_WRONG_KEY');
    const stream = kernelStream();
    const first = stream.file('metadata/timestamp.json');
    publish(stream);
    await withFolder(async (folder) => {
      await mirror(stream, folder);
      stream.files.set('metadata/timestamp.json', first);
      await assert.rejects(mirror(stream, folder), { code: 'STREAM_ROLLBACK' });
    });
  });
  it('does not take what is past its end', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      await assert.rejects(mirror(stream, folder, { now: () => NOW + 31 * DAY }), { code: 'STREAM_EXPIRED' });
    });
  });
  it('takes no target of a role that must not speak for it', async () => {
    const stream = kernelStream();
    stream.addTarget('rollout', `${DEBIAN}/level-9.uptide`, 'evil');
    publish(stream);
    await withFolder(async (folder) => {
      assert.equal((await mirror(stream, folder)).targets.listed, 9);
    });
  });
  it('writes no file with a name that is no plain one', async () => {
    for (const path of ['../out', '.hidden', 'a//b', 'a b', 'a/../b']) {
      assert.throws(() => targetName({ path, sha256: 'ab' }), { code: 'STREAM_BAD_NAME' });
      assert.throws(() => metadataName(path, 1), { code: 'STREAM_BAD_NAME' });
    }
  });
});

/** A folder whose process is killed at a write. */
class DyingFolder extends MirrorFolder {
  left: number;

  constructor(folder: string, writes: number) {
    super(folder);
    this.left = writes;
  }

  override async put(name: string, bytes: Uint8Array): Promise<boolean> {
    if (this.left-- === 0) throw new Error('killed');
    return await super.put(name, bytes);
  }
}

describe('a mirror that is killed', () => {
  /** Stops after each number of writes, lets a reader look, and completes the mirror. */
  async function everywhere(change: (stream: Simulator) => void): Promise<void> {
    const stream = kernelStream();
    await withFolder(async (base) => {
      await mirror(stream, base);
      addLevel(stream, DEBIAN, 2);
      change(stream);
      stream.publish('root');
      publish(stream);
      const options = { source: stream.source(), filter: EVERYTHING, now: () => NOW };
      for (let writes = 0, died = true; died; writes++) {
        await withFolder(async (folder) => {
          cpSync(base, folder, { recursive: true });
          died = await mirrorInto(new DyingFolder(folder, writes), options).then(
            () => false,
            (error: Error) => error.message === 'killed',
          );
          await withReader(stream, folder, async (client) => {
            const index = await client.download(`${DEBIAN}/index.json`);
            assert.match(index, died ? /at [12]$/ : /at 2$/);
          });
          // To complete it costs as much again, and differs by what was written alone.
          if (writes % 4 > 0) return;
          await mirror(stream, folder);
          await withReader(stream, folder, async (client) => {
            assert.match(await client.download(`${DEBIAN}/index.json`), /at 2$/);
          });
        });
        assert.ok(writes < 40);
      }
    });
  }

  it('serves the old state or the new one after any number of writes, and is completed later', async () => {
    await everywhere(() => {});
  });
  it('does so when keys change and the new files carry the old signatures, too', async () => {
    await everywhere((stream) => {
      const old = stream.signers.get('timestamp') ?? [];
      stream.rotate('timestamp');
      stream.signers.set('timestamp', [...old, ...(stream.signers.get('timestamp') ?? [])]);
    });
  });
  it('is whole in the end when keys change and the old ones are gone', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      await mirror(stream, folder);
      stream.rotate('timestamp');
      stream.publish('root');
      publish(stream);
      await mirror(stream, folder);
      await withReader(stream, folder, async (client) => {
        assert.match(await client.download(LEVEL), /^level 1/);
      });
    });
  });
});

describe('pruning', () => {
  it('takes a file away when it was not listed for long enough', async () => {
    const stream = kernelStream();
    const old = `targets/${DEBIAN}`;
    await withFolder(async (folder) => {
      const indices = () => globSync(`${folder}/${old}/*.index.json`).length;
      const at = async (day: number, pruneAfter?: number) =>
        await mirror(stream, folder, { now: () => NOW + day * DAY, pruneAfter });
      await at(0);
      addLevel(stream, DEBIAN, 2);
      publish(stream);
      assert.deepEqual((await at(1)).pruned, []);
      assert.equal(indices(), 2);
      assert.deepEqual((await at(3, 7 * DAY)).pruned, []);
      const { pruned } = await at(8, 7 * DAY);
      assert.ok(pruned.some((name) => name.startsWith(`${old}/`)));
      assert.ok(pruned.includes('metadata/2.snapshot.json') || pruned.includes('metadata/1.snapshot.json'));
      assert.equal(indices(), 1);
      await withReader(stream, folder, async (client) => {
        client.time = NOW + 8 * DAY;
        assert.match(await client.download(`${DEBIAN}/level-2.uptide`), /^level 2/);
      });
    });
  });
  it('never takes a root away', async () => {
    const stream = kernelStream();
    stream.publish('root');
    await withFolder(async (folder) => {
      await mirror(stream, folder);
      await mirror(stream, folder, { pruneAfter: 0 });
      assert.ok(existsSync(join(folder, 'metadata/1.root.json')));
    });
  });
  it('leaves the files of others alone', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      await mirror(stream, folder);
      writeFileSync(join(folder, 'README'), 'mine');
      await mirror(stream, folder, { pruneAfter: 0 });
      assert.ok(existsSync(join(folder, 'README')));
    });
  });
  it('removes nothing that is listed, and forgets the mark of what is listed again', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string()),
        fc.array(fc.string()),
        fc.nat(),
        fc.nat(),
        (present, list, now, grace) => {
          const listed = new Set(list);
          const marks = Object.fromEntries(present.map((name) => [name, 0]));
          const plan = planPrune(present, listed, marks, now, grace);
          assert.ok(plan.remove.every((name) => !listed.has(name)));
          assert.ok(Object.keys(plan.marks).every((name) => !listed.has(name)));
          const left = Object.keys(plan.marks).length + plan.remove.length;
          assert.equal(left, present.filter((name) => !listed.has(name)).length);
        },
      ),
    );
  });
  it('does not trust marks that are damaged', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      await mirror(stream, folder);
      writeFileSync(join(folder, '.mirror/unreferenced.json'), '{"a":');
      assert.deepEqual((await mirror(stream, folder, { pruneAfter: DAY })).pruned, []);
    });
  });
});
