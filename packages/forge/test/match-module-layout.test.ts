// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { run } from '@uptide/base';
import { type Address, address, ObjectBuilder, readObject, SHF, SHT, STB, STT } from '@uptide/elf';
import { liveSymbolAt } from '../src/cut/kernel-symbols.ts';
import type { Shipped } from '../src/match/shipped.ts';
import { shippedModule } from '../src/match/shipped-module.ts';
import { assembled, assembledFile, code, data, inFolder, joined, local } from './support/assembly.ts';
import { fails } from './support/fails.ts';

const MODULE = [
  code('.text', 'foo', [
    'call bar',
    'call kfree',
    'mov $table+8, %rdi',
    'lea state+4(%rip), %rax',
    'jmp .Lcold',
    'ret',
  ]),
  code('.text', 'bar', ['movl $5, state(%rip)', 'mov jiffies(%rip), %rax', 'ret']),
  code('.text.unlikely', 'foo.cold', ['.Lcold: call printk', 'ret']),
  data('.data', 'aw', 'table', '.quad foo, bar + 3, state - 8, jiffies + 16', '.long foo - ., state - ., 0'),
  data('.data', 'aw', 'wide', '.quad state - .', '.quad kfree - .', '.long kfree - .'),
  data('.bss', 'aw', 'state', '.skip 32'),
  '.section .init.text,"ax"\n.byte 0x90\n.section .comment\n.ascii "not loaded"',
].join('\n');

const addressOf = (shipped: Shipped, name: string): Address => {
  const [only, ...others] = shipped.named(name);
  assert.ok(only !== undefined && others.length === 0, name);
  return only.address;
};

const hex = (value: number): string => `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;

describe('the layout of a module', () => {
  it('has the bytes that ld writes for the same addresses', async () => {
    const file = await assembledFile(MODULE);
    const shipped = shippedModule('m', readObject(file));
    const first = { '.text': 'foo', '.text.unlikely': 'foo.cold', '.data': 'table', '.bss': 'state' };
    const places = Object.entries(first).map(
      ([section, name]) => `${section} ${hex(addressOf(shipped, name))} : { *(${section}) }`,
    );
    const imports = ['kfree', 'jiffies', 'printk'].map((name) => {
      const at = shipped.imported(name);
      assert.ok(at !== undefined);
      return `--defsym=${name}=${hex(at)}`;
    });
    const files = { 'a.o': file, 'a.lds': `SECTIONS { ${places.join('\n')} }` };
    const linked = await inFolder(files, async (cwd) => {
      const arguments_ = ['--no-relax', '-T', 'a.lds', ...imports, '-o', 'out', 'a.o'];
      await run('ld', arguments_, { cwd, package: 'binutils' });
      const contents = ['.text', '.text.unlikely', '.data'].map(async (section) => {
        await run('objcopy', ['-O', 'binary', '-j', section, 'out', `out${section}`], {
          cwd,
          package: 'binutils',
        });
        return await readFile(join(cwd, `out${section}`));
      });
      return await Promise.all(contents);
    });
    for (const [i, name] of ['foo', 'foo.cold', 'table'].entries()) {
      const expected = linked[i] ?? Buffer.alloc(0);
      assert.ok(expected.length > 0);
      const found = shipped.read(addressOf(shipped, name), expected.length);
      assert.deepEqual(Buffer.from(found ?? []), expected);
    }
  });

  it('leaves the object as it was', async () => {
    const file = await assembledFile(MODULE);
    const module = readObject(file);
    shippedModule('m', module);
    assert.deepEqual(module, readObject(await assembledFile(`${MODULE}\n`)));
  });

  it('has content where the object has it, and nothing between sections', async () => {
    const shipped = shippedModule('m', await assembled(MODULE));
    const state = addressOf(shipped, 'state');
    assert.equal(shipped.read(state, 1), undefined);
    assert.equal(shipped.contains(state), true);
    assert.equal(shipped.contains(address(state + 32)), true, 'one past the end is a pointer into it');
    assert.equal(shipped.contains(address(state + 33)), false);
    const foo = addressOf(shipped, 'foo');
    assert.equal(shipped.read(address(foo - 1), 2), undefined);
    assert.equal(shipped.read(foo, 0x10000), undefined);
    assert.equal(shipped.contains(address(0)), false);
  });

  it('has imports apart from all that is in the module', async () => {
    const shipped = shippedModule('m', await assembled(MODULE));
    const kfree = shipped.imported('kfree');
    assert.ok(kfree !== undefined && !shipped.contains(kfree));
    assert.notEqual(shipped.imported('printk'), kfree);
    assert.equal(shipped.imported('foo'), undefined);
    assert.equal(shipped.imported('nothing'), undefined);
  });

  it('knows all names at an address, and their letters', async () => {
    const source = `${MODULE}\n.globl foo\n.set alias, foo`;
    const shipped = shippedModule('m', await assembled(source));
    const names = shipped.at(addressOf(shipped, 'foo')).map(({ name, type }) => `${name} ${type}`);
    assert.deepEqual(names.sort(), ['alias t', 'foo T']);
    assert.equal(shipped.named('state')[0]?.type, 'd');
  });

  it('is refused with a relocation that the module loader does not know', async () => {
    const builder = new ObjectBuilder();
    const bytes = new Uint8Array(8);
    const content = { kind: 'bytes', bytes } as const;
    const section = builder.addSection({ name: '.text', type: SHT.PROGBITS, flags: SHF.ALLOC, content });
    const symbol = builder.addSymbol({
      name: 'x',
      value: 0,
      size: 0,
      bind: STB.GLOBAL,
      type: STT.NOTYPE,
      home: { kind: 'undefined' },
    });
    builder.addRelocation(section, { offset: 0, type: 9, symbol, addend: 0 });
    fails('OBJECT_RELOCATION_UNKNOWN', () => shippedModule('m', builder.build()));
  });
});

/** Positions of klp by the body of the function that each names, for all functions `init_one` of a module. */
function positions(shipped: Shipped): (number | undefined)[] {
  return shipped
    .named('init_one')
    .map((symbol) => liveSymbolAt(shipped, 'init_one', symbol.address)?.position);
}

describe('the position of a symbol of a module', () => {
  const stays = local('init_one', 'ret');
  const passes = code('.init.text', 'init_one', ['ret']);
  const goes = code('.exit.text', 'init_one', ['ret']);

  it('is 0 where the name is unique, and else counts from 1 in the order of the symbol table', async () => {
    assert.deepEqual(positions(shippedModule('m', await joined(stays))), [0]);
    assert.deepEqual(positions(shippedModule('m', await joined(stays, stays, goes))), [1, 2, 3]);
  });

  it('is none for what is gone once the module has started', async () => {
    assert.deepEqual(positions(shippedModule('m', await joined(passes))), [undefined]);
  });

  it('holds before and after the module has started, or is none', async () => {
    assert.deepEqual(positions(shippedModule('m', await joined(stays, passes))), [1, undefined]);
    assert.deepEqual(positions(shippedModule('m', await joined(passes, stays))), [undefined, undefined]);
    assert.deepEqual(positions(shippedModule('m', await joined(stays, passes, stays))), [
      1,
      undefined,
      undefined,
    ]);
  });

  it('is none where no symbol of the name is', async () => {
    const shipped = shippedModule('m', await joined(stays, stays));
    assert.equal(liveSymbolAt(shipped, 'init_one', address(1)), undefined);
    assert.deepEqual(shipped.named(''), []);
  });
});
