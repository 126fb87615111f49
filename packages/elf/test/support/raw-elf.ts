// SPDX-License-Identifier: GPL-2.0-or-later

// A writer of ELF files that can lie. Each field has the right value unless the test states another; the
// bytes of a section are always in the file, whatever its header says of them.

import { SHF, SHT } from '../../src/index.ts';

type Field = number | bigint;

export interface RawHeader {
  ident?: readonly number[];
  e_type?: number;
  e_machine?: number;
  e_version?: number;
  e_phoff?: Field;
  e_shoff?: Field;
  e_ehsize?: number;
  e_phentsize?: number;
  e_phnum?: number;
  e_shentsize?: number;
  e_shnum?: number;
  e_shstrndx?: number;
}

export interface RawSection {
  name: string;
  bytes?: Uint8Array;
  sh_name?: number;
  sh_type?: number;
  sh_flags?: Field;
  sh_addr?: Field;
  sh_offset?: Field;
  sh_size?: Field;
  sh_link?: number;
  sh_info?: number;
  sh_addralign?: Field;
  sh_entsize?: Field;
}

export interface RawFile {
  header: RawHeader;
  /** The null section and the table of section names included. */
  sections: RawSection[];
}

/** A symbol as bytes. */
export function symbol(fields: {
  name?: number;
  info?: number;
  other?: number;
  shndx?: number;
  value?: Field;
  size?: Field;
}): Uint8Array {
  const out = new DataView(new ArrayBuffer(24));
  out.setUint32(0, fields.name ?? 0, true);
  out.setUint8(4, fields.info ?? 0);
  out.setUint8(5, fields.other ?? 0);
  out.setUint16(6, fields.shndx ?? 0, true);
  out.setBigInt64(8, BigInt(fields.value ?? 0), true);
  out.setBigUint64(16, BigInt(fields.size ?? 0), true);
  return new Uint8Array(out.buffer);
}

/** A relocation with addend as bytes. */
export function relocation(fields: {
  offset?: Field;
  type?: number;
  symbol?: number;
  addend?: Field;
}): Uint8Array {
  const out = new DataView(new ArrayBuffer(24));
  out.setBigUint64(0, BigInt(fields.offset ?? 0), true);
  out.setUint32(8, fields.type ?? 1, true);
  out.setUint32(12, fields.symbol ?? 0, true);
  out.setBigInt64(16, BigInt(fields.addend ?? 0), true);
  return new Uint8Array(out.buffer);
}

/** 32-bit words as bytes. */
export function words(...values: readonly number[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(values.length * 4));
  for (const [index, value] of values.entries()) out.setUint32(index * 4, value, true);
  return new Uint8Array(out.buffer);
}

