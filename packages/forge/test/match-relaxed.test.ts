// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { run } from '@uptide/base';
import { type ElfObject, readObject } from '@uptide/elf';
import type { FunctionMatch } from '../src/match/match.ts';
import { recordMatch } from '../src/match/record.ts';
import { assembled, code, inFolder } from './support/assembly.ts';
import { functionOf, matched, shippedFrom } from './support/units.ts';

type Body = readonly string[];

/** Functions by name: in sections of their own as we compile them, and in one as Kbuild does. */
async function match(
  ours: Readonly<Record<string, Body>>,
  shipped: Readonly<Record<string, Body>> = ours,
): Promise<{ foo: FunctionMatch | undefined; unit: ReturnType<typeof matched> }> {
  const apart = Object.entries(ours).map(([name, body]) => code(`.text.${name}`, name, body));
  const together = Object.entries(shipped).map(([name, body]) => code('.text', name, body));
  const unit = matched(await assembled(...apart), shippedFrom(await assembled(...together)));
  return { foo: unit.functions.get(functionOf(unit, 'foo')), unit };
}

/** A function that ends in a jump to the one before it; five bytes in ours, two in the shipped one. */
const helper: Body = ['xor %eax, %eax', 'ret'];

describe('a jump that is shorter in the shipped code', () => {
  it('at the end is the same jump', async () => {
    const { foo } = await match({ helper, foo: ['movzbl %dil, %edi', 'jmp helper'] });
    assert.equal(foo?.state, 'matched');
    assert.ok(foo.state === 'matched' && foo.layout !== undefined);
    assert.equal(foo.layout.size, 6);
  });

  it('with a condition is the same jump', async () => {
    const { foo } = await match({ helper, foo: ['test %edi, %edi', 'je helper', 'mov $1, %eax', 'ret'] });
    assert.equal(foo?.state, 'matched');
  });

  it('shifts what follows, the jumps around it and their lengths', async () => {
    // Over 124 bytes and the jump: near in ours, short in the shipped one.
    const body = [
      'test %edi, %edi',
      'je 2f',
      'jmp helper',
      '.skip 123, 0xf8',
      '2: inc %eax',
      'jne 2b',
      'ret',
    ];
    const { foo } = await match({ helper, foo: body });
    assert.equal(foo?.state, 'matched');
    assert.equal(foo.state === 'matched' && foo.layout?.size, 2 + 2 + 123 + 2 + 2 + 2 + 1);
  });

  it('changes the padding before a loop', async () => {
    const body = ['je helper', 'xor %ecx, %ecx', '.p2align 4', '1: inc %ecx', 'jne 1b', 'je helper', 'ret'];
    assert.equal((await match({ helper, foo: body })).foo?.state, 'matched');
  });

  it('leaves calls of the function itself where they lead', async () => {
    const body = ['je helper', 'call foo', 'ret'];
    assert.equal((await match({ helper, foo: body })).foo?.state, 'matched');
  });

  it('leads what follows to where references say', async () => {
    const body = (name: string): Body => ['je helper', `call ${name}`, 'ret'];
    const third = ['std', 'ret'];
    assert.equal((await match({ helper, third, foo: body('third') })).foo?.state, 'matched');
    const { foo } = await match(
      { helper, third, foo: body('third') },
      { helper, third, foo: body('helper') },
    );
    assert.equal(foo?.state, 'differs');
  });
});

