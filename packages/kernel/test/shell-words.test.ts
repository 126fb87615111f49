// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { splitShellLine } from '../src/kbuild/words.ts';

const words = (line: string): readonly (readonly string[])[] =>
  splitShellLine(line).commands.map((command) => command.words);

describe('splitShellLine', () => {
  const lines: readonly (readonly [string, readonly (readonly string[])[]])[] = [
    ['gcc -c  x.c', [['gcc', '-c', 'x.c']]],
    [`-DNAME='"ext4"'`, [['-DNAME="ext4"']]],
    [`a'b c'"d e"f`, [['ab cd ef']]],
    ['a\\ b \\;', [['a b', ';']]],
    [`"a\\"b\\\\c\\d"`, [['a"b\\c\\d']]],
    [`'' ""`, [['', '']]],
    ['a; b ;c|d', [['a'], ['b'], ['c'], ['d']]],
    [' ;; a', [['a']]],
    [`trap 'rm -f x; kill -s HUP $$' HUP`, [['trap', 'rm -f x; kill -s HUP $$', 'HUP']]],
    ['', []],
  ];
  for (const [line, expected] of lines) {
    test(JSON.stringify(line), () => {
      assert.deepEqual(words(line), expected);
      assert.equal(splitShellLine(line).plain, true);
    });
  }

  test('says how a command ends', () => {
    assert.deepEqual(
      splitShellLine('a | b; c').commands.map(({ end }) => end),
      ['|', ';', 'end'],
    );
  });

  for (const active of [
    '$x',
    '$(x)',
    '`x`',
    '> x',
    '< x',
    '*',
    '?',
    '[a]',
    '{a,b}',
    '~',
    '(a)',
    '&',
    '#',
    '!',
    '\n',
  ]) {
    test(`stops before ${JSON.stringify(active)}`, () => {
      const { commands, plain } = splitShellLine(`first; second ${active}; third`);
      assert.equal(plain, false);
      assert.deepEqual(
        commands.map((command) => command.words),
        [['first']],
      );
    });
  }

  for (const open of [`a 'b`, 'a "b', 'a "$x"', 'a "`x`"', 'a \\']) {
    test(`does not read ${JSON.stringify(open)} as words`, () => {
      assert.equal(splitShellLine(open).plain, false);
    });
  }

  test('undoes any quoting of any words', () => {
    const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (list) => {
        assert.deepEqual(words(list.map(quote).join(' ')), [list]);
      }),
    );
  });

  test('reads words as a shell does', () => {
    const pieces = fc.constantFrom('a', 'b c', "'", '"', '\\', ' ', '-D', '=', ',', '/', "''", '\\"', '\\;');
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 1, maxLength: 8 }), (parts) => {
        const line = parts.join('');
        const { commands, plain } = splitShellLine(line);
        if (!plain || commands.length !== 1) return;
        const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
        assert.deepEqual(commands[0]?.words, printed.split('\0').slice(0, -1));
      }),
      { numRuns: 60 },
    );
  });
});