export function text(value: string): Uint8Array {
  return Buffer.from(value, 'latin1');
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

/** Where `rawElf` puts the header of a section. */
export function headerOffset(bytes: Uint8Array, index: number): number {
  return Number(Buffer.from(bytes).readBigUInt64LE(40)) + index * 64;
}

/** Lays out and writes a file. */
export function rawElf(file: RawFile): Uint8Array {
  const names = file.sections.map(({ name }) => name);
  const starts: number[] = [];
  let table = '\0';
  for (const name of names) {
    starts.push(name === '' ? 0 : table.length);
    if (name !== '') table += `${name}\0`;
  }
  const contents = file.sections.map((section) =>
    section.name === '.shstrtab' && section.bytes === undefined ? text(table) : (section.bytes ?? text('')),
  );
  const offsets: number[] = [];
  let end = 64;
  for (const content of contents) {
    offsets.push(end);
    end = Math.ceil((end + content.length) / 8) * 8;
  }
  const out = new DataView(new ArrayBuffer(end + file.sections.length * 64));
  const bytes = new Uint8Array(out.buffer);
  writeHeader(out, file, end, names.indexOf('.shstrtab'));
  for (const [index, section] of file.sections.entries()) {
    const content = contents[index] ?? text('');
    const offset = offsets[index] ?? 0;
    bytes.set(content, offset);
    const at = end + index * 64;
    out.setUint32(at, section.sh_name ?? starts[index] ?? 0, true);
    out.setUint32(at + 4, section.sh_type ?? (index === 0 ? SHT.NULL : SHT.PROGBITS), true);
    out.setBigUint64(at + 8, BigInt(section.sh_flags ?? 0), true);
    out.setBigUint64(at + 16, BigInt(section.sh_addr ?? 0), true);
    out.setBigUint64(at + 24, BigInt(section.sh_offset ?? (index === 0 ? 0 : offset)), true);
    out.setBigUint64(at + 32, BigInt(section.sh_size ?? content.length), true);
    out.setUint32(at + 40, section.sh_link ?? 0, true);
    out.setUint32(at + 44, section.sh_info ?? 0, true);
    out.setBigUint64(at + 48, BigInt(section.sh_addralign ?? (index === 0 ? 0 : 1)), true);
    out.setBigUint64(at + 56, BigInt(section.sh_entsize ?? 0), true);
  }
  return bytes;
}

function writeHeader(out: DataView, { header, sections }: RawFile, table: number, names: number): void {
  const ident = header.ident ?? [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1];
  for (const [index, byte] of ident.entries()) out.setUint8(index, byte);
  out.setUint16(16, header.e_type ?? 1, true);
  out.setUint16(18, header.e_machine ?? 62, true);
  out.setUint32(20, header.e_version ?? 1, true);
  out.setBigUint64(32, BigInt(header.e_phoff ?? 0), true);
  out.setBigUint64(40, BigInt(header.e_shoff ?? table), true);
  out.setUint16(52, header.e_ehsize ?? 64, true);
  out.setUint16(54, header.e_phentsize ?? 0, true);
  out.setUint16(56, header.e_phnum ?? 0, true);
  out.setUint16(58, header.e_shentsize ?? 64, true);
  out.setUint16(60, header.e_shnum ?? sections.length, true);
  out.setUint16(62, header.e_shstrndx ?? names, true);
}

/** The sections of `sample`, in their order. */
export const SAMPLE = {
  text: 1,
  rela: 2,
  data: 3,
  bss: 4,
  group: 5,
  symtab: 6,
  shndx: 7,
  strtab: 8,
  shstrtab: 9,
} as const;

/** The sections of a small correct object, by what a test calls them. */
export type SampleSections = Record<keyof typeof SAMPLE | 'null', RawSection>;

/**
 * A small correct object with every kind of table: code with a relocation, a group with data in it, and
 * three symbols (the section symbol of .text, the function `f`, the undefined `g`).
 */
export function sample(): { header: RawHeader; sections: SampleSections; file: RawFile } {
  const sections: SampleSections = {
    null: { name: '' },
    text: {
      name: '.text',
      bytes: new Uint8Array(16).fill(0x90),
      sh_flags: SHF.ALLOC | SHF.EXECINSTR,
      sh_addralign: 16,
    },
    rela: {
      name: '.rela.text',
      bytes: relocation({ offset: 1, type: 4, symbol: 3, addend: -4 }),
      sh_type: SHT.RELA,
      sh_flags: SHF.INFO_LINK,
      sh_link: SAMPLE.symtab,
      sh_info: SAMPLE.text,
      sh_addralign: 8,
      sh_entsize: 24,
    },
    data: { name: '.data.d', bytes: new Uint8Array(8), sh_flags: SHF.ALLOC | SHF.WRITE | SHF.GROUP },
    bss: {
      name: '.bss',
      sh_type: SHT.NOBITS,
      sh_flags: SHF.ALLOC | SHF.WRITE,
      sh_size: 64,
    },
    group: {
      name: '.group',
      bytes: words(1, SAMPLE.data),
      sh_type: SHT.GROUP,
      sh_link: SAMPLE.symtab,
      sh_info: 2,
      sh_addralign: 4,
      sh_entsize: 4,
    },
    symtab: {
      name: '.symtab',
      bytes: join(
        symbol({}),
        symbol({ info: 3, shndx: SAMPLE.text }),
        symbol({ name: 1, info: 0x12, shndx: SAMPLE.text, value: 0, size: 16 }),
        symbol({ name: 3, info: 0x10 }),
      ),
      sh_type: SHT.SYMTAB,
      sh_link: SAMPLE.strtab,
      sh_info: 2,
      sh_addralign: 8,
      sh_entsize: 24,
    },
    shndx: {
      name: '.symtab_shndx',
      bytes: words(0, 0, 0, 0),
      sh_type: SHT.SYMTAB_SHNDX,
      sh_link: SAMPLE.symtab,
      sh_addralign: 4,
      sh_entsize: 4,
    },
    strtab: { name: '.strtab', bytes: text('\0f\0g\0'), sh_type: SHT.STRTAB },
    shstrtab: { name: '.shstrtab', sh_type: SHT.STRTAB },
  };
  const header: RawHeader = {};
  return { header, sections, file: { header, sections: Object.values(sections) } };
}

/** The sample with one thing changed. */
export function malform(
  change: (sections: SampleSections, header: RawHeader, file: RawFile) => void,
): Uint8Array {
  const { header, sections, file } = sample();
  change(sections, header, file);
  return rawElf(file);
}
