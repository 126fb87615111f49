// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { spell } from '../src/examine/locks/spell.ts';
import {
  MAX_NESTING,
  MAX_STATEMENT_WORDS,
  MAX_STATEMENTS,
  readBodies,
  type Statement,
} from '../src/examine/locks/statements.ts';
import { tokenize } from '../src/source/tokens.ts';

const words = (text: string): string[] => tokenize(text).map((token) => token.text);

/** The statements of a body, each as short as it can be told. */
function told(body: readonly Statement[]): string[] {
  return body.map((statement) => {
    switch (statement.kind) {
      case 'plain':
      case 'return':
        return spell(statement.words);
      case 'block':
        return `{${told(statement.body).join('; ')}}`;
      case 'if': {
        const arms = statement.arms.map(
          ({ head, body: then }) => `if ${spell(head)} {${told(then).join('; ')}}`,
        );
        const rest = statement.otherwise === undefined ? [] : [`{${told(statement.otherwise).join('; ')}}`];
        return [...arms, ...rest].join(' else ');
      }
      case 'label':
      case 'goto':
        return `${statement.kind} ${statement.name}`;
      case 'case':
        return statement.isDefault ? 'default' : 'case';
      case 'break':
      case 'continue':
        return statement.kind;
      default:
        return `${statement.kind} ${spell(statement.head)} {${told(statement.body).join('; ')}}`;
    }
  });
}

const read = (text: string): string[] | undefined =>
  readBodies(words(`int f(int a) { ${text} }`))?.flatMap(told);

const cases: [string, string, string[]][] = [
  ['plain statements', 'int a = 1, b; f(a);', ['int a = 1, b', 'f(a)']],
  [
    'branches',
    'if (a) f(); else if (b) { g(); h(); } else return;',
    ['if a {f()} else if b {g(); h()} else {return}'],
  ],
  ['an else of the inner if', 'if (a) if (b) f(); else g();', ['if a {if b {f()} else {g()}}']],
  [
    'loops',
    'for (;;) { while (a) f(); } do g(); while (b); h();',
    ['for ;; {while a {f()}}', 'do b {g()}', 'h()'],
  ],
  [
    'a loop of a macro',
    'list_for_each(p, &l) if (p) f(p); hash_walk(h) { g(h); }',
    ['each list_for_each(p, &l) {if p {f(p)}}', 'each hash_walk(h) {g(h)}'],
  ],
  ['a macro without a semicolon', 'SAY(a) f();', ['SAY(a) f()']],
  [
    'a switch',
    'switch (a) { case 1 ? 2 : 3: f(); break; case 4 ... 5: default: g(); }',
    ['switch a {case; f(); break; case; default; g()}'],
  ],
  [
    'labels and jumps',
    'goto out; again: f(); out: return a ? 1 : 2;',
    ['goto out', 'label again', 'f()', 'label out', 'return a ? 1 : 2'],
  ],
  ['a label before a governed statement', 'if (a) x: f(); g();', ['if a {label x; f()}', 'g()']],
  ['blocks, and nothing', '; { f(); ; } {}', ['{f()}', '{}']],
  [
    'a scope',
    'scoped_guard(mutex, &l) f(); scoped_guard(rcu) { g(); }',
    ['scope scoped_guard(mutex, &l) {f()}', 'scope scoped_guard(rcu) {g()}'],
  ],
  [
    'braces in a statement',
    'struct s x = { .a = 1, .b = { 2 } }; y = ({ f(); g(); });',
    ['struct s x = {.a = 1, .b = {2}}', 'y = ({f(); g(); })'],
  ],
  ['a statement that the block ends', 'f() }', ['f()']],
];
for (const [what, text, expected] of cases) {
  test(`${what} are read`, () => {
    assert.deepEqual(read(text), expected);
  });
}

test('a function in both branches of an #if has two bodies', () => {
  assert.equal(readBodies(words('int f(void) { a(); } int f(int x) { b(); }'))?.length, 2);
});

test('depth, number and length are bounded', () => {
  const nested = (depth: number): string => `${'{'.repeat(depth)}${'}'.repeat(depth)}`;
  assert.ok(read(nested(MAX_NESTING)));
  assert.equal(read(nested(MAX_NESTING + 1)), undefined);
  assert.equal(read('if (a) '.repeat(100_000)), undefined);
  assert.ok(read(';'.repeat(MAX_STATEMENTS)));
  assert.equal(read(';'.repeat(MAX_STATEMENTS + 1)), undefined);
  assert.ok(read('a '.repeat(MAX_STATEMENT_WORDS)));
  assert.equal(read('a '.repeat(MAX_STATEMENT_WORDS + 1)), undefined);
  // A chain of `else if` is not deep.
  assert.equal(read('if (a) f(); else '.repeat(1000))?.length, 1);
});

const spelled = [
  'a->b.c = f(&x, -1, *p) * 2;',
  'if (a && !b || c <= d)',
  'x += y[i++] << 3',
  'return a ? -b : ~c',
  'for (i = 0; i < n; i++)',
  'struct foo *p = (struct foo *)q',
];
for (const text of spelled) {
  test(`words are spelled as they are written: ${text}`, () => {
    assert.equal(spell(words(text)), text);
  });
}

test('any words are read', () => {
  const parts = [
    'if',
    'else',
    'do',
    'while',
    'for',
    'switch',
    'case',
    'default',
    'goto',
    'return',
    'break',
    'f',
    'x_each',
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    ';',
    ':',
    '?',
    '=',
    '->',
    'guard',
    'scoped_guard',
    ',',
    '&',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 80 }), (some) => {
      const body = words(some.join(' '));
      readBodies(body);
      assert.equal(spell(body).replaceAll(' ', ''), body.join(''));
    }),
  );
});
