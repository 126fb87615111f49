// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Cut } from '../src/cut/cut.ts';
import { dissect } from '../src/dissect/dissect.ts';
import { recordMatch } from '../src/match/record.ts';
import { shippedModule } from '../src/match/shipped-module.ts';
import { assembled, FENTRY, global, joined, local } from './support/assembly.ts';
import { fails } from './support/fails.ts';
import { cutOf, shippedFrom, unitOf } from './support/units.ts';

/** What objtool writes at the link: the entries whose address nobody takes. */
function seal(...names: readonly string[]): string {
  return `.section .ibt_endbr_seal,"a"\n${names.map((name) => `.long ${name} - .`).join('\n')}`;
}

const exports = { __fentry__: 'vmlinux' };
const CALL = 'call helper';
const TAKE = 'lea helper(%rip), %rdi';
const HELPER = local('helper', 'endbr64', FENTRY, 'ret');
const PLAIN = local('helper', FENTRY, 'ret');
const foo = (...body: readonly string[]): string =>
  local('foo', 'endbr64', FENTRY, ...body, 'nop', 'ret', '.globl foo');

/** Cuts `foo`, which comes to have another body, beside a helper; `shipped` is what the kernel has besides. */
async function cut(
  before: string,
  after: string,
  helpers: readonly string[],
  ...shipped: string[]
): Promise<Cut> {
  const [pre = '', post = pre] = helpers;
  const object = await joined([foo(before), pre, ...shipped].join('\n'));
  const unit = unitOf({
    pre: await assembled(foo(before), pre),
    post: await assembled(foo(after), post),
    shipped: shippedFrom(object),
  });
  return cutOf([unit], exports);
}

const codes = (result: Cut): string[] => result.findings.map(({ code, verdict }) => `${code} ${verdict}`);

describe('the address of a function that nobody has called by its address', () => {
  it('is refused when the kernel has sealed the entry', async () => {
    assert.deepEqual(codes(await cut(CALL, TAKE, [HELPER], seal('helper'))), ['CUT_ENDBR_SEALED refuse']);
  });

  it('is refused when the compiler has left out ENDBR64', async () => {
    assert.deepEqual(codes(await cut(CALL, TAKE, [PLAIN, HELPER])), ['CUT_ENDBR_SEALED refuse']);
  });

  it('is refused in new data as well', async () => {
    const table = '.section .data.rel.ro.ops,"aw"\nops: .quad helper\n.size ops, 8\n.type ops, @object';
    const helpers = [HELPER, `${HELPER}\n${table}`];
    const result = await cut(CALL, 'lea ops(%rip), %rdi', helpers, seal('helper'));
    assert.deepEqual(codes(result), ['CUT_ENDBR_SEALED refuse']);
  });

  it('is refused when another unit has the function', async () => {
    const external = global('helper', 'endbr64', FENTRY, 'ret');
    const pre = foo('nop');
    const post = foo('mov $helper, %rdi');
    const unit = unitOf({
      pre: await assembled(pre),
      post: await assembled(post),
      shipped: shippedFrom(await joined([pre, external, seal('helper')].join('\n'))),
    });
    assert.deepEqual(codes(cutOf([unit], exports)), ['CUT_ENDBR_SEALED refuse']);
  });

  it('is fine when another entry is sealed', async () => {
    assert.deepEqual(codes(await cut(CALL, TAKE, [HELPER], seal('foo'))), []);
  });

  it('is fine in a kernel without ENDBR64', async () => {
    assert.deepEqual(codes(await cut(CALL, TAKE, [PLAIN])), []);
  });

  it('is not taken by a call or a tail call', async () => {
    assert.deepEqual(codes(await cut('nop', CALL, [HELPER], seal('helper'))), []);
    assert.deepEqual(codes(await cut('nop', 'jmp helper', [HELPER], seal('helper'))), []);
  });
});

describe('the table of sealed entries', () => {
  it('is read with its relocations', async () => {
    const shipped = shippedModule('m', await assembled(HELPER, foo(CALL), seal('foo', 'helper')));
    const sealed = ['foo', 'helper'].map((name) =>
      shipped.named(name).every(({ address }) => shipped.sealed(address)),
    );
    assert.deepEqual(sealed, [true, true]);
  });

  it('has its places masked in the record of a match', async () => {
    const object = await assembled(foo(), seal('foo'));
    const shipped = shippedModule('vmlinux', object);
    const [piece] = dissect(object).named.get('foo') ?? [];
    const [symbol] = shipped.named('foo');
    assert.ok(piece && symbol);
    assert.deepEqual(recordMatch(piece, symbol.address, shipped)?.masks[0], {
      offset: 0,
      length: 4,
      kind: 'endbr',
    });
  });

  it('is refused when it ends in the middle of an entry', async () => {
    const object = await assembled(foo(), `${seal('foo')}\n.byte 0`);
    fails('OBJECT_TABLE_LAYOUT', () => shippedModule('m', object));
  });
});

describe('a unit that was sealed by itself', () => {
  const sealed = [foo('cld'), seal('foo')] as const;

  it('has not changed when only the seal did', async () => {
    const unit = unitOf({
      pre: await assembled(...sealed),
      post: await assembled(foo('cld')),
      shipped: shippedFrom(await assembled(foo('cld'))),
    });
    assert.deepEqual([unit.comparison.changed, codes(cutOf([unit], exports))], [[], []]);
  });

  it('brings no seal along', async () => {
    const unit = unitOf({
      pre: await assembled(...sealed),
      post: await assembled(foo('std'), seal('foo')),
      shipped: shippedFrom(await assembled(...sealed)),
    });
    const { pieces } = cutOf([unit], exports);
    assert.deepEqual(
      pieces.map(({ piece, entries }) => [piece.name, entries]),
      [['foo', []]],
    );
  });
});

describe('the table of calls that are accounted', () => {
  const SITE = ['771: call helper', '.pushsection .call_sites,"a"', '.long 771b - .', '.popsection'].join(
    '\n',
  );
  const entries = (result: Cut): number =>
    result.pieces
      .flatMap((piece) => piece.entries)
      .filter(({ entry }) => entry.table.section === '.call_sites').length;

  it('keeps calls of the image', async () => {
    assert.equal(entries(await cut('nop', SITE, [HELPER])), 1);
  });

  it('leaves out calls into a module, which are led somewhere only later', async () => {
    const pre = await assembled(foo('nop'), HELPER);
    const post = await assembled(foo(SITE), HELPER);
    const result = cutOf([unitOf({ pre, post, shipped: shippedFrom(pre, 'm') })], exports);
    assert.deepEqual([entries(result), codes(result)], [0, []]);
  });
});
