// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { openArchive } from '../src/air-gap/archive.ts';
import { type ExportOptions, exportStream } from '../src/air-gap/export.ts';
import { importStream } from '../src/air-gap/import.ts';
import { lateBy, MAX_LATE_DAYS } from '../src/air-gap/lateness.ts';
import { openTrustedStream } from '../src/client/open.ts';
import { subscribeFolder } from '../src/client/trust-folder.ts';
import { StreamError } from '../src/error.ts';
import { EVERYTHING } from '../src/mirror/filter.ts';
import { folderSource } from '../src/source/folder.ts';
import { writeTar } from '../src/update/tar.ts';
import { BLOCK, file as tarFile, withHeaderField } from './support/archive.ts';
import { withFolder } from './support/client.ts';
import { addLevel, DEBIAN, kernelStream, publish, UBUNTU } from './support/kernel-stream.ts';
import { DAY, moment, NOW, type Simulator } from './support/simulator.ts';

const LEVEL = `${DEBIAN}/level-1.uptide`;
const day = (days: number): string => moment(NOW + days * DAY).slice(0, 10);

async function exported(
  stream: Simulator,
  folder: string,
  changes: Partial<ExportOptions> = {},
): Promise<string> {
  const file = join(folder, 'stream.export');
  const options = { source: stream.source(), root: stream.root, filter: EVERYTHING, now: () => NOW };
  await exportStream({ ...options, file, expires: day(20), ...changes });
  return changes.file ?? file;
}

async function imported(file: string, folder: string, root: Uint8Array | undefined, days = 0) {
  return await importStream({ file, folder: join(folder, 'site'), root, now: () => NOW + days * DAY });
}

/** What a host gets from the folder of a site. */
async function hostReads(stream: Simulator, folder: string, path: string, days: number, late?: number) {
  return await withFolderResult(async (trust) => {
    await subscribeFolder(trust, stream.root);
    const opened = await openTrustedStream({
      folder: trust,
      source: folderSource(join(folder, 'site')),
      now: () => NOW + days * DAY,
      ...(late === undefined ? {} : { late: lateBy(late * DAY) }),
    });
    await opened.refresh();
    return Buffer.from(await opened.download(path)).toString();
  });
}

async function withFolderResult<T>(work: (folder: string) => Promise<T>): Promise<T> {
  let result: { value: T } | undefined;
  await withFolder(async (folder) => {
    result = { value: await work(folder) };
  });
  return result?.value ?? assert.fail();
}

describe('an export', () => {
  it('is imported into a folder that hosts follow', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      const file = await exported(stream, folder);
      assert.deepEqual(readdirSync(folder), ['stream.export']);
      assert.equal((await imported(file, folder, stream.root)).targets.fetched, 9);
      assert.match(await hostReads(stream, folder, LEVEL, 0), /^level 1/);
    });
  });
  it('is the same file for the same stream', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      const one = readFileSync(await exported(stream, folder));
      const other = readFileSync(await exported(stream, folder, { file: join(folder, 'other') }));
      assert.ok(one.equals(other));
    });
  });
  it('carries the part that was asked for', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      const filter = { distributions: ['debian-12'], releases: ['6.1.*'] };
      const file = await exported(stream, folder, { filter });
      assert.equal((await imported(file, folder, stream.root)).targets.carried, 3);
      await assert.rejects(hostReads(stream, folder, `${UBUNTU}/index.json`, 0), {
        code: 'STREAM_NOT_MIRRORED',
      });
    });
  });
  it('carries every root', async () => {
    const stream = kernelStream();
    stream.publish('root');
    await withFolder(async (folder) => {
      const file = await exported(stream, folder, { root: stream.file('metadata/2.root.json') });
      await imported(file, folder, stream.file('metadata/1.root.json'));
      assert.match(await hostReads(stream, folder, LEVEL, 0), /^level 1/);
    });
  });
  it('ends on a day that an importer accepts', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      for (const expires of [day(-1), day(30 + MAX_LATE_DAYS + 1)]) {
        await assert.rejects(exported(stream, folder, { expires }), { code: 'STREAM_EXPORT_TOO_LONG' });
      }
      await exported(stream, folder, { expires: day(30 + MAX_LATE_DAYS - 1) });
    });
  });
  it('is made twice at once into one file', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      await Promise.all([exported(stream, folder), exported(stream, folder)]);
      assert.deepEqual(readdirSync(folder), ['stream.export']);
      await imported(join(folder, 'stream.export'), folder, stream.root);
    });
  });
  it('is not made when it is interrupted, and goes on where it stopped', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      const signal = AbortSignal.abort();
      await assert.rejects(exported(stream, folder, { signal }), { code: 'INTERRUPTED' });
      assert.ok(!existsSync(join(folder, 'stream.export')));
      await exported(stream, folder);
    });
  });
});

