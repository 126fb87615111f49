// SPDX-License-Identifier: GPL-2.0-or-later
import {
  address,
  type ElfObject,
  EM_X86_64,
  ET,
  SHT,
  sectionIndex,
  symbolIndex,
  writeObject,
} from '@uptide/elf';
import { ByteWriter } from './bytes.ts';

/** A module with nothing but the given sections. */
export function writeModule(sections: Readonly<Record<string, Uint8Array>>): ElfObject {
  const plain = { flags: 0, address: address(0), align: 1, entrySize: 0, link: 0, info: 0 };
  return {
    header: { osabi: 0, abiVersion: 0, type: ET.REL, machine: EM_X86_64, entry: address(0), flags: 0 },
    sections: [
      { ...plain, index: sectionIndex(0), name: '', type: SHT.NULL, align: 0, content: { kind: 'null' } },
      ...Object.entries(sections).map(([name, bytes], i) => ({
        ...plain,
        index: sectionIndex(i + 1),
        name,
        type: SHT.PROGBITS,
        content: { kind: 'bytes', bytes } as const,
      })),
      {
        ...plain,
        index: sectionIndex(Object.keys(sections).length + 1),
        name: '.shstrtab',
        type: SHT.STRTAB,
        content: { kind: 'names', of: 'sections' },
      },
    ],
    symbols: [
      {
        index: symbolIndex(0),
        name: '',
        value: 0,
        size: 0,
        bind: 0,
        type: 0,
        other: 0,
        home: { kind: 'undefined' },
      },
    ],
  };
}

/** The file of a module with that `.modinfo`. */
export function writeModuleFile(info: readonly string[]): Uint8Array {
  return writeObject(writeModule({ '.modinfo': Buffer.from(info.map((line) => `${line}\0`).join('')) }));
}

/** What a signed module ends with. */
export function writeSignature(
  signature: Uint8Array,
  options: { readonly type?: number; readonly length?: number; readonly algorithm?: number } = {},
): Buffer {
  const { type = 2, length = signature.length, algorithm = 0 } = options;
  const size = Buffer.alloc(4);
  size.writeUInt32BE(length);
  return new ByteWriter()
    .bytes(signature)
    .u8(algorithm, 0, type, 0, 0, 0, 0, 0)
    .bytes(size)
    .text('~Module signature appended~\n')
    .end();
}
