// SPDX-License-Identifier: GPL-2.0-or-later
import {
  type ElfObject,
  type NewRelocation,
  ObjectBuilder,
  R_X86_64,
  type SectionIndex,
  SHF,
  SHN,
  SHT,
  STB,
  STT,
  type SymbolHandle,
} from '@uptide/elf';
import type { ExportedSymbol } from '@uptide/kernel';

export const VERMAGIC = '6.1.0-50-amd64 SMP preempt mod_unload modversions ';

/** A function of a shipped module: in which section, and whether ftrace has a site at its start. */
export interface ShippedFunction {
  readonly name: string;
  readonly section?: string;
  readonly site?: 'call' | 'nop' | 'endbr' | 'other-bytes' | 'none';
  readonly type?: number;
}

/** Bytes of each function. */
const FUNCTION_SIZE = 16;

/** Writes a module as a kernel package has it: functions one after the other, with their `__mcount_loc`. */
export function shippedModule(
  functions: readonly ShippedFunction[],
  options: { readonly depends?: string; readonly vermagic?: string } = {},
): ElfObject {
  const builder = new ObjectBuilder();
  const { depends = '', vermagic = VERMAGIC } = options;
  addModinfo(builder, { depends, vermagic });
  const sections = new Map<string, { readonly index: SectionIndex; readonly start: SymbolHandle }>();
  const names = [...new Set(functions.map(({ section = '.text' }) => section))];
  for (const name of names) {
    const own = functions.filter(({ section = '.text' }) => section === name);
    const bytes = Buffer.concat(own.map(({ site = 'call' }) => functionBytes(site)));
    const index = builder.addSection({
      name,
      type: SHT.PROGBITS,
      flags: SHF.ALLOC | SHF.EXECINSTR,
      content: { kind: 'bytes', bytes },
    });
    const home = { kind: 'section', section: index } as const;
    const start = builder.addSymbol({
      name: '',
      value: 0,
      size: 0,
      bind: STB.LOCAL,
      type: STT.SECTION,
      home,
    });
    sections.set(name, { index, start });
  }
  const sites = builder.addSection({
    name: '__mcount_loc',
    type: SHT.PROGBITS,
    flags: SHF.ALLOC,
    content: { kind: 'bytes', bytes: new Uint8Array(8 * functions.length) },
  });
  const filled = new Map<string, number>();
  for (const [number, { name, section = '.text', site = 'call', type = STT.FUNC }] of functions.entries()) {
    const place = sections.get(section);
    if (place === undefined) throw new Error('a section that was not added');
    const value = filled.get(section) ?? 0;
    filled.set(section, value + FUNCTION_SIZE);
    const home = { kind: 'section', section: place.index } as const;
    builder.addSymbol({ name, value, size: FUNCTION_SIZE, bind: STB.LOCAL, type, home });
    if (site === 'none') continue;
    const addend = value + (site === 'endbr' ? 4 : 0);
    builder.addRelocation(sites, { offset: number * 8, type: R_X86_64[64], symbol: place.start, addend });
  }
  return builder.build();
}

function functionBytes(site: ShippedFunction['site']): Buffer {
  const bytes = Buffer.alloc(FUNCTION_SIZE, 0xcc);
  if (site === 'call') bytes.set([0xe8, 0, 0, 0, 0]);
  if (site === 'nop') bytes.set([0x0f, 0x1f, 0x44, 0x00, 0x00]);
  if (site === 'endbr') bytes.set([0xf3, 0x0f, 0x1e, 0xfa, 0xe8, 0, 0, 0, 0]);
  return bytes;
}

/** Writes a module that has nothing but these lines of `.modinfo`. */
export function moduleWithInfo(lines: readonly string[]): ElfObject {
  const builder = new ObjectBuilder();
  addBytes(builder, '.modinfo', Buffer.from(lines.map((line) => `${line}\0`).join('')));
  return builder.build();
}

