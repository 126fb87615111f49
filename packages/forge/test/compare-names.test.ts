// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffObjects, type ObjectDiff } from '../src/compare/diff-objects.ts';
import { coldParent, isStaticLocal, prefixedFunction, stableName } from '../src/compare/names.ts';
import { assembledFile, code, data, FENTRY, global, local } from './support/assembly.ts';
import { changes, codes } from './support/pairs.ts';

async function diffed(original: readonly string[], patched: readonly string[]): Promise<ObjectDiff> {
  return diffObjects(await assembledFile(original.join('\n')), await assembledFile(patched.join('\n')));
}

test('names without what compilers number', () => {
  const pairs = [
    ['foo', 'foo'],
    ['foo.isra.0', 'foo.isra'],
    ['foo.constprop.12.isra.3', 'foo.constprop.isra'],
    ['foo.part.3.cold', 'foo.part.cold'],
    ['foo.cold.12', 'foo.cold'],
    ['foo.lto_priv.0', 'foo.lto_priv'],
    ['foo.llvm.1234567890', 'foo'],
    ['count.12345', 'count'],
    ['__UNIQUE_ID_x_694_695', '__UNIQUE_ID_x'],
    ['__UNIQUE_ID_ddebug123.4', '__UNIQUE_ID_ddebug'],
    ['__initcall__kmod_foo__12_345_bar6', '__initcall__kmod_foo__bar6'],
  ] as const;
  for (const [name, stable] of pairs) assert.equal(stableName(name), stable);
});

test('names of static locals, cold parts and prefixes', () => {
  assert.deepEqual(
    ['a.1', 'f.a.2', '.compoundliteral.3', '.compoundliteral'].filter(isStaticLocal).length,
    4,
  );
  assert.deepEqual(['a', 'a.b', '.L1', '.Lx.3'].filter(isStaticLocal), []);
  assert.deepEqual(['f.cold', 'f.cold.7', 'f.isra.0.cold', 'f.part.1.cold.2'].map(coldParent), [
    'f',
    'f',
    'f.isra.0',
    'f.part.1',
  ]);
  assert.deepEqual(['coldfoo', 'f.colder', 'f'].map(coldParent), [undefined, undefined, undefined]);
  assert.deepEqual(['__pfx_f', '__cfi_f', 'f'].map(prefixedFunction), ['f', 'f', undefined]);
});

test('the cold part of an older GCC has a number, and belongs to its function all the same', async () => {
  const object = (n: number, code1: number): string[] => [
    global('f', FENTRY, `je f.cold.${n}`, 'ret'),
    code('.text.unlikely.f', `f.cold.${n}`, [`mov $${code1},%eax`, 'jmp f']),
    global('g', FENTRY, `je g.cold.${n + 1}`, 'ret'),
    code('.text.unlikely.g', `g.cold.${n + 1}`, ['mov $5,%eax', 'jmp g']),
  ];
  const diff = await diffed(object(3, 1), object(7, 2));
  assert.deepEqual(changes(diff), { changed: ['f'], new: [], removed: [] });
});

test('before GCC 8 cold code had no name at all', async () => {
  const object = (value: number, flags = 1): string[] => [
    global('f', FENTRY, 'je .Lcold', '.Lback: ret'),
    `.section .text.unlikely.f,"ax"\n.Lcold: mov $${value},%eax\njmp .Lback`,
    global('g', FENTRY, 'je .Lcold2', '.Lback2: ret'),
    '.section .text.unlikely.g,"ax"\n.Lcold2: mov $5,%eax\n1: ud2\njmp .Lback2',
    `.section __bug_table,"a"\n.long 1b - ., g - .\n.word 7,${flags}\n`,
  ];
  assert.equal((await diffed(object(1), object(1))).nochange, true);
  assert.deepEqual((await diffed(object(1), object(2))).changed, ['f']);
  assert.deepEqual((await diffed(object(1), object(1, 2))).changed, ['g']);
});

