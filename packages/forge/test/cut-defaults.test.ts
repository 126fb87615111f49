// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Cut, cutUnits } from '../src/cut/cut.ts';
import { liveSymbolName } from '../src/cut/destination.ts';
import type { CutUnit } from '../src/cut/unit.ts';
import { assembled, data, FENTRY, global, joined } from './support/assembly.ts';
import { exportOf, kernelOf, shippedFrom, unitOf } from './support/units.ts';
import { exportsOf, LinkedModule, linked } from './support/updates.ts';

const SETTING = [
  global('uptide_set_defaults', FENTRY, 'mov $uptide_defaults, %rdi', 'ret'),
  global('uptide_put_back_defaults', FENTRY, 'mov $uptide_defaults, %rdi', 'ret'),
].join('\n');

interface Valued {
  readonly object?: string;
  readonly keys?: number;
  /** Code of `foo` before its last instruction. */
  readonly code?: readonly string[];
  readonly marks?: readonly string[];
}

/** A unit in which `foo` changes, and the first value of `value`, which the update sets. */
async function unitWithValue({
  object = 'vmlinux',
  keys = 0,
  code = [],
  marks = [],
}: Valued): Promise<CutUnit> {
  const source = (n: number): string =>
    [
      global('foo', FENTRY, ...code, n === 1 ? 'cld' : 'std', 'mov value(%rip), %eax', 'ret'),
      `.globl value\n${data('.data.value', 'aw', 'value', `.quad ${n}, 0`)}`,
      ...(n === 1 ? [] : marks),
    ].join('\n');
  const pre = await assembled(source(1));
  const shipped = shippedFrom(await joined(source(1)), object);
  const unit = unitOf({ pre, post: await assembled(source(0)), shipped });
  const [before] = unit.comparison.pre.named.get('value') ?? [];
  const [after] = unit.comparison.post.named.get('value') ?? [];
  assert.ok(before !== undefined && after !== undefined);
  return { ...unit, defaults: [{ pre: before, post: after, keys }] };
}

async function cutWithValue(valued: Valued): Promise<Cut> {
  const unit = await unitWithValue(valued);
  return cutUnits([unit], kernelOf([unit.match.shipped], { __fentry__: 'vmlinux' }));
}

const codes = ({ findings }: Cut): string[] => findings.map(({ code }) => code);

describe('a variable that the update sets', () => {
  it('is found in the running kernel, and both values go along', async () => {
    const cut = await cutWithValue({});
    assert.deepEqual(codes(cut), []);
    const [value] = cut.defaults;
    assert.ok(value !== undefined && cut.defaults.length === 1);
    assert.equal(liveSymbolName(value.symbol), '.klp.sym.vmlinux.value,0');
    const copies = cut.pieces.filter(({ piece }) => piece.name === 'value');
    assert.deepEqual(
      copies.map(({ piece }) => piece),
      [value.before, value.after],
    );
  });

  it('is where code refers to, and not its copy', async () => {
    const cut = await cutWithValue({});
    const foo = cut.pieces.find(({ piece }) => piece.name === 'foo');
    const kinds = foo?.references.map(({ destination }) => destination.kind);
    assert.deepEqual(kinds, ['import', 'live']);
  });

  it('is a state that a newer update must know, by its place alone', async () => {
    const [first, again, other] = await Promise.all([
      cutWithValue({}),
      cutWithValue({ code: ['nop'] }),
      cutWithValue({ object: 'sctp' }),
    ]);
    assert.equal(first.states.length, 1);
    assert.deepEqual(first.states, again.states);
    assert.notDeepEqual(first.states, other.states);
    assert.ok(first.states.every(({ id }) => id > 0n && id < 1n << 64n));
  });

  it('is refused beside a callback of the author for the same moment', async () => {
    const mark = [
      global('mine', FENTRY, 'ret'),
      '.section .uptide.post_patch,"a",@progbits',
      '.type mark, @object',
      'mark: .quad mine',
      '.size mark, 8',
    ].join('\n');
    assert.deepEqual(codes(await cutWithValue({ marks: [mark] })), ['AUTHOR_CALLBACK_TWICE']);
  });

  it('is refused as a key that a replaced function switches on', async () => {
    const jump = [
      '772: .nops 5',
      '.pushsection __jump_table,"aw"',
      '.balign 8',
      '.long 772b - ., 772b - .',
      '.quad value - .',
      '.popsection',
    ];
    assert.deepEqual(codes(await cutWithValue({ keys: 1, code: jump })), ['CUT_TABLE_KEY_CHANGED']);
    assert.deepEqual(codes(await cutWithValue({ code: jump })), []);
  });
});

describe('the list of variables in a module', () => {
  for (const object of ['vmlinux', 'sctp']) {
    it(`names place, values and size, for ${object}`, async () => {
      const cut = await cutWithValue({ object, keys: 1 });
      const module = new LinkedModule(
        await linked(cut, {
          exports: exportsOf(exportOf('stop_machine', 'vmlinux')),
          defaults: await assembled(SETTING),
        }),
      );
      const symbol = module.object.symbols.find(({ name }) => name === 'uptide_defaults');
      assert.ok(symbol !== undefined);
      const at = symbol.value;
      const view = Buffer.from(module.bytes('.data'));
      const words = [...Array(14).keys()].map((i) => Number(view.readBigUInt64LE(at + 8 * i)));
      assert.deepEqual(words, [0, 0, 0, 0, 16, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
      assert.equal(module.pointer('.data', at + 8).section, `.klp.sym.${object}.value,0`);
      if (object === 'sctp') assert.equal(module.text(module.pointer('.data', at)), 'sctp');
      const values = [16, 24].map((field) => {
        const { section, offset } = module.pointer('.data', at + field);
        return module.bytes(section)[offset];
      });
      assert.deepEqual(values, [1, 0]);
    });
  }
});
