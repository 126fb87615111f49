// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import {
  ObjectBuilder,
  type SectionIndex,
  SHF,
  SHN,
  STB,
  STT,
  type SymbolHandle,
  writeObject,
} from '@uptide/elf';
import { liveSymbolName } from '../cut/destination.ts';
import { ForgeError } from '../error.ts';
import type { Assembly, Fixup, ModulePlace } from './assembly.ts';
import type { OutputSection } from './output-section.ts';
import { type Places, placeOf } from './place-pieces.ts';

/**
 * The kernel reads klp symbol names into buffers of MODULE_NAME_LEN (56) for the object and KSYM_NAME_LEN
 * for the symbol, 128 before 6.1 and 512 since; 127 characters hold everywhere.
 */
const MAX_OBJECT_NAME = 55;
const MAX_SYMBOL_NAME = 127;

/** What the link defines by name. */
export type FramePlaces = ReadonlyMap<string, ModulePlace>;

/** Writes the assembled module as an object: sections, symbols, relocations and klp relocations. */
export function emitModule(assembly: Assembly, places: Places, frame: FramePlaces): Uint8Array {
  const builder = new ObjectBuilder();
  const indices = new Map<OutputSection, SectionIndex>();
  const sectionSymbols = new Map<OutputSection, SymbolHandle>();
  for (const section of assembly.sections()) {
    const { name, type, flags, align, entrySize, size } = section;
    const filler = (flags & SHF.EXECINSTR) !== 0 ? 0xcc : 0;
    const content = section.nobits
      ? ({ kind: 'nobits', size } as const)
      : ({ kind: 'bytes', bytes: section.bytes(filler) } as const);
    const index = builder.addSection({ name, type, flags, align, entrySize, content });
    indices.set(section, index);
    const home = { kind: 'section', section: index } as const;
    sectionSymbols.set(
      section,
      builder.addSymbol({ name: '', value: 0, size: 0, bind: STB.LOCAL, type: STT.SECTION, home }),
    );
  }
  const sectionOf = (place: ModulePlace): SectionIndex => {
    const index = indices.get(place.section);
    if (index === undefined) throw new UptideError('INTERNAL', `${place.section.name} is not in the module`);
    return index;
  };
  for (const { name, place, size } of assembly.functions) {
    const home = { kind: 'section', section: sectionOf(place) } as const;
    builder.addSymbol({ name, value: place.offset, size, bind: STB.LOCAL, type: STT.FUNC, home });
  }
  for (const [name, place] of frame) {
    const home = { kind: 'section', section: sectionOf(place) } as const;
    builder.addSymbol({ name, value: place.offset, size: 0, bind: STB.GLOBAL, type: STT.OBJECT, home });
  }
  emitFixups(builder, assembly, { places, frame, sectionOf, sectionSymbols });
  return writeObject(builder.build());
}

interface Emitted {
  readonly places: Places;
  readonly frame: FramePlaces;
  readonly sectionOf: (place: ModulePlace) => SectionIndex;
  readonly sectionSymbols: ReadonlyMap<OutputSection, SymbolHandle>;
}

function emitFixups(builder: ObjectBuilder, assembly: Assembly, emitted: Emitted): void {
  const symbols = new Map<string, SymbolHandle>();
  const outside = (name: string, reserved: number | undefined): SymbolHandle => {
    const known = symbols.get(name);
    if (known !== undefined) return known;
    const home =
      reserved === undefined
        ? ({ kind: 'undefined' } as const)
        : ({ kind: 'reserved', index: reserved } as const);
    const made = builder.addSymbol({ name, value: 0, size: 0, bind: STB.GLOBAL, type: STT.NOTYPE, home });
    symbols.set(name, made);
    return made;
  };
  const klpTables = new Map<string, SectionIndex>();
  const fixups = assembly.fixups.toSorted(
    (a, b) => sectionOrder(a, b, emitted) || a.place.offset - b.place.offset,
  );
  for (const fixup of fixups) {
    const { place, type, to } = fixup;
    const target = emitted.sectionOf(place);
    if (to.kind === 'live') {
      const table = klpTable(builder, klpTables, fixup, target, to.symbol.object);
      const symbol = outside(
        checkedName(to.symbol.object, to.symbol.name, liveSymbolName(to.symbol)),
        SHN.LIVEPATCH,
      );
      builder.addRelocation(table, { offset: place.offset, type, symbol, addend: fixup.addend + to.offset });
    } else if (to.kind === 'import') {
      const symbol = outside(to.name, undefined);
      builder.addRelocation(target, { offset: place.offset, type, symbol, addend: fixup.addend + to.offset });
    } else {
      const inside = placeInside(to, emitted);
      const symbol = emitted.sectionSymbols.get(inside.section);
      if (symbol === undefined) throw new UptideError('INTERNAL', `${inside.section.name} has no symbol`);
      builder.addRelocation(target, {
        offset: place.offset,
        type,
        symbol,
        addend: fixup.addend + inside.offset,
      });
    }
  }
}

function placeInside(
  to: Exclude<Fixup['to'], { kind: 'live' | 'import' }>,
  { places, frame }: Emitted,
): ModulePlace {
  if (to.kind === 'place') return to.place;
  const place = to.kind === 'carried' ? placeOf(places, to.piece) : frame.get(to.name);
  if (place === undefined)
    throw new UptideError('INTERNAL', 'the link refers to a name that it does not define');
  return { section: place.section, offset: place.offset + to.offset };
}

/**
 * klp writes the relocations of `.klp.rela.OBJECT.SECTION` when OBJECT is loaded, and refuses symbols of
 * vmlinux in those of a module (klp_resolve_symbols): they stand in vmlinux's own, written at once.
 */
function klpTable(
  builder: ObjectBuilder,
  tables: Map<string, SectionIndex>,
  { place, object }: Fixup,
  target: SectionIndex,
  symbolObject: string,
): SectionIndex {
  const name = `.klp.rela.${symbolObject === 'vmlinux' ? 'vmlinux' : object}.${place.section.name}`;
  const known = tables.get(name);
  if (known !== undefined) return known;
  const flags = SHF.ALLOC | SHF.INFO_LINK | SHF.RELA_LIVEPATCH;
  const made = builder.addRelocationSection({ name, flags, target });
  tables.set(name, made);
  return made;
}

function checkedName(object: string, symbol: string, whole: string): string {
  if (object.length <= MAX_OBJECT_NAME && symbol.length <= MAX_SYMBOL_NAME) return whole;
  throw new ForgeError('CUT_NAME_TOO_LONG', `${object}:${symbol} is longer than klp reads`, {
    place: { object, symbol },
  });
}

function sectionOrder(a: Fixup, b: Fixup, { sectionOf }: Emitted): number {
  return sectionOf(a.place) - sectionOf(b.place);
}
