// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FrameReader } from '../src/frames.ts';
import { MAX_STREAM_BYTES } from '../src/guest.ts';

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

/** What a guest sends that runs two commands. */
const TWO = [
  '@lab hello',
  '@lab begin 0',
  `@lab out 0 ${base64('hello\n')}`,
  '@lab end 0 1 6 0 098 120',
  '@lab begin 1',
  `@lab err 1 ${base64('oo')}`,
  `@lab err 1 ${base64('ps')}`,
  '@lab end 1 0 0 4 121 121',
  '@lab done',
  '',
].join('\n');

function read(text: string | Buffer, commands = 2): FrameReader {
  const reader = new FrameReader(commands);
  reader.feed(Buffer.from(text));
  return reader;
}

describe('FrameReader', () => {
  it('gives the results of all commands', () => {
    const reader = read(TWO);
    assert.equal(reader.fault, undefined);
    assert.deepEqual(reader.progress, { kind: 'done' });
    assert.deepEqual(reader.results, [
      {
        status: 1,
        stdout: Buffer.from('hello\n'),
        stderr: Buffer.alloc(0),
        truncated: false,
        began: 980,
        ended: 1200,
      },
      {
        status: 0,
        stdout: Buffer.alloc(0),
        stderr: Buffer.from('oops'),
        truncated: false,
        began: 1210,
        ended: 1210,
      },
    ]);
  });

  it('gives the same whatever the pieces are in which it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 })), (lengths) => {
        const reader = new FrameReader(2);
        let at = 0;
        for (const length of lengths) {
          reader.feed(Buffer.from(TWO.slice(at, at + length)));
          at += length;
        }
        reader.feed(Buffer.from(TWO.slice(at)));
        assert.deepEqual(reader.results, read(TWO).results);
        assert.equal(reader.fault, undefined);
      }),
    );
  });

  it('says how far the guest is at every line', () => {
    const kinds = TWO.split('\n').map((_, index, lines) => {
      const { progress } = read(
        lines
          .slice(0, index)
          .map((line) => `${line}\n`)
          .join(''),
      );
      return progress.kind;
    });
    assert.deepEqual(kinds, [
      'booting',
      'between',
      'running',
      'running',
      'between',
      'running',
      'running',
      'running',
      'between',
      'done',
    ]);
  });

  it('keeps the first part of a long output and says that there was more', () => {
    const piece = Buffer.alloc(57, 'x');
    const pieces = Math.floor(MAX_STREAM_BYTES / piece.length);
    const rest = Buffer.alloc(MAX_STREAM_BYTES % piece.length, 'y');
    const lines = [
      '@lab hello',
      '@lab begin 0',
      ...Array.from({ length: pieces }, () => `@lab out 0 ${base64(piece)}`),
      `@lab out 0 ${base64(rest)}`,
      `@lab end 0 0 ${MAX_STREAM_BYTES * 3} 0 1 2`,
      '@lab done\n',
    ];
    const reader = read(lines.join('\n'), 1);
    assert.equal(reader.fault, undefined);
    assert.equal(reader.results[0]?.stdout.length, MAX_STREAM_BYTES);
    assert.equal(reader.results[0]?.truncated, true);
  });

  it('takes no bytes for a fault that come after the last line', () => {
    const reader = read(`${TWO}half a li`);
    assert.equal(reader.fault, undefined);
  });
});

