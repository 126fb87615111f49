// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { before, describe, it } from 'node:test';
import { run } from '@uptide/base';
import type { Baseline } from '@uptide/kernel';
import { moduleUnit } from '../../src/compile/source.ts';
import { stockKernel } from '../support/stock-kernel.ts';

const KERNEL_SIDE = resolve(import.meta.dirname, '../../../../kernel-side');

/** What Kbuild passes to sparse besides the compiler's arguments (the top Makefile's CHECKFLAGS). */
const CHECK_FLAGS = [
  '-D__CHECKER__',
  '-D__linux__',
  '-D__x86_64__',
  '-Wbitwise',
  '-Wno-unknown-attribute',
  '--arch=x86',
  '-mlittle-endian',
  '-m64',
];

let baseline: Baseline;
let files: string[];
before(async () => {
  baseline = await stockKernel();
  const names = await readdir(KERNEL_SIDE, { recursive: true });
  files = names.filter((name) => /\.[ch]$/.test(name)).map((name) => join(KERNEL_SIDE, name));
  assert.ok(files.length >= 3);
});

describe('the C that runs in the kernel', () => {
  it('is in the style of the kernel', async () => {
    // Attributes cannot stand in parentheses, as COMPLEX_MACRO asks; a macro that defines functions uses its
    // arguments more than once; what the forge defines or calls has no header; the SPDX check wants a Python module.
    const options = [
      '--terse',
      '--no-summary',
      '--strict',
      '--ignore',
      'COMPLEX_MACRO,MACRO_ARG_REUSE,AVOID_EXTERNS,SPDX_LICENSE_TAG',
    ];
    const script = join(baseline.tree, 'scripts/checkpatch.pl');
    const { stdout } = await run(
      'perl',
      [script, `--root=${baseline.tree}`, ...options, '--file', ...files],
      {
        anyStatus: true,
        package: 'perl',
      },
    );
    assert.equal(stdout.toString(), '');
  });

  it('is clean for sparse', async () => {
    const like = moduleUnit(await baseline.units());
    const compiler = like.compile.slice(1);
    const args = compiler.filter(
      (argument, i) =>
        !argument.startsWith('-Wp,') &&
        argument !== '-o' &&
        compiler[i - 1] !== '-o' &&
        !argument.endsWith('.c'),
    );
    for (const file of files) {
      const { status, stderr } = await run(
        'sparse',
        [...CHECK_FLAGS, ...args, `-I${join(KERNEL_SIDE, 'include')}`, file],
        { cwd: baseline.tree, anyStatus: true, package: 'sparse' },
      );
      assert.equal(stderr, '', file);
      assert.equal(status, 0, file);
    }
  });
});
