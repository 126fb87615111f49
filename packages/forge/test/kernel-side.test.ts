// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import { kernelSideFiles } from '@uptide/forge';
import { updateId } from '../src/create/identity.ts';

const FOLDER = resolve(import.meta.dirname, '../../../kernel-side');
const KERNEL = { release: '6.1.0-50-amd64', buildId: 'c0ffee', digest: 'd1' };
const PATCH = { path: 'a.patch', bytes: Buffer.from('a') };

describe('our own C', () => {
  it('is all that lies in kernel-side', async () => {
    const paths = (await kernelSideFiles()).map(({ path }) => path);
    assert.deepEqual(paths, globSync('**/*.{c,h}', { cwd: FOLDER }).sort());
  });

  it('is a part of the id of an update, as are kernel and patches', async () => {
    const files = await kernelSideFiles();
    const changed = files.map((file, index) => (index === 0 ? { ...file, bytes: Buffer.from('x') } : file));
    const ids = [
      updateId(KERNEL, files, [PATCH]),
      updateId(KERNEL, changed, [PATCH]),
      updateId(KERNEL, files.slice(1), [PATCH]),
      updateId(KERNEL, files, [PATCH, PATCH]),
      updateId({ ...KERNEL, digest: 'd2' }, files, [PATCH]),
    ];
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(updateId(KERNEL, files, [{ ...PATCH, path: 'other.patch' }]), ids[0]);
  });
});
