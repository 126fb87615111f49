// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ElfObject } from '@uptide/elf';
import { type Cut, type CutPiece, cutUnits } from '../src/cut/cut.ts';
import { type Destination, liveSymbolName } from '../src/cut/destination.ts';
import type { CutUnit } from '../src/cut/unit.ts';
import { assembled, code, data, FENTRY, global, joined, local, text } from './support/assembly.ts';
import { cutOf, kernelOf, shippedFrom, unitOf } from './support/units.ts';

type Exports = Readonly<Record<string, string>>;

interface Change {
  readonly pre: string;
  readonly post: string;
  /** Units of the same object that were shipped before and after ours. */
  readonly before?: string;
  readonly after?: string;
  readonly object?: string;
  readonly exports?: Exports;
}

/** Cuts the change of one unit. */
async function cut({
  pre,
  post,
  before = '',
  after = '',
  object = 'vmlinux',
  exports = {},
}: Change): Promise<Cut> {
  const shipped = shippedFrom(await joined(before, pre, after), object);
  return cutOf([unitOf({ pre: await assembled(pre), post: await assembled(post), shipped })], exports);
}

function describeDestination(destination: Destination): string {
  const offset = destination.offset === 0 ? '' : `+${destination.offset}`;
  switch (destination.kind) {
    case 'live':
      return `${liveSymbolName(destination.symbol)}${offset}`;
    case 'carried':
      return `carried ${destination.piece.name || destination.piece.kind}${offset}`;
    default:
      return `${destination.kind} ${destination.name}${offset}`;
  }
}

/** Where the references of a carried piece lead, without the call of ftrace. */
function destinations(result: Cut, name = 'foo'): string[] {
  return pieceOf(result, name)
    .references.map(({ destination }) => describeDestination(destination))
    .slice(1);
}

function pieceOf(result: Cut, name: string): CutPiece {
  const [found, ...others] = result.pieces.filter(({ piece }) => piece.name === name);
  assert.ok(found !== undefined && others.length === 0, name);
  return found;
}

const codes = (result: Cut): string[] => result.findings.map(({ code: each }) => each);
const foo = (...body: readonly string[]): string => local('foo', FENTRY, ...body, 'ret');
const helper = local('helper', FENTRY, 'ret');
const vmlinux: Exports = { __fentry__: 'vmlinux', kfree: 'vmlinux' };

/** A change of `foo` that adds instructions; everything else of the unit stays. */
function adding(instructions: readonly string[], ...rest: readonly string[]): Pick<Change, 'pre' | 'post'> {
  return {
    pre: [foo(...instructions, 'cld'), ...rest].join('\n'),
    post: [foo(...instructions, 'std'), ...rest].join('\n'),
  };
}

