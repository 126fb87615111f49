// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ObjectBuilder,
  R_X86_64,
  readObject,
  SHF,
  SHN,
  SHT,
  STB,
  STT,
  type SymbolHandle,
  sectionIndex,
  writeObject,
} from '../src/index.ts';
import { refuses } from './support/refuses.ts';
import { link, readelf } from './support/tools.ts';

/** A livepatch module in small: code that calls an exported function and one that klp resolves. */
function livepatch(): ObjectBuilder {
  const builder = new ObjectBuilder();
  const text = builder.addSection({
    name: '.text',
    type: SHT.PROGBITS,
    flags: SHF.ALLOC | SHF.EXECINSTR,
    align: 16,
    // call printk; call hidden; ret
    content: { kind: 'bytes', bytes: Uint8Array.of(0xe8, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0xc3) },
  });
  const bss = builder.addSection({
    name: '.bss',
    type: SHT.NOBITS,
    flags: SHF.ALLOC | SHF.WRITE,
    align: 8,
    content: { kind: 'nobits', size: 24 },
  });
  const common = { value: 0, size: 0 };
  const printk = builder.addSymbol({
    ...common,
    name: '_printk',
    bind: STB.GLOBAL,
    type: STT.NOTYPE,
    home: { kind: 'undefined' },
  });
  builder.addSymbol({
    ...common,
    size: 11,
    name: 'patched',
    bind: STB.LOCAL,
    type: STT.FUNC,
    home: { kind: 'section', section: text },
  });
  const hidden = builder.addSymbol({
    ...common,
    name: '.klp.sym.vmlinux.hidden,1',
    bind: STB.GLOBAL,
    type: STT.FUNC,
    home: { kind: 'reserved', index: SHN.LIVEPATCH },
  });
  builder.addSymbol({
    ...common,
    size: 8,
    name: 'state',
    bind: STB.LOCAL,
    type: STT.OBJECT,
    home: { kind: 'section', section: bss },
  });
  const klp = builder.addRelocationSection({
    name: '.klp.rela.vmlinux..text',
    flags: SHF.ALLOC | SHF.INFO_LINK | SHF.RELA_LIVEPATCH,
    target: text,
  });
  builder.addRelocation(klp, { offset: 6, type: R_X86_64.PLT32, symbol: hidden, addend: -4 });
  builder.addRelocation(text, { offset: 1, type: R_X86_64.PLT32, symbol: printk, addend: -4 });
  return builder;
}

test('a livepatch module is built as the kernel wants it', async () => {
  const bytes = writeObject(livepatch().build());
  const sections = await readelf(bytes, '-S');
  assert.match(sections, /\[ 3\] \.klp\.rela\.vmlinux\.\.text RELA +0+ 000018 18 +AIo? +5 +1 +8/);
  assert.match(sections, /\[ 4\] \.rela\.text +RELA +0+ 000018 18 +I +5 +1 +8/);
  assert.match(sections, /\[ 5\] \.symtab +SYMTAB +0+ 000078 18 +6 +3 +8/);
  const symbols = await readelf(bytes, '-s');
  assert.match(symbols, /1: 0+ +11 FUNC +LOCAL +DEFAULT +1 patched/);
  assert.match(symbols, /2: 0+ +8 OBJECT +LOCAL +DEFAULT +2 state/);
  assert.match(symbols, /3: 0+ +0 NOTYPE +GLOBAL +DEFAULT +UND _printk/);
  assert.match(symbols, /4: 0+ +0 FUNC +GLOBAL +DEFAULT OS \[0xff20\] \.klp\.sym\.vmlinux\.hidden,1/);
  const relocations = await readelf(bytes, '-r');
  assert.match(relocations, /0000000000000001 +0000000300000004 R_X86_64_PLT32 +0+ _printk - 4/);
  assert.match(relocations, /0000000000000006 +0000000400000004 R_X86_64_PLT32 +/);
});

test('the same calls make the same bytes', () => {
  assert.deepEqual(writeObject(livepatch().build()), writeObject(livepatch().build()));
});

test('building twice gives the same object', () => {
  const builder = livepatch();
  assert.deepEqual(builder.build(), builder.build());
});

test('an object from nothing is an object', () => {
  const { sections, symbols } = readObject(writeObject(new ObjectBuilder().build()));
  assert.deepEqual(
    sections.map(({ name }) => name),
    ['', '.symtab', '.strtab', '.shstrtab'],
  );
  assert.equal(symbols.length, 1);
});

test('the linker takes what was built', async () => {
  const builder = new ObjectBuilder();
  const bytes = Uint8Array.of(0xe8, 0, 0, 0, 0, 0xc3);
  const flags = SHF.ALLOC | SHF.EXECINSTR;
  const text = builder.addSection({
    name: '.text',
    type: SHT.PROGBITS,
    flags,
    content: { kind: 'bytes', bytes },
  });
  const home = { kind: 'section', section: text } as const;
  const start = builder.addSymbol({
    name: '_start',
    value: 5,
    size: 1,
    bind: STB.GLOBAL,
    type: STT.FUNC,
    home,
  });
  builder.addRelocation(text, { offset: 1, type: R_X86_64.PLT32, symbol: start, addend: -4 });
  const linked = await link(writeObject(builder.build()), ['-r']);
  const call = readObject(linked).sections.find(({ content }) => content.kind === 'relocations');
  assert.ok(call?.content.kind === 'relocations');
  assert.equal(call.content.relocations[0]?.addend, -4);
});

test('symbols of sections past 65,280 get a table of section indices', () => {
  const builder = new ObjectBuilder();
  const content = { kind: 'bytes', bytes: new Uint8Array(1) } as const;
  let last = sectionIndex(0);
  for (let count = 0; count < 66_000; count++) {
    last = builder.addSection({ name: `.s${count % 10}`, type: SHT.PROGBITS, content });
  }
  const home = { kind: 'section', section: last } as const;
  builder.addSymbol({ name: 'last', value: 0, size: 1, bind: STB.GLOBAL, type: STT.OBJECT, home });
  const { sections, symbols } = readObject(writeObject(builder.build()));
  assert.deepEqual(symbols[1]?.home, home);
  assert.equal(sections.at(-3)?.name, '.symtab_shndx');
});

test('a relocation of a section that was not added', () => {
  const builder = new ObjectBuilder();
  const fields = { name: 'f', value: 0, size: 0, bind: STB.GLOBAL, type: STT.NOTYPE };
  const symbol = builder.addSymbol({ ...fields, home: { kind: 'undefined' } });
  for (const index of [0, 7]) {
    const relocation = { offset: 0, type: R_X86_64.NONE, symbol, addend: 0 };
    refuses('ELF_UNWRITABLE', () => builder.addRelocation(sectionIndex(index), relocation));
  }
});

test('a relocation to a symbol of another builder', () => {
  const content = { kind: 'bytes', bytes: new Uint8Array(8) } as const;
  const builder = new ObjectBuilder();
  const index = builder.addSection({ name: '.data', type: SHT.PROGBITS, content });
  const relocation = { offset: 0, type: R_X86_64[64], symbol: 3 as SymbolHandle, addend: 0 };
  refuses('ELF_UNWRITABLE', () => builder.addRelocation(index, relocation));
});

test('a relocation table for a section that was not added', () => {
  refuses('ELF_UNWRITABLE', () =>
    new ObjectBuilder().addRelocationSection({ name: '.rela', flags: 0, target: sectionIndex(1) }),
  );
});
