// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT, type Finding } from '@uptide/base';
import { stockKernel } from '../../../lab/test/support/stock-kernel.ts';
import { uptide } from '../support/uptide.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../../../examples');

let folder: string;
let release: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uptide-cli-'));
  ({ release } = await stockKernel());
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function examine(example: string, ...options: string[]) {
  return await uptide(['examine', join(EXAMPLES, example), '--kernel', release, ...options], folder);
}

describe('uptide examine', () => {
  it('says in JSON what a person must judge, and writes nothing', async () => {
    const { status, stdout, stderr } = await examine('cmdline-count.patch', '--json');
    assert.equal(status, EXIT.done, stderr);
    const { schema, verdict, findings } = JSON.parse(stdout);
    assert.deepEqual([schema, verdict], [1, 'examined']);
    assert.deepEqual(
      findings.map((found: Finding) => [found.code, found.verdict, found.place.symbol]),
      [['EXAMINE_LOCKS_CHANGED', 'review', 'cmdline_proc_show']],
    );
    assert.deepEqual(await readdir(folder), []);
  });
  it('says that nothing was found', async () => {
    const { status, stdout } = await examine('cmdline-mark.patch');
    assert.deepEqual([status, stdout], [EXIT.done, 'no rule found anything to judge\n']);
  });
});
