// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ModuleSource, moduleOrder, softdepsOf } from '../src/prove/module-order.ts';
import { moduleWithInfo } from './support/module-writer.ts';

/** A kernel with modules of these `.modinfo` lines, by path. */
function kernel(modules: Readonly<Record<string, readonly string[]>>): ModuleSource {
  const paths = Object.keys(modules);
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const shipped = new Map(paths.map((path) => [nameOf(path), { name: nameOf(path), path: `${path}.ko` }]));
  return {
    modules: async () => shipped,
    module: async (name) => {
      const path = paths.find((one) => nameOf(one) === name);
      return path === undefined ? undefined : moduleWithInfo(modules[path] ?? []);
    },
  };
}

describe('moduleOrder', () => {
  const source = kernel({
    'kernel/fs/ext4': ['depends=jbd2,mbcache'],
    'kernel/fs/jbd2': ['depends=libcrc'],
    'kernel/fs/mbcache': ['depends='],
    'kernel/lib/libcrc': ['depends=', 'softdep=pre: crc32c'],
    'kernel/arch/x86/crypto/crc32c_intel': ['depends=', 'alias=crc32c'],
    'kernel/crypto/crc32c_generic': ['depends=', 'alias=crypto-crc32c', 'alias=crc32c'],
    'kernel/drivers/a': ['depends=', 'softdep=pre: b absent platform:x post: ext4'],
    'kernel/drivers/b': ['depends=', 'softdep=pre: a'],
    'kernel/drivers/broken': ['depends=gone'],
  });

  it('puts each module after what it links against and what it asks for', async () => {
    assert.deepEqual(await moduleOrder(source, ['ext4']), [
      'crc32c_generic',
      'libcrc',
      'jbd2',
      'mbcache',
      'ext4',
    ]);
  });

  it('is the same for the same names in another order, each once', async () => {
    const order = await moduleOrder(source, ['ext4', 'a', 'jbd2', 'a']);
    assert.deepEqual(order, await moduleOrder(source, ['jbd2', 'a', 'ext4']));
    assert.equal(new Set(order).size, order.length);
  });

  it('breaks a circle of softdeps, and leaves out what no module answers to', async () => {
    assert.deepEqual(await moduleOrder(source, ['a']), ['b', 'a']);
    assert.deepEqual(await moduleOrder(source, ['b']), ['a', 'b']);
  });

  it('leaves out modules that the kernel does not have', async () => {
    assert.deepEqual(await moduleOrder(source, ['broken', 'unheard_of']), ['broken']);
  });
});

describe('softdepsOf', () => {
  const of = (...softdep: readonly string[]) => softdepsOf(new Map([['softdep', softdep]]));

  it('takes what comes before, of all entries', () => {
    assert.deepEqual(of('pre: a b post: c pre: d', 'pre:e', 'f', 'pre:  g'), ['a', 'b', 'd', 'g']);
    assert.deepEqual(softdepsOf(new Map()), []);
  });
});
