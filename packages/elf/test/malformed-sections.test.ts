// SPDX-License-Identifier: GPL-2.0-or-later
import { test } from 'node:test';
import { type ElfCode, readObject, SHF, SHT } from '../src/index.ts';
import {
  headerOffset,
  malform,
  rawElf,
  SAMPLE,
  type SampleSections,
  sample,
  text,
} from './support/raw-elf.ts';
import { refuses, refusesAt } from './support/refuses.ts';

type Case = readonly [name: string, code: ElfCode, change: (sections: SampleSections) => void];

const FIELDS: readonly Case[] = [
  ['section 0 with a type', 'ELF_BAD_SECTION', (s) => (s.null.sh_type = SHT.PROGBITS)],
  ['section 0 with flags', 'ELF_BAD_SECTION', (s) => (s.null.sh_flags = SHF.ALLOC)],
  ['section 0 with a size that e_shnum does not ask for', 'ELF_BAD_SECTION', (s) => (s.null.sh_size = 10)],
  ['section 0 with a link that e_shstrndx does not ask for', 'ELF_BAD_SECTION', (s) => (s.null.sh_link = 9)],
  ['section 0 with a number of segments', 'ELF_BAD_SECTION', (s) => (s.null.sh_info = 1)],
  ['an alignment of 3', 'ELF_BAD_SECTION', (s) => (s.text.sh_addralign = 3)],
  ['an alignment over a GiB', 'ELF_TOO_LARGE', (s) => (s.text.sh_addralign = 2 ** 31)],
  ['an alignment past 2^53', 'ELF_VALUE_RANGE', (s) => (s.text.sh_addralign = 2n ** 63n)],
  ['an address past 2^53', 'ELF_VALUE_RANGE', (s) => (s.text.sh_addr = 2n ** 53n)],
  ['flags past 2^53', 'ELF_VALUE_RANGE', (s) => (s.text.sh_flags = 2n ** 60n)],
  ['a size past 2^53', 'ELF_VALUE_RANGE', (s) => (s.text.sh_size = 2n ** 64n - 1n)],
  ['a link past the table', 'ELF_BAD_SECTION', (s) => (s.text.sh_link = 10)],
  [
    'information on a section past the table',
    'ELF_BAD_SECTION',
    (s) => Object.assign(s.text, { sh_flags: SHF.INFO_LINK, sh_info: 10 }),
  ],
  ['content past the end', 'ELF_TRUNCATED', (s) => (s.text.sh_size = 1 << 20)],
  ['content that starts past the end', 'ELF_TRUNCATED', (s) => (s.text.sh_offset = 1 << 20)],
  ['content whose end overflows', 'ELF_TRUNCATED', (s) => (s.text.sh_offset = 2n ** 53n - 1n)],
  ['NOBITS over 2 GiB', 'ELF_TOO_LARGE', (s) => (s.bss.sh_size = 2 ** 31 + 1)],
  ['an inactive section with a size', 'ELF_BAD_SECTION', (s) => (s.data.sh_type = SHT.NULL)],
  ['content over the ELF header', 'ELF_BAD_SECTION', (s) => (s.text.sh_offset = 0)],
  ['content in the content of another section', 'ELF_BAD_SECTION', (s) => (s.data.sh_offset = 64)],
  ['content that reaches into the next section', 'ELF_BAD_SECTION', (s) => (s.text.sh_size = 17)],
  ['content over the section header table', 'ELF_BAD_SECTION', (s) => (s.shstrtab.sh_size = 128)],
  ['mergeable content without an entry size', 'ELF_BAD_SECTION', (s) => (s.text.sh_flags = SHF.MERGE)],
  [
    'mergeable content with half an entry',
    'ELF_BAD_SECTION',
    (s) => Object.assign(s.text, { sh_flags: SHF.MERGE, sh_entsize: 5 }),
  ],
  ['relocations without addends', 'ELF_BAD_SECTION', (s) => (s.rela.sh_type = SHT.REL)],
  ['compact relocations', 'ELF_BAD_SECTION', (s) => (s.rela.sh_type = SHT.LLVM_CREL)],
  ['relative relocations', 'ELF_BAD_SECTION', (s) => (s.rela.sh_type = SHT.RELR)],
  ['packed relocations', 'ELF_BAD_SECTION', (s) => (s.rela.sh_type = SHT.ANDROID_RELA)],
  ['a dynamic symbol table', 'ELF_BAD_SECTION', (s) => (s.data.sh_type = SHT.DYNSYM)],
  ['a hash table', 'ELF_BAD_SECTION', (s) => (s.data.sh_type = SHT.HASH)],
  ['dynamic linking data', 'ELF_BAD_SECTION', (s) => (s.data.sh_type = SHT.DYNAMIC)],
  ['a second symbol table', 'ELF_BAD_SECTION', (s) => (s.data.sh_type = SHT.SYMTAB)],
  ['a second table of section indices', 'ELF_BAD_SECTION', (s) => (s.data.sh_type = SHT.SYMTAB_SHNDX)],
  ['bytes that refer into the section names', 'ELF_BAD_SECTION', (s) => (s.data.sh_link = SAMPLE.shstrtab)],
  ['bytes that refer into the symbol names', 'ELF_BAD_SECTION', (s) => (s.data.sh_link = SAMPLE.strtab)],
];

