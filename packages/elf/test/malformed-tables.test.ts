// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ElfCode, readObject, SHF, SHT } from '../src/index.ts';
import {
  join,
  malform,
  type RawFile,
  relocation,
  SAMPLE,
  type SampleSections,
  symbol,
  words,
} from './support/raw-elf.ts';
import { refuses } from './support/refuses.ts';

type Case = readonly [name: string, code: ElfCode, change: (s: SampleSections, file: RawFile) => void];

/** Replaces the last symbol of the sample, the undefined global one. */
function lastSymbol(s: SampleSections, fields: Parameters<typeof symbol>[0]): void {
  s.symtab.bytes = join(s.symtab.bytes?.subarray(0, 72) ?? words(), symbol(fields));
}

const SYMBOLS: readonly Case[] = [
  ['no null symbol', 'ELF_BAD_SYMBOL', (s) => (s.symtab.bytes = words())],
  [
    'a null symbol with a value',
    'ELF_BAD_SYMBOL',
    (s) => (s.symtab.bytes = join(symbol({ value: 1 }), s.symtab.bytes?.subarray(24) ?? words())),
  ],
  ['entries of another size', 'ELF_BAD_SECTION', (s) => (s.symtab.sh_entsize = 16)],
  ['entries of no size', 'ELF_BAD_SECTION', (s) => (s.symtab.sh_entsize = 0)],
  ['half an entry', 'ELF_BAD_SECTION', (s) => (s.symtab.sh_size = 84)],
  ['a section that does not exist', 'ELF_BAD_SYMBOL', (s) => lastSymbol(s, { info: 0x10, shndx: 10 })],
  ['SHN_XINDEX and section 0', 'ELF_BAD_SYMBOL', (s) => lastSymbol(s, { info: 0x10, shndx: 0xffff })],
  [
    'SHN_XINDEX and a section that does not exist',
    'ELF_BAD_SYMBOL',
    (s) => {
      lastSymbol(s, { info: 0x10, shndx: 0xffff });
      s.shndx.bytes = words(0, 0, 0, 70000);
    },
  ],
  [
    'SHN_XINDEX without a table of section indices',
    'ELF_BAD_SYMBOL',
    (s) => {
      lastSymbol(s, { info: 0x10, shndx: 0xffff });
      s.shndx.sh_type = SHT.PROGBITS;
    },
  ],
  ['a section index that no symbol asks for', 'ELF_BAD_SYMBOL', (s) => (s.shndx.bytes = words(0, 0, 1, 0))],
  ['too few section indices', 'ELF_BAD_SECTION', (s) => (s.shndx.bytes = words(0, 0, 0))],
  ['section indices of another symbol table', 'ELF_BAD_SECTION', (s) => (s.shndx.sh_link = SAMPLE.text)],
  ['section indices of another size', 'ELF_BAD_SECTION', (s) => (s.shndx.sh_entsize = 8)],
  ['a section symbol without a section', 'ELF_BAD_SYMBOL', (s) => lastSymbol(s, { info: 0x13 })],
  [
    'a function that leaves its section',
    'ELF_BAD_SYMBOL',
    (s) => lastSymbol(s, { info: 0x12, shndx: SAMPLE.text, value: 8, size: 9 }),
  ],
  [
    'a function before its section',
    'ELF_BAD_SYMBOL',
    (s) => lastSymbol(s, { info: 0x12, shndx: SAMPLE.text, value: -8, size: 9 }),
  ],
  [
    'a variable that leaves its section',
    'ELF_BAD_SYMBOL',
    (s) => lastSymbol(s, { info: 0x11, shndx: SAMPLE.bss, value: 0, size: 65 }),
  ],
  ['a value past 2^53', 'ELF_VALUE_RANGE', (s) => lastSymbol(s, { info: 0x10, value: 2n ** 53n })],
  ['a size past 2^53', 'ELF_VALUE_RANGE', (s) => lastSymbol(s, { info: 0x10, size: 2n ** 63n })],
  ['a local symbol after a global one', 'ELF_BAD_SYMBOL', (s) => lastSymbol(s, { name: 3, info: 0 })],
  ['too few local symbols counted', 'ELF_BAD_SYMBOL', (s) => (s.symtab.sh_info = 1)],
  ['too many local symbols counted', 'ELF_BAD_SYMBOL', (s) => (s.symtab.sh_info = 3)],
];

/** Replaces the relocation of the sample. */
function relocate(s: SampleSections, fields: Parameters<typeof relocation>[0]): void {
  s.rela.bytes = relocation(fields);
}