describe('FrameReader stops at', () => {
  const begun = '@lab hello\n@lab begin 0\n';
  const bad: readonly (readonly [string, string])[] = [
    ['words of something else', 'login: \n'],
    ['an empty line', `${begun}\n`],
    ['a result before the guest runs', '@lab begin 0\n'],
    ['a second hello', '@lab hello\n@lab hello\n'],
    ['a command out of turn', '@lab hello\n@lab begin 1\n'],
    ['a command that begins twice', `${begun}@lab begin 0\n`],
    ['a number in another spelling', '@lab hello\n@lab begin 00\n'],
    ['the output of another command', `${begun}@lab out 1 aGk=\n`],
    ['output without bytes', `${begun}@lab out 0 \n`],
    ['output that is no base64', `${begun}@lab out 0 aGk\n`],
    ['output with a word too many', `${begun}@lab out 0 aGk= aGk=\n`],
    ['an end before all output was there', `${begun}@lab out 0 aGk=\n@lab end 0 0 3 0 1 2\n`],
    ['an end with less output than came', `${begun}@lab out 0 aGk=\n@lab end 0 0 1 0 1 2\n`],
    ['a status that no program has', `${begun}@lab end 0 256 0 0 1 2\n`],
    ['an end before the beginning', `${begun}@lab end 0 0 0 0 5 4\n`],
    ['an end with a field missing', `${begun}@lab end 0 0 0 0 5\n`],
    ['a number with a sign', `${begun}@lab end 0 -1 0 0 1 2\n`],
    ['an end before all commands ran', '@lab hello\n@lab done\n'],
    [
      'a command more than there are',
      '@lab hello\n@lab begin 0\n@lab end 0 0 0 0 1 1\n@lab begin 1\n@lab end 1 0 0 0 1 1\n@lab begin 2\n',
    ],
    ['anything after the end', `${TWO}@lab done\n`],
    ['a byte over 0x7f', `${begun}@lab out 0 aGk=\xff\n`],
    ['a carriage return', '@lab hello\r\n'],
    ['a line that is too long', `@lab out 0 ${'A'.repeat(400)}\n`],
    ['a line that has no end', 'x'.repeat(100_000)],
  ];
  for (const [what, text] of bad) {
    it(what, () => {
      const reader = read(Buffer.from(text, 'latin1'));
      assert.ok(reader.fault !== undefined);
      const before = reader.results.length;
      reader.feed(Buffer.from(TWO));
      assert.equal(reader.results.length, before, 'nothing is taken after a fault');
    });
  }

  it('more output than a command may have', () => {
    const lines = Array.from(
      { length: MAX_STREAM_BYTES / 57 + 2 },
      () => `@lab out 0 ${base64(Buffer.alloc(57))}\n`,
    );
    assert.ok(read(begun + lines.join('')).fault !== undefined);
  });

  it('what is not of the protocol, and keeps the results from before', () => {
    const reader = read(`${TWO.split('\n').slice(0, 4).join('\n')}\nrubbish\n`);
    assert.equal(reader.results.length, 1);
    assert.ok(reader.fault !== undefined);
  });
});

describe('FrameReader on any bytes', () => {
  it('never throws and never takes a result from noise', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }), (chunks) => {
        const reader = new FrameReader(3);
        for (const chunk of chunks) reader.feed(chunk);
        assert.equal(reader.results.length, 0);
      }),
    );
  });

  it('takes no result from a conversation with a line missing, doubled or damaged', () => {
    const lines = TWO.split('\n').slice(0, -1);
    const position = fc.nat({ max: lines.length - 1 });
    const damage = fc.constantFrom('drop', 'double', 'cut');
    fc.assert(
      fc.property(position, damage, (at, how) => {
        const line = lines[at] ?? '';
        const put = how === 'drop' ? [] : how === 'double' ? [line, line] : [line.slice(0, -1)];
        const reader = read(`${lines.toSpliced(at, 1, ...put).join('\n')}\n`);
        assert.ok(reader.fault !== undefined || reader.progress.kind !== 'done' || isHarmless(line, how));
        for (const [index, result] of reader.results.entries()) {
          if (!isHarmless(line, how)) assert.deepEqual(result, read(TWO).results[index]);
        }
      }),
    );
  });
});

/** The time at which a command ended is the one field that nothing else tells. */
function isHarmless(line: string, how: string): boolean {
  return how === 'cut' && line.startsWith('@lab end');
}
