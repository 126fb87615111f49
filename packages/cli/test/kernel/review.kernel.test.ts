// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '@uptide/base';
import { type Description, decodeUpdate } from '@uptide/stream';
import { stockKernel } from '../../../lab/test/support/stock-kernel.ts';
import { type Ended, uptide } from '../support/uptide.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../../../examples/cmdline-count.patch');

let folder: string;
let release: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uptide-cli-'));
  await copyFile(EXAMPLE, join(folder, 'a.patch'));
  ({ release } = await stockKernel());
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

const run = (command: string, ...more: string[]): Promise<Ended> =>
  uptide([command, 'a.patch', '--kernel', release, ...more, '--json'], folder);

async function descriptionOf(name: string): Promise<Description> {
  return decodeUpdate(await readFile(join(folder, name))).description;
}

describe('uptide review', () => {
  it('lets an update be made when its finding is signed off, or left with words', async () => {
    const refused = await run('create', '-o', 'a.uptide');
    assert.equal(refused.status, EXIT.refused, refused.stderr);
    const [open] = JSON.parse(refused.stdout).findings;
    assert.deepEqual([open.code, open.verdict], ['EXAMINE_LOCKS_CHANGED', 'review']);

    const left = await run('create', '-o', 'left.uptide', '--unreviewed', 'only a test');
    assert.equal(left.status, EXIT.done, left.stderr);
    assert.deepEqual((await descriptionOf('left.uptide')).unreviewed, { reason: 'only a test' });

    assert.equal((await run('review', '--list')).status, EXIT.refused);
    const accept = ['--accept', open.id, '--reason', 'a lock of its own', '--name', 'A Maker'];
    assert.equal((await run('review', ...accept)).status, EXIT.done);
    assert.equal((await run('review', '--list')).status, EXIT.done);

    const made = await run('create', '-o', 'a.uptide');
    assert.equal(made.status, EXIT.done, made.stderr);
    const { findings, unreviewed, id } = await descriptionOf('a.uptide');
    assert.deepEqual([findings[0]?.signedOff?.name, unreviewed], ['A Maker', undefined]);
    assert.equal(id, (await descriptionOf('left.uptide')).id);

    const rebuilt = await uptide(['verify', 'a.uptide', '--rebuild', '--json'], folder);
    assert.equal(rebuilt.status, EXIT.done, rebuilt.stdout);
  });
});
