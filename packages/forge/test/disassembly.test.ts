// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readObject } from '@uptide/elf';
import { compareObjects } from '../src/compare/compare.ts';
import { disassemblyOf, MAX_DISASSEMBLY_BYTES, MAX_FUNCTION_LINES } from '../src/disassembly/disassembly.ts';
import { assembledFile, FENTRY, global, text } from './support/assembly.ts';

/** What changes between two sources, as an update of that object. */
async function said(pre: string, post: string, object = 'vmlinux'): Promise<string> {
  const [before, after] = await Promise.all([assembledFile(pre), assembledFile(post)]);
  return disassemblyOf([{ object, comparison: compareObjects(readObject(before), readObject(after)) }]);
}

const f = (...body: string[]): string => global('f', FENTRY, ...body, 'ret');

test('a change stands between what stays around it, what goes before what comes', async () => {
  const body = (call: string): string[] => ['push %rbx', 'mov %rdi, %rbx', `call ${call}`, 'pop %rbx'];
  assert.equal(
    await said(f(...body('kfree')), f(...body('kfree_sensitive'))),
    [
      '--- vmlinux f',
      '+++ vmlinux f',
      '@@ +0x0 +0x0 @@',
      ' call __fentry__',
      ' push %rbx',
      ' mov %rdi,%rbx',
      '-call kfree',
      '+call kfree_sensitive',
      ' pop %rbx',
      ' ret',
      '',
    ].join('\n'),
  );
});

test('a jump that leads farther is the same jump', async () => {
  const body = (...more: string[]): string[] => [
    'test %edi, %edi',
    'je 1f',
    ...more,
    'call g',
    '1: xor %eax, %eax',
  ];
  const lines = (await said(f(...body()), f(...body('call h')))).split('\n');
  assert.deepEqual(
    lines.filter((line) => /^[-+](?![-+])/.test(line)),
    ['+call h'],
  );
});

test('what is referred to has its name', async () => {
  const lines = await said(
    `${f('mov count(%rip), %eax')}\n`,
    `${f('mov $1f, %rdi', 'call g')}\n${text('1', 'a\nb')}`,
  );
  assert.match(lines, /^-mov count\(%rip\),%eax$/m);
  assert.match(lines, /^\+mov \$0,%rdi {2}# "a\\nb"$/m);
});

test('a string with odd bytes stays on its line', async () => {
  const lines = await said(
    f('call g'),
    `${f('mov $1f, %rdi', 'call g')}\n${text('1', '\u00e4--- vmlinux other')}`,
  );
  assert.equal(lines.match(/^---/gm)?.length, 1);
  assert.match(lines, /^[\x20-\x7e\n]*$/);
});

test('functions are in the order of objects and names, vmlinux first, and the same each time', async () => {
  const source = (n: number): string =>
    ['b', 'a'].map((name) => global(name, FENTRY, `mov $${n}, %eax`, 'ret')).join('\n');
  const [pre, post] = await Promise.all([assembledFile(source(1)), assembledFile(source(2))]);
  const comparison = compareObjects(readObject(pre), readObject(post));
  const units = ['x', 'vmlinux', 'a'].map((object) => ({ object, comparison }));
  const text = disassemblyOf(units);
  assert.deepEqual(
    [...text.matchAll(/^--- (.*)$/gm)].map(([, head]) => head),
    ['vmlinux a', 'vmlinux b', 'a a', 'a b', 'x a', 'x b'],
  );
  assert.equal(disassemblyOf(units.toReversed()), text);
});

test('a function that changes from end to end is cut off, and so is an update of very many', async () => {
  const body = (register: string): string[] =>
    Array.from({ length: MAX_FUNCTION_LINES }, (_, n) => `add $${n}, %${register}`);
  const [pre, post] = await Promise.all([assembledFile(f(...body('eax'))), assembledFile(f(...body('ecx')))]);
  const comparison = compareObjects(readObject(pre), readObject(post));
  const one = disassemblyOf([{ object: 'vmlinux', comparison }]);
  assert.match(one, /\n\\ \d+ more lines\n$/);
  const units = Array.from({ length: 100 }, (_, n) => ({ object: `m${n}`, comparison }));
  const many = disassemblyOf(units);
  assert.match(many, /\n\\ \d+ more functions\n$/);
  assert.ok(many.length < MAX_DISASSEMBLY_BYTES + 100);
});
