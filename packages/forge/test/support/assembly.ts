// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@uptide/base';
import { type ElfObject, readObject } from '@uptide/elf';

const kept = new Map<string, Promise<Uint8Array>>();

/** Assembles an object file; the same source is assembled once. */
export async function assembledFile(source: string): Promise<Uint8Array> {
  let file = kept.get(source);
  if (file === undefined) {
    file = inFolder({ 'a.s': source }, async (cwd) => {
      await run('as', ['-o', 'a.o', 'a.s'], { cwd, package: 'binutils' });
      return await readFile(join(cwd, 'a.o'));
    });
    kept.set(source, file);
  }
  return await file;
}

/** Assembles an object. */
export async function assembled(...parts: readonly string[]): Promise<ElfObject> {
  return readObject(await assembledFile(parts.join('\n')));
}

/** Joins objects of several sources to one, as a module is made of its units; statics stay apart. */
export async function joined(...sources: readonly string[]): Promise<ElfObject> {
  const names = sources.map((_, i) => `${i}.o`);
  const files = await Promise.all(sources.map(assembledFile));
  const bytes = await inFolder(Object.fromEntries(files.map((file, i) => [`${i}.o`, file])), async (cwd) => {
    await run('ld', ['-r', '-o', 'out', ...names], { cwd, package: 'binutils' });
    return await readFile(join(cwd, 'out'));
  });
  return readObject(bytes);
}

/** Runs something in a folder that holds the given files and is gone afterwards. */
export async function inFolder<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  action: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'uptide-forge-'));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    return await action(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The call by which ftrace hooks a function. */
export const FENTRY = 'call __fentry__';

/** A static function in a section of its own, as -ffunction-sections gives it. */
export function local(name: string, ...body: readonly string[]): string {
  return code(`.text.${name}`, name, body);
}

/** The same for a global function. */
export function global(name: string, ...body: readonly string[]): string {
  return `.globl ${name}\n${local(name, ...body)}`;
}

/** A function in a section of any name, which other functions may share. */
export function code(section: string, name: string, body: readonly string[]): string {
  return [
    `.section ${section},"ax",@progbits`,
    `.type ${name}, @function`,
    `${name}:`,
    ...body,
    `.size ${name}, . - ${name}`,
  ].join('\n');
}

/** An object under a name. `flags` are those of the assembler's section directive. */
export function data(section: string, flags: string, name: string, ...body: readonly string[]): string {
  const type = section.startsWith('.bss') ? '@nobits' : '@progbits';
  return [
    `.section ${section},"${flags}",${type}`,
    `.type ${name}, @object`,
    `${name}:`,
    ...body,
    `.size ${name}, . - ${name}`,
  ].join('\n');
}

/** A string in the section that the linker merges, under a label. */
export function text(label: string, content: string): string {
  return `.section .rodata.str1.1,"aMS",@progbits,1\n${label}:\n.asciz ${JSON.stringify(content)}`;
}
