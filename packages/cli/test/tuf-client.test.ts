// SPDX-License-Identifier: GPL-2.0-or-later
/** `uptide tuf-client` as the conformance suite calls it: what it prints does not count, its files and status do. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { serveFiles, withServer } from '../../stream/test/support/server.ts';
import { DAY, moment, Simulator } from '../../stream/test/support/simulator.ts';
import { uptide } from './support/uptide.ts';

/** A stream of today: the command has the clock of the machine. */
function presentStream(): Simulator {
  const stream = new Simulator();
  for (const state of stream.roles.values()) state.expires = moment(Date.now() + 30 * DAY);
  stream.addTarget('targets', 'path/to/file', 'text');
  stream.addTarget('targets', 'other', 'more');
  for (const role of ['targets', 'snapshot', 'timestamp', 'root']) stream.write(role);
  return stream;
}

async function withHost(
  work: (
    run: (...args: readonly string[]) => Promise<number>,
    folder: string,
    requests: () => string[],
  ) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'uptide-tuf-'));
  const stream = presentStream();
  try {
    await writeFile(join(folder, 'root.json'), stream.root);
    await withServer(serveFiles(stream.files), async ({ address, requests }) => {
      const metadata = ['tuf-client', '--metadata-dir', join(folder, 'metadata')];
      const there = ['--metadata-url', `${address}metadata`, '--target-base-url', `${address}targets/`];
      const run = async (...args: readonly string[]): Promise<number> =>
        (await uptide([...metadata, ...there, '--target-dir', join(folder, 'targets'), ...args], '/')).status;
      await work(run, folder, () => requests.map(({ url }) => `${url}`.slice(1)));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('uptide tuf-client', () => {
  it('begins with a root, refreshes, and brings targets once', async () => {
    await withHost(async (run, folder, requests) => {
      assert.equal(await run('init', join(folder, 'root.json')), 0);
      assert.deepEqual(requests(), []);
      assert.equal(await run('refresh'), 0);
      assert.deepEqual(requests(), [
        'metadata/2.root.json',
        'metadata/timestamp.json',
        'metadata/1.snapshot.json',
        'metadata/1.targets.json',
      ]);
      const names = (await readdir(join(folder, 'metadata'))).filter((name) => name.endsWith('.json'));
      assert.deepEqual(names.sort(), ['root.json', 'snapshot.json', 'targets.json', 'timestamp.json']);
      const wanted = ['--target-name', 'path/to/file', '--target-name', 'other', 'download'];
      for (const targets of [2, 2]) {
        assert.equal(await run(...wanted), 0);
        assert.equal(requests().filter((path) => path.startsWith('targets/')).length, targets);
      }
      assert.equal(await readFile(join(folder, 'targets', 'path%2Fto%2Ffile'), 'utf8'), 'text');
    });
  });
  it('ends with 1 whatever is wrong', async () => {
    await withHost(async (run, folder) => {
      assert.equal(await run('refresh'), 1);
      await writeFile(join(folder, 'bad.json'), '{}');
      assert.equal(await run('init', join(folder, 'bad.json')), 1);
      assert.equal(await run('init', join(folder, 'missing.json')), 1);
      assert.equal(await run('init', join(folder, 'root.json')), 0);
      assert.equal(await run('--target-name', 'unknown', 'download'), 1);
      assert.equal(await run('download'), 1);
    });
  });
});
