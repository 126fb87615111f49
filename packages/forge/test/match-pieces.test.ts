// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgeMatch } from '../src/match/judge.ts';
import type { FunctionMatch, UnitMatch } from '../src/match/match.ts';
import { assembled, code, data, FENTRY, global, joined, local, text } from './support/assembly.ts';
import { functionOf, matched, shippedFrom } from './support/units.ts';

/** Matches the functions of one source with what another one was shipped as. */
async function match(ours: string, shipped: string, ...others: readonly string[]): Promise<UnitMatch> {
  const object = others.length === 0 ? await assembled(shipped) : await joined(shipped, ...others);
  return matched(await assembled(ours), shippedFrom(object));
}

function stateOf(unit: UnitMatch, name = 'foo'): FunctionMatch {
  const found = unit.functions.get(functionOf(unit, name));
  assert.ok(found);
  return found;
}

/** The mismatch of a function, as [offset, reason]. */
function mismatchOf(unit: UnitMatch, name = 'foo'): readonly [number, string] {
  const found = stateOf(unit, name);
  assert.equal(found.state, 'differs');
  return found.state === 'differs' ? [found.mismatch.offset, found.mismatch.reason] : [-1, ''];
}

const HELPER = local('helper', FENTRY, 'ret');
const OTHER = local('other', FENTRY, 'nop', 'ret');
const COUNTER = data('.data.counter', 'aw', 'counter', '.quad 0');

describe('a function and what was shipped', () => {
  it('are the same when bytes and references are, wherever things lie', async () => {
    const foo = local('foo', FENTRY, 'call helper', 'movq counter(%rip), %rax', 'ret');
    const unit = await match([foo, HELPER, COUNTER].join('\n'), [COUNTER, OTHER, HELPER, foo].join('\n'));
    assert.equal(stateOf(unit).state, 'matched');
    assert.equal(stateOf(unit, 'helper').state, 'matched');
  });

  it('differ at the first byte that does', async () => {
    const unit = await match(
      local('foo', FENTRY, 'xor %eax, %eax', 'ret'),
      local('foo', FENTRY, 'xor %edx, %edx', 'ret'),
    );
    assert.deepEqual(mismatchOf(unit), [6, 'the bytes differ']);
  });

  it('differ behind the last reference', async () => {
    const unit = await match(local('foo', FENTRY, 'mov $1, %al'), local('foo', FENTRY, 'mov $2, %al'));
    assert.deepEqual(mismatchOf(unit), [6, 'the bytes differ']);
  });

  it('differ when less was shipped', async () => {
    const unit = await match(local('foo', FENTRY, 'nop', 'ret'), local('foo', FENTRY));
    assert.equal(mismatchOf(unit)[0], 0);
  });

  it('are absent when no function has the name', async () => {
    assert.deepEqual(stateOf(await match(local('foo', 'ret'), HELPER)), { state: 'absent' });
  });

  it('differ at the address that got furthest', async () => {
    const near = local('foo', FENTRY, 'xor %eax, %eax', 'mov $2, %al');
    const unit = await match(
      local('foo', FENTRY, 'xor %eax, %eax', 'mov $1, %al'),
      local('foo', 'ret', '.skip 16'),
      near,
      local('foo', FENTRY, 'ret', '.skip 16'),
    );
    assert.equal(mismatchOf(unit)[0], 8);
  });
});

/** Instructions with fields of every kind that kernel code has, by what they refer to. */
const FIELDS: readonly (readonly [string, (to: string) => string])[] = [
  ['PLT32 of a call', (to) => `call ${to}`],
  ['PLT32 of a jump', (to) => `jmp ${to}`],
  ['PLT32 of a conditional jump', (to) => `je ${to}`],
  ['PC32', (to) => `lea ${to}(%rip), %rax`],
  ['PC32 before an immediate of one byte', (to) => `cmpb $5, ${to}(%rip)`],
  ['PC32 before an immediate of four bytes', (to) => `movl $0x12345678, ${to}(%rip)`],
  ['PC32 with an offset', (to) => `mov ${to}+24(%rip), %rax`],
  ['32S', (to) => `mov $${to}, %rdi`],
  ['32S as a displacement', (to) => `mov ${to}(,%rax,8), %rdi`],
  ['32S with an offset below', (to) => `mov ${to}-8(,%rax,8), %rdi`],
  ['64', (to) => `movabs $${to}, %rdi`],
];