describe('an import', () => {
  it('brings news, and goes back to none', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      const old = await exported(stream, folder, { file: join(folder, 'old') });
      addLevel(stream, DEBIAN, 2);
      publish(stream);
      const fresh = await exported(stream, folder);
      await imported(old, folder, stream.root);
      assert.equal((await imported(fresh, folder, undefined)).targets.fetched, 3);
      await assert.rejects(imported(old, folder, undefined), { code: 'STREAM_ROLLBACK' });
      assert.match(await hostReads(stream, folder, `${DEBIAN}/index.json`, 0), /at 2$/);
    });
  });
  it('needs a root the first time', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      await assert.rejects(imported(await exported(stream, folder), folder, undefined), {
        code: 'STREAM_NO_ROOT',
      });
    });
  });
  it('takes no export of another stream', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      await imported(await exported(stream, folder), folder, stream.root);
      const stranger = kernelStream();
      const forged = await exported(stranger, folder, { file: join(folder, 'forged'), root: stranger.root });
      await assert.rejects(imported(forged, folder, undefined), { code: 'STREAM_WRONG_KEY' });
    });
  });
  it('is accepted until the day that it says, although the timestamp ended before', async () => {
    const stream = kernelStream();
    for (const role of ['timestamp', 'snapshot', 'rollout']) {
      stream.state(role).expires = moment(NOW + 2 * DAY);
    }
    publish(stream);
    await withFolder(async (folder) => {
      const file = await exported(stream, folder);
      await imported(file, folder, stream.root, 20);
      await assert.rejects(imported(file, folder, undefined, 21), { code: 'STREAM_EXPORT_EXPIRED' });
    });
  });
  it('holds what says what may be loaded to its own end', async () => {
    const stream = kernelStream();
    stream.state('debian-12').expires = moment(NOW + 5 * DAY);
    publish(stream);
    await withFolder(async (folder) => {
      await assert.rejects(imported(await exported(stream, folder), folder, stream.root, 6), {
        code: 'STREAM_EXPIRED',
      });
    });
  });
});

describe('a host behind an air gap', () => {
  const aged = (): Simulator => {
    const stream = kernelStream();
    for (const role of ['timestamp', 'snapshot', 'rollout'])
      stream.state(role).expires = moment(NOW + 2 * DAY);
    publish(stream);
    return stream;
  };

  it('takes old news for as long as its keeper allows, and no longer', async () => {
    const stream = aged();
    await withFolder(async (folder) => {
      await imported(await exported(stream, folder), folder, stream.root);
      const rollout = `rollout/${DEBIAN}.json`;
      await assert.rejects(hostReads(stream, folder, LEVEL, 5), { code: 'STREAM_EXPIRED' });
      assert.match(await hostReads(stream, folder, LEVEL, 5, 7), /^level 1/);
      assert.match(await hostReads(stream, folder, rollout, 8, 7), /^rollout/);
      await assert.rejects(hostReads(stream, folder, LEVEL, 9, 7), { code: 'STREAM_EXPIRED' });
    });
  });
});