describe('what a replaced function calls', () => {
  it('is imported where vmlinux exports it', async () => {
    const result = await cut({ ...adding(['call kfree']), exports: vmlinux });
    assert.deepEqual(destinations(result), ['import kfree']);
    assert.deepEqual(codes(result), []);
    assert.deepEqual(
      result.functions.map(({ original, replacement }) => [liveSymbolName(original), replacement.name]),
      [['.klp.sym.vmlinux.foo,0', 'foo']],
    );
  });

  it('is the live static of the unit, by its position', async () => {
    const change = adding(['call helper'], helper);
    assert.deepEqual(destinations(await cut({ ...change, exports: vmlinux })), ['.klp.sym.vmlinux.helper,0']);
    const after = await cut({ ...change, before: helper, exports: vmlinux });
    assert.deepEqual(destinations(after), ['.klp.sym.vmlinux.helper,2']);
    const before = await cut({ ...change, after: helper, exports: vmlinux });
    assert.deepEqual(destinations(before), ['.klp.sym.vmlinux.helper,1']);
  });

  it('is refused where nothing tells which of equal statics it is', async () => {
    const pre = `${foo('cld')}\n${helper}`;
    const result = await cut({
      pre,
      post: `${foo('call helper')}\n${helper}`,
      after: helper,
      exports: vmlinux,
    });
    assert.deepEqual(codes(result), ['MATCH_AMBIGUOUS']);
    assert.equal(result.findings[0]?.verdict, 'refuse');
    assert.equal(result.findings[0]?.place.symbol, 'foo');
  });

  it('is refused where the static is not the one that was shipped', async () => {
    const post = await assembled(`${foo('call helper')}\n${helper}`);
    const pre = await assembled(`${foo('cld')}\n${helper}`);
    const shipped = shippedFrom(await assembled(`${foo('cld')}\n${local('helper', FENTRY, 'nop', 'ret')}`));
    assert.deepEqual(codes(cutOf([unitOf({ pre, post, shipped })], vmlinux)), ['MATCH_DIFFERS']);
  });

  it('is the global of another unit, whatever statics share its name', async () => {
    const external = 'call far';
    const far = global('far', FENTRY, 'ret');
    const staticFar = local('far', FENTRY, 'nop', 'ret');
    for (const [units, expected] of [
      [{ after: far }, '.klp.sym.vmlinux.far,0'],
      [{ before: staticFar, after: far }, '.klp.sym.vmlinux.far,2'],
      [{ before: far, after: staticFar }, '.klp.sym.vmlinux.far,2'],
    ] as const) {
      // A global comes behind all statics in the table of one object, as it does after `ld -r`.
      const known = await cut({ ...adding([external]), ...units, exports: vmlinux });
      assert.deepEqual(destinations(known), [expected]);
      const fresh = await cut({ pre: foo('cld'), post: foo(external), ...units, exports: vmlinux });
      assert.deepEqual(destinations(fresh), [expected]);
    }
  });

  it('is never the static of another unit', async () => {
    for (const object of ['vmlinux', 'sctp']) {
      const change = { pre: foo('cld'), post: foo('call far'), after: local('far', FENTRY, 'ret'), object };
      assert.deepEqual(codes(await cut({ ...change, exports: vmlinux })), ['MATCH_SYMBOL_UNKNOWN']);
      const exported = await cut({ ...change, exports: { ...vmlinux, far: 'vmlinux' } });
      assert.deepEqual(destinations(exported), ['import far']);
    }
  });

  it('is refused where nothing has it', async () => {
    const result = await cut({ pre: foo('cld'), post: foo('call nothing'), exports: vmlinux });
    assert.deepEqual(codes(result), ['MATCH_SYMBOL_UNKNOWN']);
  });

  it('is the own global of a module before an export of vmlinux', async () => {
    const change = { ...adding(['call far']), after: global('far', FENTRY, 'ret'), object: 'sctp' };
    const result = await cut({ ...change, exports: { ...vmlinux, far: 'vmlinux' } });
    assert.deepEqual(destinations(result), ['.klp.sym.sctp.far,0']);
  });

  it('is what another module exports', async () => {
    const exports = { ...vmlinux, crc32c: 'libcrc32c' };
    const result = await cut({ ...adding(['call crc32c']), object: 'sctp', exports });
    assert.deepEqual(destinations(result), ['.klp.sym.libcrc32c.crc32c,0']);
    // What is built in cannot need a module.
    assert.deepEqual(codes(await cut({ ...adding(['call crc32c']), exports })), ['MATCH_SYMBOL_UNKNOWN']);
  });

  it('is imported when it is a global of the unit that is in no table, and exported', async () => {
    const change = adding(['call far'], global('far', FENTRY, 'ret'));
    const shipped = shippedFrom(await assembled(adding(['call far']).pre));
    const unit = unitOf({ pre: await assembled(change.pre), post: await assembled(change.post), shipped });
    assert.deepEqual(destinations(cutOf([unit], { ...vmlinux, far: 'vmlinux' })), ['import far']);
    assert.deepEqual(codes(cutOf([unit], vmlinux)), ['MATCH_SYMBOL_UNKNOWN']);
  });

  it('is not what is freed when the start is over', async () => {
    const init = code('.init.text', 'setup', [FENTRY, 'ret']);
    const result = await cut({ ...adding(['call setup'], init), exports: vmlinux });
    assert.deepEqual(codes(result), ['CUT_INIT_REFERENCE']);
  });

  it('is no symbol of another unit that is freed when the start is over', async () => {
    const freed = (symbol: string): string =>
      ['__init_begin', symbol, '__init_end'].map((name) => code('.ref.text', name, ['ret'])).join('\n');
    const after = `.globl far, near\n${freed('far')}\n${local('near', 'ret')}`;
    const far = { pre: foo('cld'), post: foo('call far'), after, exports: vmlinux };
    assert.deepEqual(codes(await cut(far)), ['CUT_INIT_REFERENCE']);
    const near = { ...far, post: foo('call near') };
    assert.deepEqual(destinations(await cut(near)), ['.klp.sym.vmlinux.near,0']);
  });

  it('is counted among the symbols of the module that exports it', async () => {
    const exporter = await joined(local('crc32c', 'nop'), global('crc32c', 'ret'));
    const change = adding(['call crc32c']);
    const pre = await assembled(change.pre);
    const unit = unitOf({ pre, post: await assembled(change.post), shipped: shippedFrom(pre, 'sctp') });
    const exports = { ...vmlinux, crc32c: 'libcrc32c' };
    const kernel = kernelOf([unit.match.shipped, shippedFrom(exporter, 'libcrc32c')], exports);
    assert.deepEqual(destinations(cutUnits([unit], kernel)), ['.klp.sym.libcrc32c.crc32c,2']);
  });

  it('is no symbol of which klp counts a module in two ways', async () => {
    const twin = code('.init.text', 'helper', ['ret']);
    const change = { ...adding(['call helper'], helper), object: 'sctp', exports: vmlinux };
    assert.deepEqual(destinations(await cut({ ...change, after: twin })), ['.klp.sym.sctp.helper,1']);
    assert.deepEqual(codes(await cut({ ...change, before: twin })), ['MATCH_AMBIGUOUS']);
  });

  it('is not the middle of a function that stays', async () => {
    const entry = `${local('helper', FENTRY, '.Linside: cld', 'ret')}`;
    const result = await cut({ ...adding(['call .Linside'], entry), exports: vmlinux });
    assert.deepEqual(codes(result), ['CUT_REFERENCE_INSIDE']);
  });
});

