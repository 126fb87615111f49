// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { headerChange } from '../src/affected/header-change.ts';
import { declarationsIn } from '../src/source/declarations.ts';

/** The names that a change of any of these words leads to; `*` for everybody. */
function leads(text: string, word: string): string[] {
  const rules = declarationsIn(text).flatMap((declaration) => declaration.rules);
  const found = rules.filter((rule) => rule.words.has(word));
  return [...new Set(found.flatMap((rule) => [...rule.names, ...(rule.everything ? ['*'] : [])]))].sort();
}

describe('the rules of a declaration', () => {
  const CASES: readonly (readonly [what: string, text: string, word: string, names: readonly string[]])[] = [
    ['a pointer in a struct leads to the member', 'struct a { struct x *p; };', 'x', ['p']],
    ['an embedded struct leads to member and tag', 'struct a { struct x e; };', 'x', ['a', 'e']],
    ['an array of pointers depends on its size', 'struct a { int *p[N]; };', 'N', ['a', 'p']],
    ['a bit-field depends on its width', 'struct a { int b : N; };', 'N', ['a', 'b']],
    ['a second declarator may embed', 'struct a { struct x *p, e; };', 'x', ['a', 'e', 'p']],
    [
      'a nested struct is a part of the outer',
      'struct a { struct b { struct x e; } n; };',
      'x',
      ['a', 'b', 'e'],
    ],
    ['an unnamed struct is a part of the outer', 'struct a { union { struct x e; }; };', 'x', ['a', 'e']],
    ['a typedef is a name of the struct', 'typedef struct { struct x e; } a_t;', 'x', ['a_t', 'e']],
    [
      'a packed struct has its tag behind the attribute',
      'struct __attribute__((packed)) a { x_t e; };',
      'x_t',
      ['a', 'e'],
    ],
    ['a pointer to a function leads to the member', 'struct a { x_t (*f)(int); };', 'x_t', ['f']],
    ['a pointer to a struct as a parameter leads nowhere', 'int f(struct x *p);', 'x', []],
    ['a returned pointer to a struct leads to the function', 'struct x *f(void);', 'x', ['f']],
    ['a parameter by value leads to the function', 'int f(x_t v);', 'x_t', ['f']],
    ['an inline function leads to its name', 'static inline int f(struct x *p) { return p->m; }', 'x', ['f']],
    ['a word inside a body leads to the name', 'static inline int f(void) { return g(); }', 'g', ['f']],
    ['inline assembly says what it calls', 'static inline void f(void) { asm("call g"); }', 'g', ['f']],
    [
      'attributes around a function are no names',
      '__printf(1, 2) int f(x_t a, ...) __acquires(l);',
      'x_t',
      ['f'],
    ],
    ['a variable leads to its name', 'extern struct x v __read_mostly;', 'x', ['v']],
    ['each variable of a list is a name', 'extern x_t a, *b, c[4];', 'x_t', ['a', 'b', 'c']],
    ['a macro leads to its name', '#define M(a) (g(a) + 1)', 'g', ['M']],
    ['a parameter of a macro is no word', '#define M(g) (g + 1)', 'g', []],
    ['a macro without parameters may begin with a parenthesis', '#define M (g) + 1', 'g', ['M']],
    ['a continued macro is read to its end', '#define M 1 + \\\n g', 'g', ['M']],
    ['an enumerator depends on those before it', 'enum e { A, B = X, C, D = 3, E };', 'X', ['B', 'C', 'e']],
    ['a typedef of a function pointer is a name', 'typedef x_t (*f_t)(int);', 'x_t', ['f_t']],
    ['a condition guards what it encloses', '#ifdef X\nint f(void);\n#endif\nint g(void);', 'X', ['f']],
    [
      'a condition inside a struct is a part of it',
      'struct a {\n#ifdef X\nint m;\n#endif\n};',
      'X',
      ['a', 'm'],
    ],
    ['a macro that is called at depth 0 concerns everybody', 'DEFINE_THING(x, 1);', 'x', ['*', 'x']],
    ['also without a semicolon', 'DEFINE_THING(x)\nint g(void);', 'x', ['*', 'x']],
    ['a DECLARE macro names what it declares', 'DECLARE_PER_CPU(struct x, v);', 'x', ['v', 'x']],
    [
      'a static DEFINE macro names what it defines',
      'static DEFINE_SPINLOCK(l);',
      'DEFINE_SPINLOCK',
      ['DEFINE_SPINLOCK', 'l'],
    ],
    ['a variable that a header defines concerns everybody', 'int v = X;', 'X', ['*', 'v']],
    ['a function that a header defines concerns everybody', 'int f(void) { return X; }', 'X', ['*', 'f']],
    ['a static table does not', 'static const int t[] = { X };', 'X', ['t']],
    [
      'branches may each open the brace',
      '#ifdef A\nstatic inline int f(int a) {\n#else\nstatic inline int f(x_t a) {\n#endif\nreturn 1; }\nint g(void);',
      'x_t',
      ['f'],
    ],
    [
      'C++ is passed over',
      '#ifdef __cplusplus\nextern "C" {\n#endif\nint f(x_t);\n#ifdef __cplusplus\n}\n#endif',
      'x_t',
      ['f'],
    ],
  ];
  for (const [what, text, word, names] of CASES) {
    it(what, () => assert.deepEqual(leads(text, word), [...names].sort()));
  }
  it('keeps what a macro pastes', () => {
    const rules = declarationsIn('#define M(n) get_##n(page_##n##_bit)').flatMap((one) => one.rules);
    assert.deepEqual(
      rules.flatMap((rule) => rule.pastes),
      [
        ['get_', ''],
        ['page_', '', '_bit'],
      ],
    );
  });
  it('gives everybody a text whose braces do not fit', () => {
    assert.ok(leads('struct a { int x; ', 'x').includes('*'));
    assert.ok(leads('int f(void); }\nint g(x_t);', 'x_t').includes('*'));
    assert.ok(leads('#if A\nint f(x_t);', 'x_t').includes('*'));
  });
  it('gives everybody structs that are nested without end', () => {
    const deep = `${'struct { '.repeat(5000)} x_t e; ${'};'.repeat(5000)}`;
    assert.ok(leads(deep, 'x_t').includes('*'));
  });
  it('takes any text', () => {
    const piece = fc.constantFrom(
      'struct',
      'a',
      '{',
      '}',
      '(',
      ')',
      ';',
      ',',
      '*',
      '=',
      '\n#if X\n',
      '\n#else\n',
      '\n#endif\n',
      '\n#define M(a) a##b\n',
      'enum',
      'typedef',
      '[',
      ']',
      ':',
    );
    fc.assert(fc.property(fc.array(piece), (pieces) => Array.isArray(declarationsIn(pieces.join(' ')))));
  });
});

