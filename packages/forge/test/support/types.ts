// SPDX-License-Identifier: GPL-2.0-or-later
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@uptide/base';
import { type BtfTypes, readBtf } from '@uptide/kernel';
import { inFolder } from './assembly.ts';

/** The types of a C source, by the compiler and pahole. */
export async function typesOf(source: string): Promise<BtfTypes> {
  return await inFolder({ 'a.c': source }, async (cwd) => {
    await run('gcc-12', ['-g', '-c', '-o', 'a.o', 'a.c'], { cwd, package: 'gcc-12' });
    await run('pahole', ['--btf_encode_detached=a.btf', '--btf_encode', 'a.o'], { cwd, package: 'dwarves' });
    return readBtf(await readFile(join(cwd, 'a.btf')));
  });
}