describe('replaced and new functions', () => {
  it('call each other inside the module', async () => {
    const pre = `${foo('call helper', 'cld')}\n${local('helper', FENTRY, 'cld', 'ret')}`;
    const post = `${foo('call helper', 'call fresh')}\n${local('helper', FENTRY, 'std', 'ret')}\n${local('fresh', FENTRY, 'ret')}`;
    const result = await cut({ pre, post, exports: vmlinux });
    assert.deepEqual(destinations(result), ['carried helper', 'carried fresh']);
    assert.deepEqual(
      result.functions.map(({ original }) => original.name),
      ['foo', 'helper'],
    );
  });

  it('are pointed to where the original is', async () => {
    const body = ['lea helper(%rip), %rdi', 'mov $helper, %rsi', 'call helper', 'jmp helper'];
    const pre = `${foo(...body)}\n${local('helper', FENTRY, 'cld', 'ret')}`;
    const post = `${foo(...body, 'nop')}\n${local('helper', FENTRY, 'std', 'ret')}`;
    assert.deepEqual(destinations(await cut({ pre, post, exports: vmlinux })), [
      '.klp.sym.vmlinux.helper,0',
      '.klp.sym.vmlinux.helper,0',
      'carried helper',
      'carried helper',
    ]);
  });

  it('are pointed to where the original is by carried data, and within by place', async () => {
    const table = '.section .rodata,"a"\n.Ltable: .quad foo, .Linside, helper';
    const body = (last: string): string => foo('lea .Ltable(%rip), %rax', '.Linside: nop', last);
    const pre = `${body('cld')}\n${helper}\n${table}`;
    const result = await cut({ pre, post: `${body('std')}\n${helper}\n${table}`, exports: vmlinux });
    assert.deepEqual(destinations(result), ['carried anonymous']);
    const carried = result.pieces.find(({ piece }) => piece.kind === 'anonymous');
    assert.deepEqual(
      carried?.references.map(({ destination }) => describeDestination(destination)),
      ['.klp.sym.vmlinux.foo,0', 'carried foo+12', '.klp.sym.vmlinux.helper,0'],
    );
  });

  it('that are new are known to other units of their object, and to no others', async () => {
    const unit = async (name: string, object: string, own: string): Promise<ReturnType<typeof unitOf>> => {
      const pre = await assembled(local(name, FENTRY, 'cld', 'ret'));
      const post = await assembled(`${local(name, FENTRY, 'call fresh', 'ret')}\n${own}`);
      return unitOf({ pre, post, shipped: shippedFrom(pre, object), source: `${name}.c` });
    };
    const fresh = global('fresh', FENTRY, 'ret');
    const same = cutOf([await unit('one', 'sctp', fresh), await unit('two', 'sctp', '')], vmlinux);
    assert.deepEqual(destinations(same, 'two'), ['carried fresh']);
    assert.deepEqual(codes(same), []);
    const apart = cutOf([await unit('one', 'sctp', fresh), await unit('two', 'ext4', '')], vmlinux);
    assert.deepEqual(codes(apart), ['MATCH_SYMBOL_UNKNOWN']);
    const each = cutOf([await unit('one', 'sctp', fresh), await unit('two', 'ext4', fresh)], vmlinux);
    const targets = ['one', 'two'].map((name) => pieceOf(each, name).references[1]?.destination);
    const [first, second] = targets.map((to) => (to?.kind === 'carried' ? to.piece : undefined));
    assert.ok(first !== undefined && second !== undefined && first !== second, 'each calls its own');
  });

  it('that are new in vmlinux are known to modules', async () => {
    const fresh = global('fresh', FENTRY, 'ret');
    const unit = async (calls: string, object: string, more: string): Promise<CutUnit> => {
      const pre = [global(calls, FENTRY, 'ret')].join('\n');
      const post = [global(calls, FENTRY, 'call fresh', 'ret'), more].join('\n');
      const shipped = shippedFrom(await assembled(pre), object);
      return unitOf({ pre: await assembled(pre), post: await assembled(post), shipped });
    };
    const result = cutOf([await unit('one', 'vmlinux', fresh), await unit('two', 'ext4', '')], vmlinux);
    assert.deepEqual(codes(result), []);
    assert.deepEqual(destinations(result, 'two'), ['carried fresh']);
  });

  it('are globals of vmlinux that a patch exports to a module', async () => {
    const unit = async (object: string, name: string, ...rest: readonly string[]): Promise<CutUnit> => {
      const pre = [global(name, FENTRY, 'ret'), ...rest].join('\n');
      const post = [global(name, FENTRY, 'call far', 'ret'), ...rest].join('\n');
      const shipped = shippedFrom(await assembled(pre), object);
      return unitOf({ pre: await assembled(pre), post: await assembled(post), shipped });
    };
    const far = await unit('vmlinux', 'one', global('far', FENTRY, 'ret'));
    const seen = cutOf([far, await unit('ext4', 'two')], vmlinux);
    assert.deepEqual(codes(seen), []);
    assert.deepEqual(destinations(seen, 'two'), ['.klp.sym.vmlinux.far,0']);
    const hidden = await unit('vmlinux', 'one', local('far', FENTRY, 'ret'));
    assert.deepEqual(codes(cutOf([hidden, await unit('ext4', 'two')], vmlinux)), ['MATCH_SYMBOL_UNKNOWN']);
  });

  it('bring their cold parts', async () => {
    const cold = (body: string): string => code('.text.unlikely.foo', 'foo.cold', [body, 'ret']);
    const change = {
      pre: `${foo('cld', 'jmp foo.cold')}\n${cold('nop')}`,
      post: `${foo('cld', 'jmp foo.cold')}\n${cold('std')}\n${local('fresh', FENTRY, 'jmp fresh.cold')}\n${code('.text.unlikely.fresh', 'fresh.cold', ['ret'])}`,
    };
    const result = await cut({ ...change, exports: vmlinux });
    assert.deepEqual(result.pieces.map(({ piece }) => piece.name).sort(), [
      'foo',
      'foo.cold',
      'fresh',
      'fresh.cold',
    ]);
    assert.deepEqual(codes(result), []);
  });

  it('are found at the position that the match proved', async () => {
    const other = local('foo', FENTRY, 'nop', 'ret');
    const change = { pre: foo('cld'), post: foo('std'), before: other, exports: vmlinux };
    const result = await cut(change);
    assert.deepEqual(
      liveSymbolName(result.functions[0]?.original ?? assert.fail()),
      '.klp.sym.vmlinux.foo,2',
    );
  });

  it('are not replaced where klp would count them in two ways, or where they did not match', async () => {
    const twin = code('.init.text', 'foo', ['ret']);
    const counted = await cut({
      pre: foo('cld'),
      post: foo('std'),
      before: twin,
      object: 'sctp',
      exports: vmlinux,
    });
    assert.deepEqual(codes(counted), ['MATCH_AMBIGUOUS']);
    const unit = unitOf({
      pre: await assembled(foo('cld')),
      post: await assembled(foo('std')),
      shipped: shippedFrom(await assembled(foo('nop'))),
    });
    // The match has said so already.
    assert.deepEqual(cutOf([unit], vmlinux).functions, []);
  });
});

