// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readSource, sourceNameOf, touchedFunctions } from '../src/examine/source.ts';

const names = (text: string): string[] => [...readSource(text).functions.keys()];

const heads: [string, string, string[]][] = [
  ['a function', 'static int f(int a)\n{ return a; }', ['f']],
  ['two functions', 'int f(void) { if (x) { y(); } }\nint g(void) { }', ['f', 'g']],
  ['an attribute before the name', 'static __attribute__((cold)) int f(void) { }', ['f']],
  ['an attribute behind it', 'int f(void)\n\t__acquires(lock)\n{ }', ['f']],
  ['a macro without a semicolon before it', 'MODULE_ALIAS("x")\nint f(void) { }', ['f']],
  ['a pointer to a function as parameter', 'int f(int (*done)(void)) { }', ['f']],
  ['a system call', 'SYSCALL_DEFINE2(open, int, a, int, b) { }', ['sys_open']],
  ['a compatible system call', 'COMPAT_SYSCALL_DEFINE1(open, int, a) { }', ['compat_sys_open']],
  ['a struct', 'struct s { int (*f)(int); };', []],
  ['an initialiser', 'struct s s = { .f = g };', []],
  ['a declaration', 'int f(int a);', []],
  ['a comment', '/* int f(void) { } */', []],
  ['a macro', '#define F(x) do { g(x); } while (0)\n', []],
];
for (const [what, text, found] of heads) {
  test(`${what}: ${found.length === 0 ? 'no function' : found.join(', ')}`, () => {
    assert.deepEqual(names(text), found);
  });
}

test('a slot has the name of field, struct and variable', () => {
  const { slots } = readSource(
    'static struct usb_driver d[] = { { .probe = go, .x = &y, .name = call(z) } };',
  );
  assert.deepEqual(
    [...slots],
    [
      ['go', [{ field: 'probe', struct: 'usb_driver', variable: 'd' }]],
      ['y', [{ field: 'x', struct: 'usb_driver', variable: 'd' }]],
    ],
  );
});

test('a function whose words change is touched, and one that moves is not', () => {
  const [pre, post] = [
    readSource('int f(void) { return 1; } int g(void) { return 1; } int h(void) { }'),
    readSource('int h ( void )\n{\n\t/* said */\n}\nint g(void) { return 2; }'),
  ];
  assert.deepEqual([...touchedFunctions(pre, post)].sort(), ['f', 'g']);
});

test('names of the compiler lead to names of the source', () => {
  assert.deepEqual(
    ['f', 'f.isra.0', 'f.cold', '__do_sys_open', '__x64_sys_open', '__se_compat_sys_open', '__do_more'].map(
      sourceNameOf,
    ),
    ['f', 'f', 'f', 'sys_open', 'sys_open', 'compat_sys_open', '__do_more'],
  );
});

test('any text is read, however its braces stand', () => {
  const words = [
    'int f(void)',
    '{',
    '}',
    '(',
    ')',
    '=',
    ';',
    '.x = y,',
    '#define A',
    '\n',
    '"',
    '/*',
    'struct s',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 60 }), (parts) => {
      const { functions, tokens } = readSource(parts.join(' '));
      assert.ok(functions.size <= tokens.length);
    }),
  );
});