for (const [name, code, change] of FIELDS) {
  test(`section: ${name}`, () => {
    refuses(code, () => readObject(malform(change)));
  });
}

const ORDER = SHF.ALLOC | SHF.LINK_ORDER;

test('section: ordered after itself', () => {
  const bytes = malform((s) => Object.assign(s.text, { sh_flags: ORDER, sh_link: SAMPLE.text }));
  refusesAt('ELF_BAD_SECTION', headerOffset(bytes, SAMPLE.text) + 40, () => readObject(bytes));
});

test('section: ordered in a circle', () => {
  const bytes = malform((s) => {
    Object.assign(s.text, { sh_flags: ORDER, sh_link: SAMPLE.bss });
    Object.assign(s.bss, { sh_flags: ORDER, sh_link: SAMPLE.text });
  });
  refuses('ELF_BAD_SECTION', () => readObject(bytes));
});

test('section: ordered into a circle that it is no part of', () => {
  const bytes = malform((s) => {
    Object.assign(s.data, { sh_flags: ORDER | SHF.GROUP, sh_link: SAMPLE.text });
    Object.assign(s.text, { sh_flags: ORDER, sh_link: SAMPLE.bss });
    Object.assign(s.bss, { sh_flags: ORDER, sh_link: SAMPLE.text });
  });
  refuses('ELF_BAD_SECTION', () => readObject(bytes));
});

test('section: two ordered after the same one are fine', () => {
  const bytes = malform((s) => {
    Object.assign(s.data, { sh_flags: ORDER | SHF.GROUP, sh_link: SAMPLE.text });
    Object.assign(s.bss, { sh_flags: ORDER, sh_link: SAMPLE.text });
  });
  readObject(bytes);
});

const NAMES: readonly Case[] = [
  ['a section name past its table', 'ELF_BAD_STRING', (s) => (s.text.sh_name = 1 << 20)],
  ['section names without a last null byte', 'ELF_BAD_STRING', (s) => (s.shstrtab.bytes = text('\0.text'))],
  ['section names without a first null byte', 'ELF_BAD_STRING', (s) => (s.shstrtab.bytes = text('.text\0'))],
  ['an empty table of section names', 'ELF_BAD_STRING', (s) => (s.shstrtab.bytes = text(''))],
  ['a symbol name past its table', 'ELF_BAD_STRING', (s) => (s.strtab.bytes = text('\0f\0'))],
  ['symbol names without a last null byte', 'ELF_BAD_STRING', (s) => (s.strtab.bytes = text('\0f\0g'))],
  ['a name over the bound', 'ELF_TOO_LARGE', (s) => (s.strtab.bytes = text(`\0f\0${'g'.repeat(1025)}\0`))],
  ['a symbol table without names', 'ELF_BAD_SECTION', (s) => (s.symtab.sh_link = 0)],
  ['a symbol table with names in code', 'ELF_BAD_SECTION', (s) => (s.symtab.sh_link = SAMPLE.text)],
  ['a symbol table that is its own name table', 'ELF_BAD_SECTION', (s) => (s.symtab.sh_link = SAMPLE.symtab)],
];

for (const [name, code, change] of NAMES) {
  test(`names: ${name}`, () => {
    refuses(code, () => readObject(malform(change)));
  });
}

test('names: a name of the greatest length is read', () => {
  readObject(malform((s) => (s.strtab.bytes = text(`\0f\0${'g'.repeat(1024)}\0`))));
});

test('names: a string table over the bound is refused before it is decoded', () => {
  const { file, sections } = sample();
  file.sections.push({ name: '.pad' });
  const bytes = rawElf(file);
  const size = 256 * 1024 * 1024 + 1;
  const grown = new Uint8Array(bytes.length + size);
  grown.set(bytes);
  sections.strtab.sh_offset = bytes.length;
  sections.strtab.sh_size = size;
  grown.set(rawElf(file));
  refuses('ELF_TOO_LARGE', () => readObject(grown));
});

test('a file over a GiB is refused', () => {
  refusesAt('ELF_TOO_LARGE', 0, () => readObject(new Uint8Array(1024 * 1024 * 1024 + 1)));
});
