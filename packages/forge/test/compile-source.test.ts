// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, it } from 'node:test';
import type { CompiledObject } from '../src/compile/cache.ts';
import { compileSource, type SourceOptions } from '../src/compile/source.ts';
import { failsLater } from './support/fails.ts';
import { type FakeTree, fakeUnit, withFakeTree } from './support/fake-tree.ts';

const LIKE = fakeUnit(
  'fs/nls/nls-x.c',
  ['-DMODULE', '-DKBUILD_MODNAME="nls_x"', '-D__KBUILD_MODNAME=kmod_nls_x'],
  'nls_x',
);
const SOURCE = `#include <config.h>
#include "own.h"
const char *names[] = { KBUILD_MODNAME, KBUILD_BASENAME, KBUILD_MODFILE, __FILE__ };
int __KBUILD_MODNAME = CONFIG + OWN;
`;

async function compile(
  { baseline, workFolder }: FakeTree,
  options: Partial<SourceOptions> = {},
): Promise<CompiledObject & { readonly key: string }> {
  return await compileSource({
    baseline,
    workFolder,
    name: 'uptide_glue',
    source: Buffer.from(SOURCE),
    headers: new Map([['own.h', Buffer.from('#define OWN 1\n')]]),
    like: LIKE,
    ...options,
  });
}

function withTree(work: (tree: FakeTree) => Promise<void>): Promise<void> {
  return withFakeTree({ 'include/config.h': '#define CONFIG 7\n' }, [], work);
}

describe('a source of ours', () => {
  it('is compiled as the file of a module of its name, without a trace of where', () =>
    withTree(async (tree) => {
      const { object, dependencies } = await compile(tree);
      const text = Buffer.from(object).toString('latin1');
      assert.ok(text.includes('uptide_glue\0'));
      assert.ok(text.includes('kmod_uptide_glue\0'));
      assert.ok(text.includes('uptide_glue.c\0'));
      for (const leak of [tree.workFolder, tree.baseline.tree, 'nls'])
        assert.equal(text.includes(leak), false, leak);
      assert.deepEqual(dependencies, ['include/config.h']);
      assert.deepEqual(await readdir(tree.workFolder), []);
    }));
  it('is kept by all that it is made from', () =>
    withTree(async (tree) => {
      const first = await compile(tree);
      assert.deepEqual(await compile(tree), first);
      const other = [
        await compile(tree, { source: Buffer.from(`${SOURCE}int more;\n`) }),
        await compile(tree, { headers: new Map([['own.h', Buffer.from('#define OWN 2\n')]]) }),
        await compile(tree, { name: 'uptide_other' }),
        await compile(tree, { extra: ['-DMORE'] }),
        await compile(tree, { baseline: { ...tree.baseline, digest: 'other' } }),
        await compile(tree, { like: fakeUnit('fs/y.c', ['-DMODULE']) }),
      ];
      assert.equal(new Set([first, ...other].map(({ key }) => key)).size, 7);
    }));
  it('that does not compile is told in the words of the compiler', () =>
    withTree(async (tree) => {
      const error = await failsLater('COMPILE_SOURCE_FAILED', () =>
        compile(tree, { source: Buffer.from('#error no\n') }),
      );
      assert.match(error.message, /uptide_glue\.c:1:2: error: #error no/);
      assert.equal(error.message.includes(tree.workFolder), false);
    }));
  it('has a plain name, and so have its headers', () =>
    withTree(async (tree) => {
      for (const name of ['', '../x', 'a-b', 'a b', '1a']) {
        await failsLater('COMPILE_COMMAND', () => compile(tree, { name }));
      }
      await failsLater('COMPILE_COMMAND', () =>
        compile(tree, { headers: new Map([['../own.h', Buffer.alloc(0)]]) }),
      );
    }));
});