describe('data', () => {
  const state = (value = '0'): string => data('.data.state', 'aw', 'state', `.quad ${value}`);

  it('that the kernel has stays there', async () => {
    const result = await cut({ ...adding(['mov state+4(%rip), %eax'], state()), exports: vmlinux });
    assert.deepEqual(destinations(result), ['.klp.sym.vmlinux.state,0+4']);
    assert.deepEqual(
      result.pieces.map(({ piece }) => piece.name),
      ['foo'],
    );
  });

  it('that is new goes along with what it refers to', async () => {
    const fresh = [
      data('.data.fresh', 'aw', 'fresh', '.quad .Ltext, kfree, state'),
      data('.bss.room', 'aw', 'room', '.skip 64'),
      text('.Ltext', 'hello'),
    ].join('\n');
    const pre = `${foo('cld')}\n${state()}`;
    const post = `${foo('lea fresh(%rip), %rax', 'lea room(%rip), %rdx')}\n${state()}\n${fresh}`;
    const result = await cut({ pre, post, exports: vmlinux });
    assert.deepEqual(codes(result), []);
    assert.deepEqual(destinations(result), ['carried fresh', 'carried room']);
    assert.deepEqual(
      pieceOf(result, 'fresh').references.map(({ destination }) => describeDestination(destination)),
      ['carried string', 'import kfree', '.klp.sym.vmlinux.state,0'],
    );
  });

  it('of a macro is made anew', async () => {
    const once = data('.data.once', 'aw', '__already_done.1', '.byte 0');
    const result = await cut({ ...adding(['movb $1, __already_done.1(%rip)'], once), exports: vmlinux });
    assert.deepEqual(destinations(result), ['carried __already_done.1']);
  });

  it('that is new and per CPU is refused', async () => {
    const counter = data('.data..percpu', 'aw', 'counter', '.quad 0');
    const result = await cut({
      pre: foo('cld'),
      post: `${foo('incq %gs:counter(%rip)')}\n${counter}`,
      exports: vmlinux,
    });
    assert.deepEqual(codes(result), ['CUT_PERCPU']);
  });

  it('that is new in a section without a rule is refused', async () => {
    const hook = data('__tracepoints', 'aw', 'hook', '.quad 0');
    const result = await cut({
      pre: foo('cld'),
      post: `${foo('mov hook(%rip), %rax')}\n${hook}`,
      exports: vmlinux,
    });
    assert.deepEqual(codes(result), ['CUT_SECTION_UNKNOWN']);
    assert.equal(result.findings[0]?.place.section, '__tracepoints');
  });

  it('that nobody carried refers to is left', async () => {
    const all = [
      text('.Lunused', 'x'),
      '.section .rodata,"a"\n.Lalone: .quad 1',
      local('bar', FENTRY, 'lea .Lalone(%rip), %rax', 'ret'),
    ];
    const result = await cut({ ...adding(['nop'], ...all), exports: vmlinux });
    assert.deepEqual(
      result.pieces.map(({ piece }) => piece.name),
      ['foo'],
    );
  });
});