describe('the change of a header', () => {
  const changed = (pre: string, post: string): readonly string[] => {
    const { names, everything } = headerChange(pre, post);
    return everything === undefined ? names : [...names, '*'];
  };
  it('is the names of what differs, and of what comes and goes', () => {
    assert.deepEqual(changed('int a(void);\nint b(void);', 'int a(int);\nint c(void);'), ['a', 'b', 'c']);
    assert.deepEqual(changed('struct s { int a; };', 'struct s { int a, b; };'), ['s']);
    assert.deepEqual(
      changed('struct s { struct t { int a; } u; };', 'struct s { struct t { long a; } u; };'),
      ['s', 't'],
    );
    assert.deepEqual(changed('#define A 1\n', '#define A 2\n'), ['A']);
  });
  it('is nothing for comments, spaces and declarations of struct names', () => {
    assert.deepEqual(changed('int a; /* x */', '/* y */ int\n\ta;'), []);
    assert.deepEqual(changed('int a(void);', 'struct s;\nint a(void);'), []);
  });
  it('is the enumerators behind a new one, and none behind one that states its value', () => {
    assert.deepEqual(changed('enum { A, B, C = 9, D };', 'enum { A, N, B, C = 9, D };'), ['B', 'N']);
    assert.deepEqual(changed('enum e { A };', 'enum e { A, B };'), ['B']);
  });
  it('is what a condition newly encloses', () => {
    assert.deepEqual(changed('int a(void);\nint b(void);', '#ifdef X\nint a(void);\n#endif\nint b(void);'), [
      'a',
    ]);
  });
  it('is what changed its place', () => {
    assert.deepEqual(changed('#define A 1\n#define B A\n', '#define B A\n#define A 1\n'), ['A', 'B']);
  });
  it('concerns everybody for includes, pragmas, unnamed structs and calls of macros', () => {
    assert.deepEqual(changed('', '#include <linux/a.h>\n'), ['*']);
    assert.deepEqual(changed('', '#pragma pack(1)\n'), ['*']);
    assert.deepEqual(changed('DEFINE(a);', 'DEFINE(b);'), ['a', 'b', '*']);
    assert.deepEqual(changed('int v = 1;', 'int v = 2;'), ['v', '*']);
  });
});