describe('an export that is damaged', () => {
  const damage: [string, (bytes: Buffer, described: number) => Buffer | Uint8Array][] = [
    ['empty', () => Buffer.alloc(0)],
    ['cut off in a header', (bytes) => bytes.subarray(0, 100)],
    ['cut off in a content', (bytes) => bytes.subarray(0, bytes.length - 3000)],
    ['without its end', (bytes) => bytes.subarray(0, bytes.length - BLOCK)],
    ['longer than its end', (bytes) => Buffer.concat([bytes, Buffer.alloc(BLOCK)])],
    ['with a changed content', (bytes, at) => flip(bytes, at + BLOCK + 5)],
    ['with something in the padding', (bytes) => flip(bytes, bytes.length - 2 * BLOCK - 1)],
    ['with another owner', (bytes) => withHeaderField(bytes, 0, 108, '0000001')],
    ['another archive', () => writeTar([tarFile('update.json', '{}\n')])],
    ['with a description that is no JSON', () => writeTar([tarFile('export.json', '{')])],
    ['with a description of another form', () => writeTar([tarFile('export.json', '{\n  "schema": 2\n}\n')])],
    ['swapped for noise', (bytes) => Buffer.alloc(bytes.length, 7)],
  ];
  const flip = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  for (const [what, change] of damage) {
    it(`is refused: ${what}`, async () => {
      const stream = kernelStream();
      await withFolder(async (folder) => {
        const file = await exported(stream, folder);
        const bytes = readFileSync(file);
        const size = Number.parseInt(bytes.subarray(124, 135).toString(), 8);
        const described = BLOCK + Math.ceil(size / BLOCK) * BLOCK;
        writeFileSync(file, change(bytes, described));
        await assert.rejects(imported(file, folder, stream.root), { code: 'STREAM_EXPORT_DAMAGED' });
        assert.ok(!existsSync(join(folder, 'site')));
      });
    });
  }
  it('is refused when its contents stand in another order, or one too many', async () => {
    const contents = [tarFile('a', 'x'), tarFile('b', 'y')];
    await withFolder(async (folder) => {
      const file = join(folder, 'x');
      const describedAs = (files: object[]) =>
        tarFile(
          'export.json',
          `${JSON.stringify({ schema: 1, carries: { distributions: [], releases: [] }, expires: '2030-01-01', files })}\n`,
        );
      writeFileSync(file, writeTar([describedAs([]), ...contents]));
      await assert.rejects(openArchive(file), { code: 'STREAM_EXPORT_DAMAGED' });
    });
  });
  it('is refused whichever byte is another one, or the words about it are other words', async () => {
    await withFolder(async (folder) => {
      const bytes = readFileSync(await exported(kernelStream(), folder));
      const file = join(folder, 'changed');
      const open = async (content: Uint8Array) => {
        writeFileSync(file, content);
        const archive = await openArchive(file);
        return await archive
          .verify()
          .then(
            () => archive.described,
            () => undefined,
          )
          .finally(archive.close);
      };
      const words = await open(bytes);
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
          const copy = Buffer.from(bytes);
          copy[at] = (copy[at] ?? 0) ^ mask;
          const found = await open(copy).catch((error: unknown) => {
            assert.ok(error instanceof StreamError && error.code === 'STREAM_EXPORT_DAMAGED');
            return undefined;
          });
          assert.notDeepEqual(found, words);
        }),
        { numRuns: 200 },
      );
    });
  });
  it('does not spoil what is there', async () => {
    const stream = kernelStream();
    await withFolder(async (folder) => {
      const file = await exported(stream, folder);
      await imported(file, folder, stream.root);
      truncateSync(file, 5000);
      await assert.rejects(imported(file, folder, undefined), { code: 'STREAM_EXPORT_DAMAGED' });
      assert.match(await hostReads(stream, folder, LEVEL, 0), /^level 1/);
    });
  });
});