const RELOCATIONS: readonly Case[] = [
  ['a symbol that does not exist', 'ELF_BAD_RELOCATION', (s) => relocate(s, { symbol: 4 })],
  ['a place past the section', 'ELF_BAD_RELOCATION', (s) => relocate(s, { offset: 17, type: 0 })],
  ['four bytes that end past the section', 'ELF_BAD_RELOCATION', (s) => relocate(s, { offset: 13, type: 2 })],
  ['eight bytes that end past the section', 'ELF_BAD_RELOCATION', (s) => relocate(s, { offset: 9, type: 1 })],
  ['an unknown type past the section', 'ELF_BAD_RELOCATION', (s) => relocate(s, { offset: 16, type: 200 })],
  ['a place past 2^53', 'ELF_VALUE_RANGE', (s) => relocate(s, { offset: 2n ** 63n })],
  ['an addend past 2^53', 'ELF_VALUE_RANGE', (s) => relocate(s, { addend: -(2n ** 53n) })],
  ['entries of another size', 'ELF_BAD_RELOCATION', (s) => (s.rela.sh_entsize = 16)],
  ['entries of no size', 'ELF_BAD_RELOCATION', (s) => (s.rela.sh_entsize = 0)],
  ['half an entry', 'ELF_BAD_RELOCATION', (s) => (s.rela.sh_size = 12)],
  ['symbols in no symbol table', 'ELF_BAD_RELOCATION', (s) => (s.rela.sh_link = SAMPLE.text)],
  ['of the null section', 'ELF_BAD_RELOCATION', (s) => (s.rela.sh_info = 0)],
  [
    'of a section that does not exist',
    'ELF_BAD_RELOCATION',
    (s) => Object.assign(s.rela, { sh_info: 10, sh_flags: 0 }),
  ],
  ['of themselves', 'ELF_BAD_RELOCATION', (s) => (s.rela.sh_info = SAMPLE.rela)],
  ['of the symbol table', 'ELF_BAD_RELOCATION', (s) => (s.rela.sh_info = SAMPLE.symtab)],
  ['of a group', 'ELF_BAD_RELOCATION', (s) => (s.rela.sh_info = SAMPLE.group)],
  ['of the section names', 'ELF_BAD_RELOCATION', (s) => (s.rela.sh_info = SAMPLE.shstrtab)],
  ['of the symbol names', 'ELF_BAD_RELOCATION', (s) => (s.rela.sh_info = SAMPLE.strtab)],
  ['of a section without bytes', 'ELF_BAD_RELOCATION', (s) => (s.rela.sh_info = SAMPLE.bss)],
  [
    'of a compressed section without a compression header',
    'ELF_BAD_SECTION',
    (s) => (s.text.sh_flags = SHF.COMPRESSED),
  ],
];

const GROUPS: readonly Case[] = [
  ['no flags', 'ELF_BAD_GROUP', (s) => (s.group.bytes = words())],
  ['unknown flags', 'ELF_BAD_GROUP', (s) => (s.group.bytes = words(2, SAMPLE.data))],
  ['half a member', 'ELF_BAD_GROUP', (s) => (s.group.sh_size = 6)],
  ['entries of another size', 'ELF_BAD_GROUP', (s) => (s.group.sh_entsize = 8)],
  ['the null section', 'ELF_BAD_GROUP', (s) => (s.group.bytes = words(1, 0))],
  ['a section that does not exist', 'ELF_BAD_GROUP', (s) => (s.group.bytes = words(1, 10))],
  ['itself', 'ELF_BAD_GROUP', (s) => (s.group.bytes = words(1, SAMPLE.group))],
  ['a section twice', 'ELF_BAD_GROUP', (s) => (s.group.bytes = words(1, SAMPLE.data, SAMPLE.data))],
  [
    'a section that is not marked',
    'ELF_BAD_GROUP',
    (s) => (s.group.bytes = words(1, SAMPLE.data, SAMPLE.bss)),
  ],
  ['not a section that is marked', 'ELF_BAD_GROUP', (s) => (s.group.bytes = words(1))],
  [
    'a section of another group',
    'ELF_BAD_GROUP',
    (s, file) => file.sections.push({ ...s.group, name: '.group2' }),
  ],
  ['a signature that does not exist', 'ELF_BAD_GROUP', (s) => (s.group.sh_info = 4)],
  ['no signature', 'ELF_BAD_GROUP', (s) => (s.group.sh_info = 0)],
  ['a signature in no symbol table', 'ELF_BAD_GROUP', (s) => (s.group.sh_link = SAMPLE.strtab)],
];

for (const [what, cases] of [
  ['symbols', SYMBOLS],
  ['relocations', RELOCATIONS],
  ['a group with', GROUPS],
] as const) {
  for (const [name, code, change] of cases) {
    test(`${what}: ${name}`, () => {
      const error = refuses(code, () => readObject(malform((s, _, file) => change(s, file))));
      assert.equal(typeof error.place.offset, 'number');
    });
  }
}

test('symbols: SHN_XINDEX and a section that exists', () => {
  const { symbols } = readObject(
    malform((s) => {
      lastSymbol(s, { name: 3, info: 0x10, shndx: 0xffff });
      s.shndx.bytes = words(0, 0, 0, SAMPLE.bss);
    }),
  );
  assert.deepEqual(symbols[3]?.home, { kind: 'section', section: SAMPLE.bss });
});

test('symbols: a reserved index is kept', () => {
  const { symbols } = readObject(malform((s) => lastSymbol(s, { name: 3, info: 0x10, shndx: 0xff20 })));
  assert.deepEqual(symbols[3]?.home, { kind: 'reserved', index: 0xff20 });
});

test('symbols: an absolute value is signed', () => {
  const { symbols } = readObject(
    malform((s) => lastSymbol(s, { info: 0x10, shndx: 0xfff1, value: 0xffffffff81000000n - 2n ** 64n })),
  );
  assert.equal(symbols[3]?.value, -0x7f000000);
});

test('relocations: one without width may stand at the end of its section', () => {
  readObject(malform((s) => relocate(s, { offset: 16, type: 0 })));
});

test('relocations: those of a compressed section reach as far as its content once decompressed', () => {
  const compressed = (offset: number): Uint8Array =>
    malform((s) => {
      s.text.bytes = words(1, 0, 1000, 0, 1, 0);
      s.text.sh_flags = SHF.COMPRESSED;
      relocate(s, { offset, type: 1 });
    });
  readObject(compressed(992));
  refuses('ELF_BAD_RELOCATION', () => readObject(compressed(993)));
});

test('an object without a symbol table has the null symbol alone', () => {
  const { symbols } = readObject(
    malform((s, _, file) => {
      file.sections = [s.null, s.text, s.shstrtab];
    }),
  );
  assert.equal(symbols.length, 1);
});