describe('a field', () => {
  const x = data('.data.x', 'aw', 'x', '.skip 64, 1');
  const y = data('.data.y', 'aw', 'y', '.skip 64, 1');
  const user = (name: string, instruction: string): string => local(name, FENTRY, instruction, 'ret');
  for (const [kind, refer] of FIELDS) {
    it(`of kind ${kind} leads to what its name says`, async () => {
      const foo = user('foo', refer('x'));
      assert.equal(stateOf(await match(`${foo}\n${x}\n${y}`, `${y}\n${foo}\n${x}`)).state, 'matched');
      const shipped = `${y}\n${user('foo', refer('y'))}\n${x}`;
      assert.match(mismatchOf(await match(`${foo}\n${x}\n${y}`, shipped))[1], /^it refers to x/);
    });
    it(`of kind ${kind} leads to the import of its name`, async () => {
      const ours = user('foo', refer('x'));
      assert.equal(stateOf(await match(ours, ours)).state, 'matched');
      const shipped = `${user('foo', refer('y'))}\n${user('bar', refer('x'))}`;
      assert.match(mismatchOf(await match(ours, shipped))[1], /^it refers to x/);
    });
  }

  it('of one byte is read as one', async () => {
    const foo = local('foo', FENTRY, '.byte 0xeb', '.byte x - . - 1', 'ret');
    const near = [
      code('.text', 'foo', [FENTRY, '.byte 0xeb', '.byte x - . - 1', 'ret']),
      code('.text', 'x', ['ret']),
    ];
    assert.equal(stateOf(await match(`${foo}\n${local('x', 'ret')}`, near.join('\n'))).state, 'matched');
  });

  it('that the assembler resolved in the shipped section is one like any other', async () => {
    const ours = [local('foo', FENTRY, 'call helper', 'ret'), HELPER].join('\n');
    const shipped = [
      code('.text', 'helper', [FENTRY, 'ret']),
      code('.text', 'foo', [FENTRY, 'call helper', 'ret']),
    ].join('\n');
    assert.equal(stateOf(await match(ours, shipped)).state, 'matched');
  });
});

describe('what has no name', () => {
  const foo = (...body: readonly string[]): string => local('foo', FENTRY, ...body, 'ret');

  it('is a string by its content, at whatever place', async () => {
    const body = 'lea .Ltext(%rip), %rdi';
    const ours = `${foo(body)}\n${text('.Ltext', 'hello')}`;
    const shipped = `${text('.Lother', 'something before')}\n${text('.Ltext', 'hello')}\n${foo(body)}`;
    assert.equal(stateOf(await match(ours, shipped)).state, 'matched');
  });

  it('is another string with another content', async () => {
    const body = 'lea .Ltext(%rip), %rdi';
    const unit = await match(
      `${foo(body)}\n${text('.Ltext', 'hello')}`,
      `${foo(body)}\n${text('.Ltext', 'hellO')}`,
    );
    assert.deepEqual(mismatchOf(unit), [8, 'it refers to "hello", and another literal was shipped']);
  });

  it('is the string of the symbol also before its start and behind its end', async () => {
    const body = ['mov .Ltext-1(%rax), %al', 'cmp $.Ltext+6, %rdi'];
    const ours = `${text('.Lbefore', 'a')}\n${foo(...body)}\n${text('.Ltext', 'hello')}\n${text('.Lbehind', 'b')}`;
    const shipped = `${text('.Lbehind', 'c')}\n${text('.Ltext', 'hello')}\n${foo(...body)}`;
    assert.equal(stateOf(await match(ours, shipped)).state, 'matched');
  });

  const constant = (value: string): string => `.section .rodata.cst8,"aM",@progbits,8\n.LC0: .quad ${value}`;
  it('is a constant by its content', async () => {
    const body = 'mov .LC0(%rip), %rax';
    const before = '.section .rodata.cst8,"aM",@progbits,8\n.quad 7';
    const same = await match(`${foo(body)}\n${constant('42')}`, `${before}\n${constant('42')}\n${foo(body)}`);
    assert.equal(stateOf(same).state, 'matched');
    const other = await match(`${foo(body)}\n${constant('42')}`, `${foo(body)}\n${constant('43')}`);
    assert.match(mismatchOf(other)[1], /another literal/);
  });

  const table = (...rows: readonly string[]): string =>
    `.section .rodata,"a"\n.Ltable:\n${rows.map((row) => `.quad ${row}`).join('\n')}`;
  const switched = ['jmp *.Ltable(,%rax,8)', '.Lone: nop', '.Ltwo: nop'];
  it('is a jump table by where its rows lead in the function', async () => {
    const ours = `${foo(...switched)}\n${table('.Lone', '.Ltwo')}`;
    const same = await match(ours, `${HELPER}\n${table('.Lone', '.Ltwo')}\n${foo(...switched)}`);
    assert.equal(stateOf(same).state, 'matched');
    const other = await match(ours, `${table('.Ltwo', '.Lone')}\n${foo(...switched)}`);
    assert.match(mismatchOf(other)[1], /another literal/);
  });

  it('is compared once where tables share rows, and may refer to itself', async () => {
    // Each row of 30 refers to the next twice: 2^30 paths.
    const rows = Array.from({ length: 30 }, (_, i) => `.Lrow${i}: .quad .Lrow${i + 1}, .Lrow${i + 1}`);
    const all = `.section .rodata,"a"\n${rows.join('\n')}\n.Lrow30: .quad .Lrow0`;
    const body = 'lea .Lrow0(%rip), %rax';
    const unit = await match(`${foo(body)}\n${all}`, `${all}\n${foo(body)}`);
    assert.equal(stateOf(unit).state, 'matched');
  });

  it('is refused when it leads deeper than compilers nest it', async () => {
    const rows = Array.from({ length: 70 }, (_, i) => `.Lrow${i}: .quad .Lrow${i + 1}`);
    const all = `.section .rodata,"a"\n${rows.join('\n')}\n.Lrow70: .quad 0`;
    const body = 'lea .Lrow0(%rip), %rax';
    assert.match(
      mismatchOf(await match(`${foo(body)}\n${all}`, `${all}\n${foo(body)}`))[1],
      /another literal/,
    );
  });

  it('is the state of a macro by its content, without content by being there', async () => {
    const once = (value: string): string => data('.data.once', 'aw', '__already_done.3', `.byte ${value}`);
    const warned = data('.bss.__warned.1', 'aw', '__warned.1', '.skip 1');
    const body = ['cmpb $0, __already_done.3(%rip)', 'cmpb $0, __warned.1(%rip)'];
    const ours = `${foo(...body)}\n${once('0')}\n${warned}`;
    assert.equal(stateOf(await match(ours, `${warned}\n${once('0')}\n${foo(...body)}`)).state, 'matched');
    assert.match(
      mismatchOf(await match(ours, `${warned}\n${once('1')}\n${foo(...body)}`))[1],
      /another literal/,
    );
  });
});

