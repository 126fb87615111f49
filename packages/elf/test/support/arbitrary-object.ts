// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import {
  type ElfObject,
  ObjectBuilder,
  R_X86_64,
  SHF,
  SHT,
  STB,
  STT,
  type SymbolHome,
} from '../../src/index.ts';

const name = fc.string({ unit: fc.constantFrom('.', '_', 'a', 'b', 'text', '\xe9'), maxLength: 6 });
const value = fc.oneof(fc.integer({ min: 0, max: 64 }), fc.maxSafeInteger());
const addend = fc.oneof(fc.integer({ min: -8, max: 8 }), fc.maxSafeInteger());
const align = fc.integer({ min: 0, max: 12 }).map((power) => 2 ** power);

const section = fc.oneof(
  fc.record({
    name,
    type: fc.constantFrom(SHT.PROGBITS, SHT.NOTE, SHT.INIT_ARRAY, SHT.STRTAB, 0x6fff4c03),
    flags: fc.constantFrom(0, SHF.ALLOC, SHF.ALLOC | SHF.EXECINSTR, SHF.WRITE, 2 ** 40),
    align,
    content: fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ kind: 'bytes' as const, bytes })),
  }),
  fc.record({
    name,
    type: fc.constant(SHT.NOBITS),
    flags: fc.constant(SHF.ALLOC | SHF.WRITE),
    align,
    content: fc.integer({ min: 0, max: 2 ** 31 }).map((size) => ({ kind: 'nobits' as const, size })),
  }),
);

const symbol = fc.record({
  name,
  value,
  size: fc.nat(),
  bind: fc.constantFrom(STB.LOCAL, STB.GLOBAL, STB.WEAK, 10),
  type: fc.constantFrom(STT.NOTYPE, STT.FILE, STT.TLS, 10),
  other: fc.integer({ min: 0, max: 255 }),
  /** A number that picks a home. */
  home: fc.nat(),
});

const relocation = fc.record({
  section: fc.nat(),
  offset: fc.nat(),
  type: fc.constantFrom(...Object.values(R_X86_64), 99),
  symbol: fc.nat(),
  addend,
});

const RESERVED: readonly SymbolHome[] = [
  { kind: 'undefined' },
  { kind: 'absolute' },
  { kind: 'common' },
  { kind: 'reserved', index: 0xff20 },
];

/** Any object that the builder can make. */
export const arbitraryObject: fc.Arbitrary<ElfObject> = fc
  .record({
    sections: fc.array(section, { maxLength: 8 }),
    symbols: fc.array(symbol, { maxLength: 10 }),
    relocations: fc.array(relocation, { maxLength: 12 }),
  })
  .map(({ sections, symbols, relocations }) => {
    const builder = new ObjectBuilder();
    const added = sections.map((fields) => ({ index: builder.addSection(fields), content: fields.content }));
    const homes = [
      ...RESERVED,
      ...added.map(({ index }): SymbolHome => ({ kind: 'section', section: index })),
    ];
    const handles = symbols.map((fields) =>
      builder.addSymbol({ ...fields, home: homes[fields.home % homes.length] ?? { kind: 'undefined' } }),
    );
    const targets = added.flatMap(({ index, content }) =>
      content.kind === 'bytes' && content.bytes.length >= 16 ? [{ index, size: content.bytes.length }] : [],
    );
    for (const { section: which, offset, type, symbol: whose, addend: plus } of relocations) {
      const target = targets[which % targets.length];
      const handle = handles[whose % handles.length];
      if (target === undefined || handle === undefined) continue;
      // The widest relocation (TLSDESC) writes 16 bytes.
      builder.addRelocation(target.index, {
        offset: offset % (target.size - 15),
        type,
        symbol: handle,
        addend: plus,
      });
    }
    return builder.build();
  });