describe('what is not the same jump', () => {
  const cases: readonly (readonly [string, Body, Body])[] = [
    ['another condition', ['je helper', 'ret'], ['jne helper', 'ret']],
    ['another function', ['je helper', 'ret'], ['je third', 'ret']],
    ['another instruction after it', ['je helper', 'inc %eax', 'ret'], ['je helper', 'dec %eax', 'ret']],
    ['an instruction more', ['je helper', 'ret'], ['je helper', 'cld', 'ret']],
    ['an instruction less', ['je helper', 'cld', 'ret'], ['je helper', 'ret']],
    [
      'another place in the function',
      ['je helper', '1: nop', 'cld', 'jne 1b'],
      ['je helper', 'nop', 'cld', '1: jne 1b'],
    ],
    [
      'a place outside instead of one inside',
      ['je helper', '1: cld', 'jne 1b'],
      ['je helper', 'cld', 'jne third'],
    ],
    ['a jump to itself for one to a neighbour', ['je helper', 'jmp helper'], ['je helper', '1: jmp 1b']],
  ];
  for (const [what, ours, shipped] of cases) {
    it(`is one with ${what}`, async () => {
      const third = ['std', 'ret'];
      const { foo } = await match({ helper, third, foo: ours }, { helper, third, foo: shipped });
      assert.equal(foo?.state, 'differs');
    });
  }

  it('is a longer or shorter jump of a function that jumps to no neighbour', async () => {
    const { foo } = await match(
      { helper, foo: ['jmp 1f', '1: ret'] },
      { helper, foo: ['jmp.d32 1f', '1: ret'] },
    );
    assert.equal(foo?.state, 'differs');
  });
});

describe('a no-operation that the kernel rewrites', () => {
  const site = '771: .byte 0x0f, 0x1f, 0x44, 0, 0';
  const table = [
    '.pushsection __jump_table, "aw"',
    '.balign 8',
    '.long 771b - .',
    '.long 772f - .',
    '.quad key - .',
    '.popsection',
  ];
  const body: Body = ['je helper', site, ...table, 'ret', '772: cld', 'ret'];

  it('is an instruction like any other', async () => {
    const { foo } = await match({ helper, foo: body });
    assert.equal(foo?.state, 'matched');
    const without = body.filter((line) => line !== site).map((line) => line.replace('771b', '.'));
    assert.equal((await match({ helper, foo: body }, { helper, foo: without })).foo?.state, 'differs');
  });

  it('is not told from padding beside it', async () => {
    const padded = ['je helper', '.byte 0x0f, 0x1f, 0x44, 0, 0', ...body.slice(1)];
    assert.equal((await match({ helper, foo: body }, { helper, foo: padded })).foo?.state, 'differs');
  });

  it('is masked where it was shipped', async () => {
    const { foo, unit } = await match({ helper, foo: body });
    assert.ok(foo?.state === 'matched' && foo.layout !== undefined);
    const record = recordMatch(functionOf(unit, 'foo'), foo.address, unit.shipped, foo.layout);
    assert.deepEqual(record?.masks, [{ offset: 2, length: 5, kind: 'jump-label' }]);
  });
});

describe('real functions', () => {
  it('match whichever way the compiler laid them out', async () => {
    // Jumps to neighbours, in loops and branches, of lengths that only the assembler knows.
    const source = `
      int sink(int, int);
      __attribute__((noinline)) static int low(int a) { return sink(a, 1); }
      __attribute__((noinline)) static int high(int a) { return a > 9 ? low(a - 1) : sink(a, 2); }
      int first(int a) { return low(a); }
      int loop(int n) {
        for (int i = 0; i < n; i++) if (sink(i, n) == 3) return high(i);
        return n & 1 ? low(n) : high(-n);
      }
      int last(int a, int b) { if (a == b) return loop(a); while (a-- > b) sink(a, b); return first(b); }`;
    const flags = ['-O2', '-fno-pic', '-mcmodel=kernel', '-fno-asynchronous-unwind-tables', '-c'];
    const compile = (...more: readonly string[]): Promise<ElfObject> =>
      inFolder({ 'a.c': source }, async (cwd) => {
        await run('gcc-12', [...flags, ...more, '-o', 'a.o', 'a.c'], { cwd, package: 'gcc-12' });
        return readObject(await readFile(join(cwd, 'a.o')));
      });
    const unit = matched(
      await compile('-ffunction-sections', '-fdata-sections'),
      shippedFrom(await compile()),
    );
    const verdicts = [...unit.functions.values()];
    assert.deepEqual(new Set(verdicts.map(({ state }) => state)), new Set(['matched']));
    const relaxed = verdicts.filter((verdict) => verdict.state === 'matched' && verdict.layout !== undefined);
    assert.ok(
      relaxed.length >= 2,
      `only ${relaxed.length} of ${verdicts.length} have jumps of another length`,
    );
  });
});
