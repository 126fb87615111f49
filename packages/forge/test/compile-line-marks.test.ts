// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { withLineMarks } from '../src/compile/line-marks.ts';
import { pairLines } from '../src/source/line-diff.ts';

const marks = (pre: readonly string[], post: readonly string[]): string[] =>
  withLineMarks(pre.join('\n'), post.join('\n')).split('\n');

describe('line marks', () => {
  it('give the lines after an added one their old number, and added ones their own', () => {
    assert.deepEqual(marks(['a;', 'b;', 'c;', 'd;'], ['a;', 'x;', 'b;', 'c;', 'y;', 'd;']), [
      'a;',
      'x;',
      '#line 2',
      'b;',
      'c;',
      '#line 5',
      'y;',
      '#line 4',
      'd;',
    ]);
  });
  it('are given after removed lines', () => {
    assert.deepEqual(marks(['a;', 'b;', 'c;'], ['a;', 'c;']), ['a;', '#line 3', 'c;']);
  });
  it('are none where nothing moves', () => {
    assert.deepEqual(marks(['a;', 'b;'], ['a;', 'c;']), ['a;', 'c;']);
  });
  const UNSAFE: Readonly<Record<string, readonly string[]>> = {
    'a comment': ['/*', 'b', '*/'],
    'a macro': ['#define A \\', 'b \\', 'c'],
    'a string': ['s = "b\\', 'c";'],
    'the arguments of a call': ['f(b,', 'c,', 'd);'],
    'inline assembly': ['asm("nop"', ': : "r"(b)', ');'],
  };
  for (const [what, [first = '', ...rest]] of Object.entries(UNSAFE)) {
    it(`wait until after ${what}`, () => {
      const marked = marks(
        [first, ...rest, 'e;'],
        [first, 'x', ...rest, 'e;'].map((line) =>
          what === 'a macro' && line === 'x' ? 'x \\' : what === 'a string' && line === 'x' ? 'x\\' : line,
        ),
      );
      assert.equal(marked.filter((line) => line.startsWith('#line')).length, 1);
      assert.deepEqual(marked.slice(-2), [`#line ${rest.length + 2}`, 'e;']);
    });
  }
  it('do not part the name of a macro from its arguments', () => {
    assert.deepEqual(marks(['A', '(b);', 'c;'], ['A', 'x', '(b);', 'c;']).slice(-3), [
      '(b);',
      '#line 3',
      'c;',
    ]);
  });
  it('are given again after a condition, since its branch may not be taken', () => {
    const pre = ['#if A', 'b;', '#else', 'c;', '#endif', 'd;'];
    assert.deepEqual(marks(pre, ['#if A', 'x;', ...pre.slice(1)]), [
      '#if A',
      'x;',
      '#line 2',
      'b;',
      '#else',
      '#line 4',
      'c;',
      '#endif',
      '#line 6',
      'd;',
    ]);
  });
  it('find their way again after parentheses that branches left open', () => {
    const pre = ['#if A', 'if (a) {', '#else', 'if (b', '&& c) {', '#endif', '(', '}', '}', 'd;'];
    const marked = marks(pre, ['x;', ...pre]);
    assert.deepEqual(marked.slice(-1), ['d;']);
    assert.ok(marked.includes('#line 1'));
  });

  const LINES = [
    'a;',
    'b;',
    '/*',
    '*/',
    '#if 0',
    '#else',
    '#endif',
    'f(',
    ')',
    '#define A \\',
    '}',
    '"x',
    '',
  ];
  const text = fc.array(fc.constantFrom(...LINES), { maxLength: 30 });
  it('taken out again leave the patched file', () => {
    fc.assert(
      fc.property(text, text, (pre, post) => {
        const marked = marks(pre, post).filter((line) => !/^#line \d+$/.test(line));
        assert.deepEqual(marked, post.join('\n').split('\n'));
      }),
    );
  });
  it('give every plain line its old number, by the word of the preprocessor', () => {
    const statement = fc.constantFrom('a', 'b', 'c').map((name) => `${name} __LINE__;`);
    const lines = fc.array(statement, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (pre, post) => {
        const numbers = preprocess(withLineMarks(`${pre.join('\n')}\n`, `${post.join('\n')}\n`));
        const pairs = pairLines([...pre, ''], [...post, '']) ?? [];
        assert.deepEqual(
          numbers,
          post.map((_, at) => (pairs[at] ?? at) + 1),
        );
      }),
      { numRuns: 25 },
    );
  });
});

function preprocess(text: string): number[] {
  const output = execFileSync('gcc-12', ['-E', '-P', '-'], { input: text }).toString();
  return [...output.matchAll(/\d+/g)].map(([number]) => Number(number));
}

describe('the pairs of lines', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 20 });
  it('are equal lines in order, as many as the longest common subsequence has', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const pairs = pairLines(before, after) ?? [];
        const paired = pairs.flatMap((old, line) => (old === undefined ? [] : [[old, line] as const]));
        for (const [old, line] of paired) assert.equal(before[old], after[line]);
        const olds = paired.map(([old]) => old);
        assert.deepEqual(
          olds,
          olds.toSorted((a, b) => a - b),
        );
        assert.equal(paired.length, longestCommon(before, after));
      }),
    );
  });
  it('are not looked for when too much differs', () => {
    const many = (name: string): string[] => Array.from({ length: 1500 }, (_, number) => `${name}${number}`);
    assert.equal(pairLines(many('a'), many('b')), undefined);
  });
});

function longestCommon(before: readonly string[], after: readonly string[]): number {
  let row = Array.from({ length: after.length + 1 }, () => 0);
  for (const old of before) {
    const next = [0];
    for (const [at, line] of after.entries()) {
      next.push(old === line ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
