// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { tokenize } from '../src/source/tokens.ts';

const texts = (text: string): string[] => tokenize(text).map((token) => token.text);

describe('the tokens of C text', () => {
  it('are words, literals, marks and comments', () => {
    assert.deepEqual(
      tokenize('int a = 0x1e+b; /* c */ "s;" // d').map(({ kind, text }) => `${kind} ${text}`),
      [
        'word int',
        'word a',
        'punctuator =',
        'literal 0x1e+b',
        'punctuator ;',
        'comment /* c */',
        'literal "s;"',
        'comment // d',
      ],
    );
  });
  it('keep what looks like a comment inside a string, and a quote inside a comment', () => {
    assert.deepEqual(texts('"/* \\" */" x'), ['"/* \\" */"', 'x']);
    assert.deepEqual(texts("/* it's */ y"), ["/* it's */", 'y']);
    assert.deepEqual(texts("'\"' z"), ["'\"'", 'z']);
  });
  it('know their lines over continuations and comments', () => {
    assert.deepEqual(
      tokenize('a \\\n b\n/* \n */ c').map(({ text, line, endLine }) => [text, line, endLine]),
      [
        ['a', 1, 1],
        ['b', 2, 2],
        ['/* \n */', 3, 4],
        ['c', 4, 4],
      ],
    );
  });
  it('know the preprocessor line that they are in, which a comment or a continuation prolongs', () => {
    const lines = tokenize('x # y\n/* c */ # define A \\\n b /* \n */ c\nd\n#e');
    assert.deepEqual(
      lines.filter(({ kind }) => kind !== 'comment').map(({ text, directive }) => text + directive),
      ['x0', '#0', 'y0', '#1', 'define1', 'A1', 'b1', 'c1', 'd0', '#2', 'e2'],
    );
  });
  it('end with the line or the text when a string or comment has no end', () => {
    assert.deepEqual(texts('"a\nb'), ['"a', 'b']);
    assert.deepEqual(texts('/* a\nb'), ['/* a\nb']);
  });
  it('leave out nothing but spaces, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('a', 'b', '1', ' ', '\n', '\\', '"', "'", '/', '*', '#', '.', '+'),
        }),
        (text) => {
          assert.equal(
            texts(text)
              .join('')
              .replace(/[\s\\]/g, ''),
            text.replace(/[\s\\]/g, ''),
          );
        },
      ),
    );
  });
});
