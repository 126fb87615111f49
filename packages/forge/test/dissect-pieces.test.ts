// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ElfObject, type ElfSection, readObject, relocationsOf, SHF } from '@uptide/elf';
import fc from 'fast-check';
import { dissect } from '../src/dissect/dissect.ts';
import { isPadding } from '../src/dissect/instructions.ts';
import type { Dissection, Piece } from '../src/dissect/piece.ts';
import { IGNORED_SECTIONS } from '../src/dissect/sections.ts';
import { SPECIAL_TABLES } from '../src/dissect/tables/index.ts';
import { assembled, code, data, FENTRY, global, local, text } from './support/assembly.ts';
import { compiledFile } from './support/pairs.ts';

/** The only piece of a name. */
function named(dissection: Dissection, name: string): Piece {
  const [piece, ...more] = dissection.named.get(name) ?? [];
  assert.ok(piece !== undefined && more.length === 0, name);
  return piece;
}

/**
 * Accounts for every byte of every section that would be loaded: pieces, entries of tables, literals and
 * sections that say nothing; between pieces there may be filler alone. Returns the bytes of each kind.
 */
function account(object: ElfObject): {
  readonly pieces: number;
  readonly tables: number;
  readonly filler: number;
} {
  const { pieces, orphans } = dissect(object);
  const sum = { pieces: 0, tables: 0, filler: 0 };
  for (const section of object.sections) {
    if (
      (section.flags & SHF.ALLOC) === 0 ||
      IGNORED_SECTIONS.some(
        ({ prefix }) => section.name.startsWith(prefix) && section.name !== '.orc_unwind_ip',
      )
    )
      continue;
    const size = sizeOf(section);
    if (SPECIAL_TABLES.some((table) => table.section === section.name)) {
      const entries = [...pieces.flatMap((piece) => piece.entries), ...orphans].filter(
        (entry) => entry.section === section,
      );
      const bytes = entries.reduce((total, entry) => total + entry.bytes.length, 0);
      assert.ok(bytes >= size && bytes - size < 8, `${section.name}: ${bytes} of ${size}`);
      sum.tables += bytes;
      continue;
    }
    if ((section.flags & SHF.MERGE) !== 0) continue;
    const own = pieces.filter((piece) => piece.section === section).toSorted((a, b) => a.start - b.start);
    let covered = 0;
    for (const piece of [...own, undefined]) {
      const start = piece?.start ?? size;
      assert.ok(start >= covered, `${section.name} has two pieces at ${start}`);
      if (start > covered) sum.filler += filler(object, section, covered, start);
      covered = piece?.end ?? size;
      if (piece !== undefined) sum.pieces += piece.end - piece.start;
    }
  }
  return sum;
}

function sizeOf({ content }: ElfSection): number {
  if (content.kind === 'bytes') return content.bytes.length;
  return content.kind === 'nobits' ? content.size : 0;
}

function filler(object: ElfObject, section: ElfSection, start: number, end: number): number {
  assert.ok(section.content.kind === 'bytes', `${section.name} has no content at ${start}`);
  assert.ok(
    isPadding(section.content.bytes.subarray(start, end)),
    `${section.name} ${start} to ${end} is dropped`,
  );
  const fields = relocationsOf(object, section.index).filter(({ offset }) => offset >= start && offset < end);
  assert.equal(fields.length, 0, `${section.name} has a field between ${start} and ${end}`);
  return end - start;
}

const SOURCE = `
struct o { int (*call)(u64); const char *name; };
static int count; int table[] = {1,2,3}; const char *names[] = {"one","two"};
static noinline int part(u64 *a){ static int calls; WARN_ON(*a > 3); return sink(*a + calls++); }
int f(u64 a){ might_sleep(); alternative("nop", "lfence", 5); return part(&a) + count++; }
int g(u64 a){ switch(a){case 0:return sink(1);case 1:return other(2);case 2:return sink(3);case 3:return other(4);case 4:return sink(9);default:return printk(names[a & 1]);} }
static const struct o ops = { g, "ops" }; const struct o *current = &ops;
int __init start(void){ return sink((u64)current); }
int noinline __section(".sched.text") s(u64 a){ return g(a) + 1; }
int __section(".sched.text") t(u64 a){ return s(a) + 2; }
`;

for (const flags of [
  [],
  ['-fjump-tables', '-Os'],
  ['-fno-function-sections', '-fno-data-sections'],
  ['-fcf-protection=branch', '-fpatchable-function-entry=16,16', '-falign-functions=16'],
  ['-fsanitize=bounds,shift', '-g'],
]) {
  test(`every byte of a compiled object is accounted for: ${flags.join(' ')}`, async () => {
    const sum = account(readObject(await compiledFile(SOURCE, flags)));
    assert.ok(sum.pieces > 300 && sum.tables >= 26, JSON.stringify(sum));
  });
}

