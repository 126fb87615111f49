// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ElfCode, readObject } from '../src/index.ts';
import {
  malform,
  type RawFile,
  type RawHeader,
  rawElf,
  type SampleSections,
  sample,
} from './support/raw-elf.ts';
import { refuses, refusesAt } from './support/refuses.ts';

test('the sample that the other tests malform is correct', () => {
  const object = readObject(rawElf(sample().file));
  assert.equal(object.sections.length, 10);
  assert.equal(object.symbols.length, 4);
});

const CASES: readonly [
  name: string,
  code: ElfCode,
  offset: number,
  change: (header: RawHeader, sections: SampleSections, file: RawFile) => void,
][] = [
  ['no magic', 'ELF_NOT_ELF64', 0, (h) => (h.ident = [0x7f, 0x45, 0x4c, 0x47, 2, 1, 1])],
  ['32-bit class', 'ELF_NOT_ELF64', 4, (h) => (h.ident = [0x7f, 0x45, 0x4c, 0x46, 1, 1, 1])],
  ['big-endian data', 'ELF_NOT_ELF64', 5, (h) => (h.ident = [0x7f, 0x45, 0x4c, 0x46, 2, 2, 1])],
  ['another machine', 'ELF_NOT_ELF64', 18, (h) => (h.e_machine = 183)],
  ['unknown EI_VERSION', 'ELF_BAD_HEADER', 6, (h) => (h.ident = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 2])],
  ['unknown e_version', 'ELF_BAD_HEADER', 20, (h) => (h.e_version = 0)],
  ['an executable', 'ELF_BAD_HEADER', 16, (h) => (h.e_type = 2)],
  ['a header of another size', 'ELF_BAD_HEADER', 52, (h) => (h.e_ehsize = 52)],
  ['section headers of another size', 'ELF_BAD_HEADER', 58, (h) => (h.e_shentsize = 40)],
  ['no section headers', 'ELF_BAD_HEADER', 40, (h) => (h.e_shoff = 0)],
  [
    'program headers in an object',
    'ELF_BAD_HEADER',
    56,
    (h) => Object.assign(h, { e_phnum: 1, e_phentsize: 56 }),
  ],
  [
    'program headers of another size',
    'ELF_BAD_HEADER',
    54,
    (h) => Object.assign(h, { e_phnum: 1, e_phentsize: 32 }),
  ],
  ['a reserved e_shnum', 'ELF_BAD_HEADER', 60, (h) => (h.e_shnum = 0xff00)],
  ['a reserved e_shstrndx', 'ELF_BAD_HEADER', 62, (h) => (h.e_shstrndx = 0xfff1)],
  ['e_shnum 0 and an empty section 0', 'ELF_BAD_HEADER', 60, (h) => (h.e_shnum = 0)],
  [
    'e_shnum 0 and a count that the header could hold',
    'ELF_BAD_HEADER',
    60,
    (h, s) => {
      h.e_shnum = 0;
      s.null.sh_size = 10;
    },
  ],
  ['SHN_XINDEX as e_shstrndx and nothing in section 0', 'ELF_BAD_HEADER', 62, (h) => (h.e_shstrndx = 0xffff)],
  [
    'SHN_XINDEX as e_shstrndx and an index past the table',
    'ELF_BAD_HEADER',
    62,
    (h, s) => {
      h.e_shstrndx = 0xffff;
      s.null.sh_link = 0xff00;
    },
  ],
  ['no section names', 'ELF_BAD_HEADER', 62, (h) => (h.e_shstrndx = 0)],
  ['section names past the table', 'ELF_BAD_HEADER', 62, (h) => (h.e_shstrndx = 10)],
  ['section names in a section of code', 'ELF_BAD_HEADER', 62, (h) => (h.e_shstrndx = 1)],
  ['a table offset past 2^53', 'ELF_VALUE_RANGE', 40, (h) => (h.e_shoff = 2n ** 63n)],
];

for (const [name, code, offset, change] of CASES) {
  test(`header: ${name}`, () => {
    const bytes = malform((sections, header, file) => change(header, sections, file));
    refusesAt(code, offset, () => readObject(bytes));
  });
}

test('header: a count in section 0 that the file cannot hold', () => {
  for (const count of [0xff00, 0xffffffff, 2n ** 52n]) {
    const bytes = malform((sections, header) => {
      header.e_shnum = 0;
      sections.null.sh_size = count;
    });
    refuses('ELF_TRUNCATED', () => readObject(bytes));
  }
});

test('header: a section header table past the end', () => {
  refusesAt('ELF_TRUNCATED', 1 << 20, () => readObject(malform((_, header) => (header.e_shoff = 1 << 20))));
});

test('every proper prefix of an object is refused', () => {
  const bytes = rawElf(sample().file);
  for (let length = 0; length < bytes.length; length++) {
    refuses(length < 4 ? 'ELF_NOT_ELF64' : 'ELF_TRUNCATED', () => readObject(bytes.subarray(0, length)));
  }
});

test('an object is read where it lies in a larger buffer', () => {
  const bytes = rawElf(sample().file);
  const larger = new Uint8Array(bytes.length + 7);
  larger.set(bytes, 3);
  const { sections } = readObject(larger.subarray(3, 3 + bytes.length));
  assert.equal(sections[1]?.name, '.text');
  const content = sections[1]?.content;
  assert.ok(content?.kind === 'bytes');
  assert.equal(content.bytes.buffer, larger.buffer, 'a view, not a copy');
  assert.equal(content.bytes[0], 0x90);
});