test('a prefix is part of its function', async () => {
  const object = (hash: number, more: readonly string[]): string[] => [
    `.section .text.f,"ax"\n.globl __cfi_f\n.type __cfi_f, @function\n__cfi_f: mov $${hash},%eax\n.fill 11,1,0x90\n.size __cfi_f, 16`,
    global('f', FENTRY, 'ret'),
    '.section .text.g,"ax"\n.type __pfx_g, @function\n__pfx_g: .fill 16,1,0x90\n.size __pfx_g, 16',
    global('g', FENTRY, ...more, 'ret'),
  ];
  assert.equal((await diffed(object(1, []), object(1, []))).nochange, true);
  assert.deepEqual(changes(await diffed(object(1, []), object(2, []))), {
    changed: ['f'],
    new: [],
    removed: [],
  });
  assert.deepEqual(changes(await diffed(object(1, []), object(1, ['nop']))), {
    changed: ['g'],
    new: [],
    removed: [],
  });
  const alone = await diffed(object(1, []).slice(0, 2), object(1, []));
  assert.deepEqual(changes(alone), { changed: [], new: ['g'], removed: [] });
});

test('padding before and between functions is no change', async () => {
  const f = global('f', FENTRY, 'ret');
  const diff = await diffed([f], ['.section .text.f,"ax"\n.fill 16,1,0x90', f, '.fill 5,1,0xcc']);
  assert.equal(diff.nochange, true);
});

test('clones with equal code are told apart by what they call', async () => {
  const clone = (name: string, callee: string): string => local(name, FENTRY, `call ${callee}`, 'ret');
  const diff = await diffed(
    [clone('f.constprop.0', 'a'), clone('f.constprop.1', 'b')],
    [clone('f.constprop.0', 'c'), clone('f.constprop.1', 'a'), clone('f.constprop.2', 'b')],
  );
  assert.deepEqual(changes(diff), { changed: [], new: ['f.constprop.0'], removed: [] });
});

test('data whose name holds a counter keeps its identity', async () => {
  const fixup = (line: number): string =>
    data('.pci_fixup_final', 'a', `__pci_fixup_quirk${line}`, '.quad outside');
  assert.equal((await diffed([fixup(31)], [fixup(35)])).nochange, true);
  assert.deepEqual(codes(await diffed([fixup(31)], [fixup(35).replace('outside', 'inside')])), [
    'COMPARE_DATA_REMOVED',
    'COMPARE_NEW_DATA_UNREACHED',
  ]);
});

test('jumps of a relocated kind are not those of another', async () => {
  const object = (field: string): string[] => [global('f', FENTRY, 'ret'), data('.data.x', 'aw', 'x', field)];
  assert.deepEqual(codes(await diffed(object('.long outside - .'), object('.long outside'))), [
    'COMPARE_DATA_CHANGED',
  ]);
  const load = (operand: string): string[] => [global('f', FENTRY, `mov ${operand}(%rip),%rax`, 'ret')];
  assert.deepEqual((await diffed(load('x'), load('x@GOTPCREL'))).changed, ['f']);
});

test('padding that only the unwinder speaks of is no change', async () => {
  const object = (...body: readonly string[]): string =>
    [
      '.section .sched.text,"ax",@progbits',
      '.type f, @function\nf:',
      ...body,
      'ret\n.size f, . - f',
      '.Lpad: .balign 16, 0x90',
      '.type g, @function\ng: ret\n.size g, . - g',
      '.section .orc_unwind_ip,"a",@progbits\n.long f - ., .Lpad - ., g - .',
      '.section .orc_unwind,"a",@progbits\n.skip 18',
    ].join('\n');
  const { changed, findings } = await diffed([object('nop')], [object('nop', 'nop', 'nop')]);
  assert.deepEqual(changed, ['f']);
  assert.equal(
    findings.some(({ code: found }) => found === 'COMPARE_SECTION_CHANGED'),
    false,
  );
});