describe('a field that the module could not have', () => {
  it('is a one-byte jump out of a function', async () => {
    const unit = (last: string): string =>
      [code('.sched.text', 'helper', ['ret']), code('.sched.text', 'foo', [FENTRY, last, 'jmp helper'])].join(
        '\n',
      );
    const result = await cut({ pre: unit('cld'), post: unit('std'), exports: vmlinux });
    assert.deepEqual(codes(result), ['CUT_SHORT_BRANCH']);
  });

  it('is of a kind that the module loader does not write', async () => {
    const got = await cut({ pre: foo('cld'), post: foo('mov kfree@GOTPCREL(%rip), %rax'), exports: vmlinux });
    assert.deepEqual(codes(got), ['OBJECT_RELOCATION_UNKNOWN']);
    const byte = await cut({ pre: foo('cld'), post: foo('.byte kfree'), exports: vmlinux });
    assert.deepEqual(codes(byte), ['OBJECT_RELOCATION_UNKNOWN']);
  });
});

describe('a callback of the author', () => {
  const mark = '.section .uptide.pre_patch,"a"\n.type .Lmark, @object\n.Lmark: .quad helper\n.size .Lmark, 8';
  it('is a function that the patch brings', async () => {
    const fresh = await cut({ pre: foo('cld'), post: `${foo('std')}\n${helper}\n${mark}`, exports: vmlinux });
    assert.deepEqual(
      fresh.callbacks.map(({ object, kind, piece }) => [object, kind, piece.name]),
      [['vmlinux', 'pre_patch', 'helper']],
    );
    const pre = `${foo('cld')}\n${helper}`;
    const old = await cut({ pre, post: `${foo('std')}\n${helper}\n${mark}`, exports: vmlinux });
    assert.deepEqual(codes(old), ['AUTHOR_MARK_UNKNOWN']);
    assert.deepEqual(old.callbacks, []);
  });
});

