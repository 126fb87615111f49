// SPDX-License-Identifier: GPL-2.0-or-later
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@uptide/base';
import { diffObjects, type ObjectDiff } from '../../src/compare/diff-objects.ts';
import { inFolder } from './assembly.ts';

/** What the kernel's build says to the compiler, as far as it shows in an object. */
const FLAGS = [
  '-O2',
  '-std=gnu11',
  '-ffreestanding',
  '-mcmodel=kernel',
  '-mno-red-zone',
  '-mno-sse',
  '-fno-pic',
  '-fno-asynchronous-unwind-tables',
  '-fno-strict-aliasing',
  '-fno-common',
  '-fno-stack-protector',
  '-fno-jump-tables',
  '-pg',
  '-mfentry',
  '-ffunction-sections',
  '-fdata-sections',
  '-w',
];

/** What the kernel's headers give to the sources of the tests. */
const PRELUDE = `
typedef unsigned int u32; typedef unsigned long u64; typedef _Bool bool;
#define noinline __attribute__((noinline))
#define __section(s) __attribute__((section(s)))
#define __init __section(".init.text") __attribute__((cold, no_instrument_function))
#define __exit __section(".exit.text") __attribute__((cold, no_instrument_function))
#define unlikely(x) __builtin_expect(!!(x), 0)
#define WARN_ON(c) ({ bool __c = !!(c); if (unlikely(__c)) \\
  asm volatile("1: ud2\\n.pushsection __bug_table,\\"aw\\"\\n2: .long 1b - .\\n.long %c0 - .\\n.word %c1\\n.word %c2\\n" \\
    ".org 2b + 12\\n.popsection" :: "i"(__FILE__), "i"(__LINE__), "i"(2305)); __c; })
#define static_branch(key) ({ __label__ yes, out; bool r = 0; asm goto("1: .byte 0x0f,0x1f,0x44,0x00,0x00\\n" \\
  ".pushsection __jump_table,\\"aw\\"\\n.balign 8\\n.long 1b - ., %l[yes] - .\\n.quad %c0 - .\\n.popsection" \\
  :: "i"(key) :: yes); goto out; yes: r = 1; out: r; })
#define alternative(old, new, feature) asm volatile("661: " old "\\n662:\\n.skip -((6651f-6641f)-(662b-661b) > 0) * ((6651f-6641f)-(662b-661b)),0x90\\n663:\\n" \\
  ".pushsection .altinstructions,\\"a\\"\\n.long 661b - ., 6641f - .\\n.4byte " #feature "\\n.byte 663b - 661b, 6651f - 6641f\\n.popsection\\n" \\
  ".pushsection .altinstr_replacement,\\"ax\\"\\n6641: " new "\\n6651:\\n.popsection" ::: "memory")
extern int printk(const char *, ...);
extern void __might_sleep(const char *, int);
#define might_sleep() __might_sleep(__FILE__, __LINE__)
extern int sink(u64), other(u64);
#line 1 "drivers/x/file.c"
`;

/** Compiles C as kernel code; \`#line\` makes the lines those of the source alone. */
export async function compiledFile(
  source: string,
  flags: readonly string[] = [],
  compiler = 'gcc-12',
): Promise<Uint8Array> {
  return await inFolder({ 'a.c': PRELUDE + source }, async (cwd) => {
    await run(compiler, [...FLAGS, ...flags, '-c', '-o', 'a.o', 'a.c'], { cwd, package: compiler });
    return await readFile(join(cwd, 'a.o'));
  });
}

/** Compiles two versions of a source and compares them. */
export async function diffed(
  original: string,
  patched: string,
  flags: readonly string[] = [],
  compiler = 'gcc-12',
): Promise<ObjectDiff> {
  const [pre, post] = await Promise.all([
    compiledFile(original, flags, compiler),
    compiledFile(patched, flags, compiler),
  ]);
  return diffObjects(pre, post);
}

/** The names in the answer. */
export function changes({ changed, new: added, removed }: ObjectDiff): {
  readonly changed: readonly string[];
  readonly new: readonly string[];
  readonly removed: readonly string[];
} {
  return { changed, new: added, removed };
}

/** The codes of the findings, each once. */
export function codes({ findings }: ObjectDiff): string[] {
  return [...new Set(findings.map(({ code }) => code))].sort();
}
