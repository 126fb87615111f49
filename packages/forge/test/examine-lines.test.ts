// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { withLines } from '../src/create/places.ts';
import { finding } from '../src/error.ts';
import { lineOf } from '../src/examine/lines.ts';
import { readSource } from '../src/examine/source.ts';

const OLD = `/* a file */
#define LIMIT 4
#define MAX(a) \\
	((a) + 1)
struct item {
	int a;
};
enum kind { ONE, TWO };
static int used = 1, other;
static DEFINE_SPINLOCK(guard);
static const char *names[] = {
	"one",
};
static int f(int a)
{
	static int once;
	once += a;
	return g(a);
}

SYSCALL_DEFINE1(open, int, a)
{
	return used;
}
`;

const cases: [string, string, string, string, number | undefined][] = [
  ['a function that stays', 'f', 'int a', 'int a', 14],
  ['the first line that changes in a function', 'f', 'return g(a)', 'return g(a + 1)', 18],
  ['a line that is taken out', 'f', '\tonce += a;\n', '', 17],
  ['a part that GCC split off', 'f.part.0', 'once += a', 'once = a', 17],
  ['a system call', '__do_sys_open', 'return used', 'return 1', 23],
  ['a struct that gets a member', 'struct item', 'int a;', 'int a;\n\tint b;', 7],
  ['a struct whose member changes', 'struct item', 'int a;', 'long a;', 6],
  ['an enum', 'enum kind', 'TWO', 'TWO, THREE', 8],
  ['a union that is not there', 'union item', '', '', undefined],
  ['a macro', 'LIMIT', 'LIMIT 4', 'LIMIT 5', 2],
  ['a macro of two lines', 'MAX', '+ 1', '+ 2', 4],
  ['a variable', 'used', '= 1', '= 2', 9],
  ['a second variable of a declaration', 'other', '', '', 9],
  ['a variable that a macro declares', 'guard', '', '', 10],
  ['a table', 'names', '"one"', '"two"', 12],
  ['a static variable of a function', 'once.12', 'static int once', 'static int once = 1', 16],
  ['a variable that only a function mentions', 'a', '', '', undefined],
  ['a function that is new', 'h', 'static int f', 'static int h(void)\n{ }\nstatic int f', 14],
  ['a function that is gone', 'f', 'static int f', 'static int k', undefined],
  ['a name that is nowhere', 'nothing', '', '', undefined],
  ['no name', '', '', '', undefined],
];
for (const [what, symbol, from, to, line] of cases) {
  test(`${what}: ${line === undefined ? 'no line' : `line ${line}`}`, () => {
    assert.equal(lineOf(symbol, readSource(OLD), readSource(OLD.replace(from, to))), line);
  });
}

test('a function that loses its end has the line of the brace', () => {
  const text = 'int f(void)\n{\n\tg();\n}\n';
  assert.equal(lineOf('f', readSource(`${text}int f(void) { }`), readSource(text)), 4);
});

test('any text is read, and a line lies in it', () => {
  const piece = fc.constantFrom(...OLD.split(/(?<=[\s;{}()])/), '{', '}', '\n', 'f', 'struct ', ';', '"');
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
  const symbol = fc.constantFrom('f', 'struct item', 'LIMIT', 'used', 'once.1', 'names', 'enum kind');
  fc.assert(
    fc.property(text, text, symbol, (pre, post, name) => {
      const line = lineOf(name, readSource(pre), readSource(post));
      assert.ok(line === undefined || (line >= 1 && line <= post.split('\n').length));
    }),
  );
});

test('findings of changed files and of units get their line, others stay as they are', async () => {
  const tree = await mkdtemp(join(tmpdir(), 'uptide-lines-'));
  try {
    await mkdir(join(tree, 'fs'));
    await writeFile(join(tree, 'fs/a.c'), OLD);
    await writeFile(join(tree, 'fs/c.c'), OLD);
    const said = [
      { file: 'fs/a.c', symbol: 'f' },
      { file: 'fs/new.c', symbol: 'f' },
      { file: 'fs/a.c', symbol: 'f', line: 3 },
      { file: 'fs/a.c' },
      { file: 'fs/a.c', symbol: 'nothing' },
      { file: 'fs/c.c', symbol: 'f' },
      { file: 'fs/gone.c', symbol: 'f' },
      {},
    ].map((place) => finding('EXAMINE_INLINED', 'ok', place, 'why'));
    const postFiles = new Map([['fs/new.c', Buffer.from('int f(void)\n{ }\n')]]);
    const located = await withLines(said, { tree, postFiles, units: ['fs/a.c', 'fs/gone.c'] });
    assert.deepEqual(
      located.map(({ place }) => place.line),
      [14, 1, 3, undefined, undefined, undefined, undefined, undefined],
    );
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
});