describe('code that runs once', () => {
  it('is neither replaced nor carried: the comparison has refused it', async () => {
    const setup = (last: string): string => code('.init.text', 'setup', [FENTRY, last, 'ret']);
    for (const object of ['vmlinux', 'sctp']) {
      const result = await cut({ pre: setup('cld'), post: setup('std'), object, exports: vmlinux });
      assert.deepEqual([result.pieces, result.functions, result.findings], [[], [], []]);
    }
  });
});

describe('all findings', () => {
  it('are collected, and each says where', async () => {
    const post: ElfObject = await assembled(
      foo('call one', 'call two'),
      local('fresh', FENTRY, 'mov __x(%rip), %rax', 'ret'),
      data('__odd', 'aw', '__x', '.quad 0'),
    );
    const pre = await assembled(foo('cld'));
    const result = cutOf([unitOf({ pre, post, shipped: shippedFrom(pre), source: 'fs/a.c' })], vmlinux);
    assert.deepEqual(codes(result).sort(), [
      'CUT_SECTION_UNKNOWN',
      'MATCH_SYMBOL_UNKNOWN',
      'MATCH_SYMBOL_UNKNOWN',
    ]);
    for (const { place, verdict, remedy } of result.findings) {
      assert.equal(verdict, 'refuse');
      assert.equal(place.object, 'vmlinux');
      assert.equal(place.file, 'fs/a.c');
      assert.ok(remedy !== '');
    }
  });
});
