// SPDX-License-Identifier: GPL-2.0-or-later
import { ByteWriter } from './bytes.ts';
import { RODATA_ADDRESS, TEXT_ADDRESS, TEXT_SIZE } from './kallsyms-writer.ts';

/** A section of an image to write; with a size in place of content it is NOBITS. */
export interface WrittenSection {
  readonly name: string;
  readonly type?: number;
  /** SHF_*; by default ALLOC. */
  readonly flags?: number;
  readonly address: number;
  readonly content: Uint8Array | number;
}

const PROGBITS = 1;
const STRTAB = 3;
const NOTE = 7;
const NOBITS = 8;
const ALLOC = 2;
const EXECINSTR = 4;
const EHDR_SIZE = 64;
const SHDR_SIZE = 64;

/** Writes an ET_EXEC for x86-64 without program headers: what `objcopy -S` leaves of a vmlinux, in short. */
export function writeImage(sections: readonly WrittenSection[]): Buffer {
  const names = new ByteWriter().u8(0);
  const contents = new ByteWriter().bytes(new Uint8Array(EHDR_SIZE));
  const headers = new ByteWriter().bytes(new Uint8Array(SHDR_SIZE));
  const add = ({ name, type = PROGBITS, flags = ALLOC, address, content }: WrittenSection): void => {
    contents.align(16);
    const nobits = typeof content === 'number';
    headers.u32(names.length).u32(nobits ? NOBITS : type);
    headers.u64(flags).u64(address).u64(contents.length);
    headers
      .u64(nobits ? content : content.length)
      .u32(0)
      .u32(0)
      .u64(1)
      .u64(0);
    names.text(`${name}\0`);
    if (!nobits) contents.bytes(content);
  };
  for (const section of sections) add(section);
  const nameTable = Buffer.concat([names.end(), Buffer.from('.shstrtab\0')]);
  add({ name: '.shstrtab', type: STRTAB, flags: 0, address: 0, content: nameTable });
  contents.align(16);
  const count = sections.length + 2;
  const header = new ByteWriter()
    .u8(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0)
    .u64(0)
    .u16(2)
    .u16(62)
    .u32(1)
    .u64(0)
    .u64(0)
    .u64(contents.length)
    .u32(0)
    .u16(EHDR_SIZE)
    .u16(0)
    .u16(0)
    .u16(SHDR_SIZE)
    .u16(count)
    .u16(count - 1)
    .end();
  return Buffer.concat([header, contents.end().subarray(EHDR_SIZE), headers.end()]);
}

/** An ELF note. */
export function writeNote(name: string, type: number, content: Uint8Array): Buffer {
  return new ByteWriter()
    .u32(name.length + 1)
    .u32(content.length)
    .u32(type)
    .text(`${name}\0`)
    .align(4)
    .bytes(content)
    .align(4)
    .end();
}

export const BUILD_ID = '06f8bde30046985060c60820f7a11515a33afb06';

/** The sections of the smallest image that is a kernel's. */
export function kernelSections(rodata: Uint8Array): WrittenSection[] {
  const notes = Buffer.concat([
    writeNote('Xen', 6, Buffer.from('linux\0')),
    writeNote('GNU', 3, Buffer.from(BUILD_ID, 'hex')),
  ]);
  return [
    {
      name: '.text',
      flags: ALLOC | EXECINSTR,
      address: TEXT_ADDRESS,
      content: Uint8Array.from({ length: TEXT_SIZE }, (_, i) => i & 0xff),
    },
    { name: '.rodata', address: RODATA_ADDRESS, content: rodata },
    { name: '.notes', type: NOTE, address: RODATA_ADDRESS + 0x100000, content: notes },
    { name: '.bss', address: RODATA_ADDRESS + 0x200000, content: 0x1000 },
  ];
}

/** Writes a boot image around a payload, as the kernel build does: setup sectors, header, payload, size. */
export function writeBootImage(
  stream: Uint8Array,
  size: number,
  options: { readonly setupSectors?: number; readonly version?: number; readonly ownSize?: boolean } = {},
): Buffer {
  const { setupSectors = 3, version = 0x020f, ownSize = false } = options;
  const payload = ownSize ? Buffer.from(stream) : new ByteWriter().bytes(stream).u32(size).end();
  const gap = 0x120;
  const setup = Buffer.alloc(((setupSectors === 0 ? 4 : setupSectors) + 1) * 512);
  setup.writeUInt8(setupSectors, 0x1f1);
  setup.writeUInt16LE(0xaa55, 0x1fe);
  setup.write('HdrS', 0x202, 'latin1');
  setup.writeUInt16LE(version, 0x206);
  setup.writeUInt32LE(gap, 0x248);
  setup.writeUInt32LE(payload.length, 0x24c);
  return Buffer.concat([setup, Buffer.alloc(gap, 0x90), payload, Buffer.alloc(40)]);
}
