// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '@uptide/base';
import { stockKernel } from '../../../lab/test/support/stock-kernel.ts';
import { uptide } from '../support/uptide.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../../../examples');

let folder: string;
let release: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uptide-authors-'));
  release = (await stockKernel()).release;
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Creates an update from an example and proves it with the given probes; gives both answers. */
async function example(name: string, before: string, after: string) {
  const file = `${name}.uptide`;
  const patch = join(EXAMPLES, `${name}.patch`);
  const made = await uptide(
    ['create', patch, '--kernel', release, '--unreviewed', 'a test', '-o', file, '--json'],
    folder,
  );
  assert.equal(made.status, EXIT.done, made.stderr);
  const proven = await uptide(['prove', file, '--before', before, '--after', after, '--json'], folder);
  assert.equal(proven.status, EXIT.done, proven.stdout);
  assert.equal(JSON.parse(proven.stdout).verdict, 'proven');
  return JSON.parse(made.stdout);
}

describe('the examples of docs/authors.md', () => {
  it('a changed default and a changed table entry, set by a callback and put back', async () => {
    const limit = '/proc/sys/fs/pipe-max-size';
    const { findings, update } = await example(
      'pipe-limit',
      `grep -qx 1048576 ${limit} && echo 1048576 > ${limit}`,
      `grep -qx 524288 ${limit} && ! echo 524288 > ${limit}`,
    );
    assert.deepEqual(
      findings
        .map(({ code, place }: { code: string; place: { symbol: string } }) => [code, place.symbol])
        .sort(),
      [
        ['AUTHOR_IGNORED', 'fs_pipe_sysctls'],
        ['AUTHOR_IGNORED', 'pipe_max_size'],
      ],
    );
    assert.deepEqual(update.objects[0].callbacks, ['post_unpatch', 'pre_patch']);
  });

  it('a field in a shadow variable, under a lock of its own', async () => {
    const { findings, update } = await example(
      'cmdline-count',
      "! grep -q 'read [0-9]* times' /proc/cmdline",
      "grep -q 'read 10[1-9] times' /proc/cmdline",
    );
    assert.deepEqual(
      findings.map(({ code }: { code: string }) => code),
      ['EXAMINE_LOCKS_CHANGED'],
    );
    assert.deepEqual(update.states, [{ id: '0x55500001', version: 1 }]);
  });
});