describe('a name', () => {
  it('that one function uses for two places is a mismatch', async () => {
    const body = (a: string, b: string): string => local('foo', FENTRY, `call ${a}`, `call ${b}`, 'ret');
    const unit = await match(
      `${body('helper', 'helper')}\n${HELPER}`,
      `${body('helper', 'twin')}\n${HELPER}\n${local('twin', FENTRY, 'nop', 'ret')}`,
    );
    assert.equal(mismatchOf(unit)[0], 11);
  });

  it('of a symbol that is in no table, as link scripts make them, says nothing', async () => {
    const foo = local('foo', FENTRY, 'mov $__start_of_something, %rax', 'ret');
    const unit = await match(foo, foo.replace('__start_of_something', '0xffffffff81000000'));
    assert.equal(stateOf(unit).state, 'matched');
    assert.equal(unit.externals.get('__start_of_something'), -0x7f000000);
  });

  it('of a weak function that another unit overrides is not that function', async () => {
    const weak = `.weak foo\n${local('foo', FENTRY, 'ret')}`;
    const strong = global('foo', FENTRY, 'xor %eax, %eax', 'ret');
    // The linker keeps the weak code under no name.
    const unit = await match(weak, local('.Lfoo', FENTRY, 'ret'), strong);
    assert.deepEqual(mismatchOf(unit), [5, 'the bytes differ']);
  });

  it('of a global is that of an import where the object has none', async () => {
    const ours = `${local('foo', FENTRY, 'call bar', 'ret')}\n${global('bar', FENTRY, 'ret')}`;
    const unit = await match(ours, local('foo', FENTRY, 'call bar', 'ret'));
    assert.equal(stateOf(unit).state, 'matched');
    assert.equal(stateOf(unit, 'bar').state, 'absent');
  });
});

describe('the judgement', () => {
  it('says nothing of functions that are the shipped ones', async () => {
    const unit = await match(HELPER, HELPER);
    assert.deepEqual(judgeMatch(unit, [functionOf(unit, 'helper')], 'a.c'), []);
  });

  it('names function, offset, and both instructions of one that differs', async () => {
    const unit = await match(
      `${local('foo', FENTRY, 'call helper', 'ret')}\n${HELPER}`,
      `${local('foo', FENTRY, 'call other', 'ret')}\n${HELPER}\n${OTHER}`,
    );
    const [found, ...rest] = judgeMatch(unit, [functionOf(unit, 'foo')], 'a.c');
    assert.equal(rest.length, 0);
    assert.equal(found?.code, 'MATCH_DIFFERS');
    assert.equal(found.verdict, 'refuse');
    assert.deepEqual(found.place, { object: 'vmlinux', file: 'a.c', symbol: 'foo', offset: 6 });
    assert.match(found.reason, /expected call .*# helper; found call .*and other was shipped/);
  });

  it('guesses the cause from how much of the file matches', async () => {
    const functions = (value: number, count: number): string =>
      Array.from({ length: 20 }, (_, i) =>
        local(`f${i}`, FENTRY, `mov $${i < count ? value : 0}, %eax`, 'ret'),
      ).join('\n');
    for (const [count, cause] of [
      [1, /19 of 20 .*source of this function/],
      [10, /10 of 20 .*configuration/],
      [20, /0 of 20 .*compiler/],
    ] as const) {
      const unit = await match(functions(1, count), functions(2, count));
      assert.match(judgeMatch(unit, [functionOf(unit, 'f0')], 'a.c')[0]?.reason ?? '', cause);
    }
  });

  it('refuses what was not shipped', async () => {
    const unit = await match(local('foo', 'ret'), HELPER);
    assert.equal(judgeMatch(unit, [functionOf(unit, 'foo')], 'a.c')[0]?.code, 'MATCH_NOT_SHIPPED');
  });
});
