// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ElfObject,
  type ElfSection,
  type ElfSymbol,
  readObject,
  type SectionContent,
  sectionIndex,
  symbolIndex,
  writeObject,
} from '../src/index.ts';
import { malform, rawElf, SAMPLE, sample, symbol, text } from './support/raw-elf.ts';
import { refuses } from './support/refuses.ts';

const object = (): ElfObject => readObject(rawElf(sample().file));

function withSection(index: number, change: Partial<ElfSection>): ElfObject {
  const base = object();
  return { ...base, sections: base.sections.map((s) => (s.index === index ? { ...s, ...change } : s)) };
}

function withSymbol(index: number, change: Partial<ElfSymbol>): ElfObject {
  const base = object();
  return { ...base, symbols: base.symbols.map((s) => (s.index === index ? { ...s, ...change } : s)) };
}

function withContent(index: number, content: SectionContent): ElfObject {
  return withSection(index, { content });
}

function withRelocation(change: object): ElfObject {
  const fields = { offset: 1, type: 4, symbol: symbolIndex(3), addend: -4 };
  return withContent(SAMPLE.rela, { kind: 'relocations', relocations: [{ ...fields, ...change }] });
}

describe('unwritable', () => {
  const cases: readonly [name: string, object: ElfObject][] = [
    ['no sections', { ...object(), sections: [] }],
    ['no section names', { ...object(), sections: object().sections.slice(0, -1) }],
    ['no null symbol', { ...object(), symbols: [] }],
    ['a section at another index', withSection(SAMPLE.text, { index: sectionIndex(5) })],
    ['a section name with a null byte', withSection(SAMPLE.text, { name: '.te\0xt' })],
    ['a section name outside Latin-1', withSection(SAMPLE.text, { name: '.t\u0113xt' })],
    ['a section name over the bound', withSection(SAMPLE.text, { name: 'x'.repeat(1025) })],
    ['flags that are no integer', withSection(SAMPLE.text, { flags: 0.5 })],
    ['an alignment of 3', withSection(SAMPLE.text, { align: 3 })],
    ['a negative alignment', withSection(SAMPLE.text, { align: -1 })],
    ['an alignment that is no number', withSection(SAMPLE.text, { align: Number.NaN })],
    ['a link to nowhere', withSection(SAMPLE.text, { link: 10 })],
    ['a link that wraps to a section', withSection(SAMPLE.data, { link: 2 ** 32 })],
    ['a type that contradicts the content', withSection(SAMPLE.text, { type: 8 })],
    ['relocations of nothing', withSection(SAMPLE.rela, { info: 0 })],
    ['a wrong count of local symbols', withSection(SAMPLE.symtab, { info: 3 })],
    ['a negative size', withContent(SAMPLE.bss, { kind: 'nobits', size: -1 })],
    ['tables as bytes', withContent(SAMPLE.symtab, { kind: 'bytes', bytes: new Uint8Array(96) })],
    ['names that are no names', withContent(SAMPLE.strtab, { kind: 'names', of: 'sections' })],
    ['a symbol at another index', withSymbol(3, { index: symbolIndex(2) })],
    ['a symbol in no section', withSymbol(2, { home: { kind: 'section', section: sectionIndex(10) } })],
    ['a symbol in a reserved index that is none', withSymbol(3, { home: { kind: 'reserved', index: 1 } })],
    ['a symbol name with a null byte', withSymbol(2, { name: 'f\0' })],
    ['a bind that does not fit', withSymbol(3, { bind: 17 })],
    ['a type that does not fit', withSymbol(3, { type: 16 })],
    ['a value that is not exact', withSymbol(3, { value: 2 ** 53 })],
    ['a value that is no integer', withSymbol(3, { value: 0.5 })],
    ['a negative symbol size', withSymbol(3, { size: -1 })],
    ['a local symbol after a global one', withSymbol(3, { bind: 0 })],
    ['a relocation past its section', withRelocation({ offset: 13 })],
    ['a relocation before its section', withRelocation({ offset: -1 })],
    ['a relocation to no symbol', withRelocation({ symbol: 4 })],
    ['an addend that is no integer', withRelocation({ addend: 0.5 })],
    ['an addend that is not exact', withRelocation({ addend: 2 ** 60 })],
    [
      'a group that lists a section twice',
      withContent(SAMPLE.group, {
        kind: 'group',
        flags: 1,
        members: [sectionIndex(SAMPLE.data), sectionIndex(SAMPLE.data)],
      }),
    ],
  ];
  for (const [name, bad] of cases) {
    test(name, () => {
      refuses('ELF_UNWRITABLE', () => writeObject(bad));
    });
  }
});

test('a great alignment does not make a great file', () => {
  const written = writeObject(withSection(SAMPLE.text, { align: 2 ** 30 }));
  assert.ok(written.length < 2048);
  assert.equal(readObject(written).sections[SAMPLE.text]?.align, 2 ** 30);
});

test('content without bytes does not make a great file', () => {
  assert.ok(writeObject(withContent(SAMPLE.bss, { kind: 'nobits', size: 2 ** 31 })).length < 2048);
});

test('names that overlap do not make a great file', () => {
  // 500 symbols, each named by another end of the same 500 bytes: 125 kB when each has its own bytes.
  const bytes = malform((s) => {
    const named = Array.from({ length: 500 }, (_, index) => symbol({ name: 1 + index, info: 0x10 }));
    s.symtab.bytes = Buffer.concat([symbol({}), ...named]);
    s.symtab.sh_info = 1;
    s.shndx.bytes = new Uint8Array(4 * 501);
    s.strtab.bytes = text(`\0${'n'.repeat(500)}\0`);
  });
  assert.ok(writeObject(readObject(bytes)).length <= bytes.length + 64);
});

test('a table for the names of sections and symbols both stays one table', () => {
  const bytes = malform((s, _, file) => {
    s.shstrtab.bytes = text('\0.text\0f\0.shstrtab\0');
    s.text.sh_name = 1;
    s.shstrtab.sh_name = 9;
    s.symtab = {
      ...s.symtab,
      sh_name: 0,
      sh_link: 2,
      sh_info: 1,
      bytes: Buffer.concat([symbol({}), symbol({ name: 7, info: 0x12, shndx: 1, size: 16 })]),
    };
    file.sections = [s.null, s.text, s.shstrtab, s.symtab];
  });
  const read = readObject(bytes);
  assert.deepEqual(read.sections[2]?.content, { kind: 'names', of: 'sections and symbols' });
  assert.equal(read.symbols[1]?.name, 'f');
  assert.deepEqual(readObject(writeObject(read)), read);
});
