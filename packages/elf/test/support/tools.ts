// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@uptide/base';

const PACKAGES: Readonly<Record<string, string>> = {
  gcc: 'gcc',
  as: 'binutils',
  ld: 'binutils',
  readelf: 'binutils',
};

/** Runs a program of the toolchain in a folder of its own, which holds `input`, and gives file `output`. */
async function transform(
  program: string,
  args: readonly string[],
  input: Readonly<Record<string, string | Uint8Array>>,
  output: string,
): Promise<Uint8Array> {
  return await inFolder(input, async (cwd) => {
    await run(program, args, { cwd, package: PACKAGES[program] ?? 'binutils' });
    return await readFile(join(cwd, output));
  });
}

/** Compiles C to an object. */
export async function compile(source: string, flags: readonly string[]): Promise<Uint8Array> {
  return await transform('gcc', [...flags, '-c', '-o', 'a.o', 'a.c'], { 'a.c': source }, 'a.o');
}

/** Assembles an object. */
export async function assemble(source: string, flags: readonly string[] = []): Promise<Uint8Array> {
  return await transform('as', [...flags, '-o', 'a.o', 'a.s'], { 'a.s': source }, 'a.o');
}

/** Links one object. */
export async function link(object: Uint8Array, flags: readonly string[]): Promise<Uint8Array> {
  return await transform('ld', [...flags, '-o', 'out', 'a.o'], { 'a.o': object }, 'out');
}

/** What readelf prints of a file, without what depends on where things are in the file. */
export async function readelf(bytes: Uint8Array, ...flags: readonly string[]): Promise<string> {
  const { stdout, stderr } = await inFolder({ 'a.o': bytes }, (cwd) =>
    run('readelf', ['--wide', ...flags, 'a.o'], { cwd, package: 'binutils' }),
  );
  return (stdout.toString('latin1') + stderr)
    .replace(/Start of section headers: .*/, '')
    .replace(/starting at offset 0x[0-9a-f]+/, '')
    .replace(/ at offset 0x[0-9a-f]+ contains/g, ' contains')
    .replace(/^( {2}\[ *\d+\] .* [0-9a-f]{16}) [0-9a-f]{6,} /gm, '$1 ');
}

async function inFolder<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  action: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'uptide-elf-'));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    return await action(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