test('every byte of any assembly is', async () => {
  const part = fc.constantFrom(
    local('a', FENTRY, 'lea b(%rip),%rax', 'ret'),
    code('.text.shared', 'b', ['nop', 'jmp c', 'ret']),
    code('.text.shared', 'c', ['jmp b', '.fill 20, 1, 0xcc']),
    '.section .text.shared\n.p2align 4\n.byte 0xc3\n.fill 7, 1, 0x90',
    data('.data.x', 'aw', 'x', '.quad a, y+4'),
    data('.data.shared', 'aw', 'y', '.long 1, 2'),
    '.section .data.shared,"aw"\n.p2align 5\n.quad 0\n.quad y',
    text('.LC0', 'text'),
    '.section .rodata,"a"\n.quad .LC0, a, 5',
    '.bss\n.zero 40',
    '.section .smp_locks,"a"\n.long a - .',
  );
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(part, { minLength: 1 }), async (parts) => {
      account(await assembled(...parts));
    }),
    { numRuns: 40 },
  );
});

test('a distance that the assembler computed between functions is a reference', async () => {
  const object = dissect(
    await assembled(
      code('.text.s', 'a', ['call b', 'lea b+1(%rip),%rax', 'movl $5,c(%rip)', 'je a', 'ret']),
      code('.text.s', 'b', ['nop', 'ret']),
      code('.text.s', 'c', ['.long 7']),
    ),
  );
  const found = named(object, 'a').references.map(({ at, width, branch, implicit, target }) => [
    at,
    width,
    branch,
    implicit,
    target.kind === 'piece' ? `${target.piece.name}+${target.offset}` : '',
  ]);
  assert.deepEqual(found, [
    [1, 4, true, true, 'b+0'],
    [8, 4, false, true, 'b+1'],
    [14, 4, false, true, 'c+0'],
  ]);
});

test('a pointer to the end of an object is its own when it has a section to itself', async () => {
  const object = dissect(
    await assembled(
      local('f', 'mov $x+8,%rdi', 'mov $x-4,%rsi', 'ret'),
      data('.data.x', 'aw', 'x', '.quad 1'),
    ),
  );
  const targets = named(object, 'f').references.map(({ target }) =>
    target.kind === 'piece' ? [target.piece.name, target.offset] : [],
  );
  assert.deepEqual(targets, [
    ['x', 8],
    ['x', -4],
  ]);
});

test('unnamed code is divided where nothing runs on, and nowhere else', async () => {
  const object = dissect(
    await assembled(
      local(
        'f',
        '1: jmp 2f',
        '.section .fixup,"ax"',
        '2: mov $1,%eax',
        '3: jmp 1b',
        '4: mov $2,%eax',
        'jmp 1b',
        '.section .text.f',
        'jmp 3b',
        'jmp 4b',
      ),
    ),
  );
  const parts = object.pieces
    .filter(({ section }) => section.name === '.fixup')
    .map(({ start, end }) => end - start);
  assert.deepEqual(parts, [10, 10]);
  const offsets = named(object, 'f').references.map(({ target }) => target.offset);
  assert.deepEqual(offsets, [0, 5, 0]);
});

test('zeroes that a relocation fills in are no filler', async () => {
  const object = dissect(
    await assembled('.section .table,"a"\n.balign 8\n.quad outside', '.section .table2,"a"\n.quad 0'),
  );
  assert.deepEqual(
    object.pieces.map(({ section, references }) => [section.name, references.length]),
    [
      ['.table', 1],
      ['.table2', 0],
    ],
  );
});

test('a section of literals that other objects refer to is data', async () => {
  const merged = '.section .rodata.cst8,"aM",@progbits,8\n';
  assert.equal(dissect(await assembled(`${merged}.quad 1`)).pieces.length, 0);
  const shared = dissect(await assembled(`${merged}.globl k\nk: .quad 1\n.quad 2`));
  assert.deepEqual(
    shared.pieces.map(({ name, start, end }) => [name, start, end]),
    [['k', 0, 16]],
  );
  const pointers = dissect(await assembled(`${merged}.quad outside`));
  assert.equal(pointers.pieces[0]?.references.length, 1);
});

test('names at one place are aliases, labels inside are none', async () => {
  const object = dissect(await assembled(global('f', 'g:', 'nop', 'inside:', 'ret')));
  assert.deepEqual([...named(object, 'f').aliases].sort(), ['f', 'g']);
  assert.equal(object.named.get('inside'), undefined);
});