/** A relocation of the update for a module. */
export interface KlpRelocation {
  readonly symbol: string;
  readonly type?: number;
  readonly offset?: number;
  /** Other than SHN_LIVEPATCH. */
  readonly home?: 'undefined';
}

/** What the smallest update is made of; everything that is not given is as it should be. */
export interface UpdateParts {
  readonly modinfo?: Readonly<Record<string, string>>;
  readonly rawModinfo?: string;
  readonly section?: string;
  readonly flags?: number;
  readonly relocations?: readonly KlpRelocation[];
  readonly code?: Uint8Array;
  readonly targetFlags?: number;
  readonly targetName?: string;
  readonly imports?: readonly { readonly name: string; readonly bind?: number }[];
  readonly versions?: Readonly<Record<string, number>>;
}

export const MODULE_LAYOUT_CRC = 0x1234_5678;

/** Writes a livepatch module with one relocation section for a module. */
export function update(parts: UpdateParts = {}): ElfObject {
  const builder = new ObjectBuilder();
  if (parts.rawModinfo === undefined) {
    addModinfo(builder, {
      license: 'GPL',
      livepatch: 'Y',
      depends: '',
      vermagic: VERMAGIC,
      ...parts.modinfo,
    });
  } else addBytes(builder, '.modinfo', Buffer.from(parts.rawModinfo, 'latin1'));
  addBytes(builder, '__versions', versionTable({ module_layout: MODULE_LAYOUT_CRC, ...parts.versions }));
  const target = builder.addSection({
    name: parts.targetName ?? '.text.patched',
    type: SHT.PROGBITS,
    flags: parts.targetFlags ?? SHF.ALLOC | SHF.EXECINSTR,
    content: { kind: 'bytes', bytes: parts.code ?? new Uint8Array(64) },
  });
  const table = builder.addRelocationSection({
    name: parts.section ?? '.klp.rela.ext4..text.patched',
    flags: parts.flags ?? SHF.ALLOC | SHF.RELA_LIVEPATCH,
    target,
  });
  for (const { symbol: name, type = R_X86_64.PC32, offset = 8, home } of parts.relocations ?? []) {
    const symbol = builder.addSymbol({
      name,
      value: 0,
      size: 0,
      bind: STB.GLOBAL,
      type: STT.NOTYPE,
      home: home === undefined ? { kind: 'reserved', index: SHN.LIVEPATCH } : { kind: home },
    });
    const relocation: NewRelocation = { offset, type, symbol, addend: 0 };
    builder.addRelocation(table, relocation);
  }
  for (const { name, bind = STB.GLOBAL } of parts.imports ?? []) {
    builder.addSymbol({ name, value: 0, size: 0, bind, type: STT.NOTYPE, home: { kind: 'undefined' } });
  }
  return builder.build();
}

/** What the kernel exports in the tests. */
export function exported(
  ...symbols: readonly Partial<ExportedSymbol>[]
): ReadonlyMap<string, ExportedSymbol> {
  const all = [{ name: 'module_layout', crc: MODULE_LAYOUT_CRC }, ...symbols];
  return new Map(
    all.map(({ name = '', ...rest }) => [
      name,
      { name, crc: 1, object: 'vmlinux', gplOnly: false, namespace: '', ...rest },
    ]),
  );
}

function addModinfo(builder: ObjectBuilder, values: Readonly<Record<string, string>>): void {
  const text = Object.entries(values).map(([key, value]) => `${key}=${value}\0`);
  addBytes(builder, '.modinfo', Buffer.from(text.join('')));
}

function addBytes(builder: ObjectBuilder, name: string, bytes: Uint8Array): void {
  builder.addSection({ name, type: SHT.PROGBITS, flags: SHF.ALLOC, content: { kind: 'bytes', bytes } });
}

function versionTable(versions: Readonly<Record<string, number>>): Buffer {
  return Buffer.concat(
    Object.entries(versions).map(([name, crc]) => {
      const entry = Buffer.alloc(64);
      entry.writeUInt32LE(crc, 0);
      entry.write(name, 8, 'latin1');
      return entry;
    }),
  );
}
