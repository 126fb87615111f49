// SPDX-License-Identifier: GPL-2.0-or-later
import { type Address, type ElfSection, findBuildId, readImage, SHF, SHT } from '@uptide/elf';
import { KernelError } from '../error.ts';
import type { ImageSection, KernelImage, SymbolTable } from '../model.ts';
import { decodeKallsyms } from './kallsyms.ts';
import { SparseFile } from './sparse-file.ts';
import { KallsymsTable } from './symbol-table.ts';

/** Bytes of the image, of which a part may have to be fetched before it is looked at. */
interface ImageBytes {
  readonly bytes: Uint8Array;
  require(offset: number, length: number): void;
}

/** A section with content and the place of its first byte in the file. */
interface LoadedSection {
  readonly name: string;
  readonly address: number;
  readonly end: number;
  readonly executable: boolean;
  readonly content: Uint8Array;
}

const BANNER_START = 'Linux version ';
/** Bytes of a banner at most; Debian's has 220. */
const MAX_BANNER = 1024;

/**
 * The image of a kernel over the bytes of its unpacked ELF file (`unpackImage`).
 *
 * @param symbols the symbol table when it was kept; else it is decoded at its first use.
 * @throws ElfError when the file contradicts itself; KernelError IMAGE_BAD_ELF, IMAGE_NO_BUILD_ID. The
 * first use of `symbols` throws the KALLSYMS_ codes and that of `banner` IMAGE_NO_BANNER.
 */
export function imageOf(bytes: Uint8Array, symbols?: SymbolTable): KernelImage {
  return new ElfKernelImage({ bytes, require: () => {} }, symbols);
}

/**
 * The image of a kernel over the file of an unpacked image. Only what is asked for is read from the disk.
 *
 * @throws as `imageOf`, and IMAGE_TOO_LARGE, IMAGE_TRUNCATED and the errors of node:fs.
 */
export function openImage(path: string, symbols?: SymbolTable): KernelImage {
  const file = new SparseFile(path);
  requireSectionHeaders(file);
  return new ElfKernelImage(file, symbols);
}

// Offsets and sizes in Elf64_Ehdr and Elf64_Shdr (gABI figures 4-3 and 4-8).
const EHDR_SIZE = 64;
const E_SHOFF = 0x28;
const E_SHNUM = 0x3c;
const E_SHSTRNDX = 0x3e;
const SHDR_SIZE = 64;
const SH_OFFSET = 0x18;
const SH_SIZE = 0x20;

/** Fetches what `readImage` looks at: headers and section names. It judges them; here nothing is believed. */
function requireSectionHeaders(file: ImageBytes): void {
  const buffer = Buffer.from(file.bytes.buffer, file.bytes.byteOffset, file.bytes.byteLength);
  file.require(0, EHDR_SIZE);
  if (buffer.length < EHDR_SIZE) return;
  const table = Number(buffer.readBigUInt64LE(E_SHOFF));
  file.require(table, buffer.readUInt16LE(E_SHNUM) * SHDR_SIZE);
  const names = table + buffer.readUInt16LE(E_SHSTRNDX) * SHDR_SIZE;
  if (names + SHDR_SIZE > buffer.length) return;
  file.require(
    Number(buffer.readBigUInt64LE(names + SH_OFFSET)),
    Number(buffer.readBigUInt64LE(names + SH_SIZE)),
  );
}

class ElfKernelImage implements KernelImage {
  readonly buildId: string;
  readonly sections: readonly ImageSection[];
  readonly #file: ImageBytes;
  /** Sections with content, by address. */
  readonly #loaded: readonly LoadedSection[];
  #symbols: SymbolTable | undefined;
  #banner: string | undefined;

  constructor(file: ImageBytes, symbols: SymbolTable | undefined) {
    const allocated = readImage(file.bytes).sections.filter(({ flags }) => (flags & SHF.ALLOC) !== 0);
    if (allocated.length === 0) {
      throw new KernelError('IMAGE_BAD_ELF', 'the image has no section headers for what it loads');
    }
    this.#file = file;
    this.#symbols = symbols;
    this.sections = allocated.map((section) => ({
      name: section.name,
      address: section.address,
      size: sizeOf(section),
      executable: isExecutable(section),
    }));
    this.#loaded = loadedSections(allocated);
    this.buildId = this.#findBuildId(allocated);
  }

  get symbols(): SymbolTable {
    this.#symbols ??= new KallsymsTable(
      decodeKallsyms(
        this.#loaded.map(({ address, executable, content }) => ({
          address,
          executable,
          bytes: executable ? content : this.#fetch(content),
        })),
      ),
    );
    return this.#symbols;
  }

  get banner(): string {
    this.#banner ??= this.#findBanner();
    return this.#banner;
  }

  read(address: Address, length: number): Uint8Array | undefined {
    return length < 0 ? undefined : this.#read(address, length);
  }

  section(name: string): Uint8Array | undefined {
    const found = this.#loaded.find((section) => section.name === name);
    return found === undefined ? undefined : this.#fetch(found.content);
  }

  /** A range may go over the border of sections that follow each other without a gap; then it is a copy. */
  #read(address: number, length: number): Uint8Array | undefined {
    const section = this.#sectionAt(address);
    if (section === undefined) return undefined;
    const begin = address - section.address;
    if (address + length <= section.end) return this.#fetch(section.content.subarray(begin, begin + length));
    const rest = this.#read(section.end, address + length - section.end);
    return rest === undefined
      ? undefined
      : Buffer.concat([this.#fetch(section.content.subarray(begin)), rest]);
  }

  #sectionAt(address: number): LoadedSection | undefined {
    let low = 0;
    let high = this.#loaded.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#loaded[middle]?.address ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    const section = this.#loaded[low - 1];
    return section !== undefined && address < section.end ? section : undefined;
  }

  #fetch(content: Uint8Array): Uint8Array {
    this.#file.require(content.byteOffset - this.#file.bytes.byteOffset, content.length);
    return content;
  }

  #findBuildId(allocated: readonly ElfSection[]): string {
    for (const { type, content } of allocated) {
      if (type !== SHT.NOTE || content.kind !== 'bytes') continue;
      const buildId = findBuildId(this.#fetch(content.bytes));
      if (buildId !== undefined) return buildId;
    }
    throw new KernelError('IMAGE_NO_BUILD_ID', 'no note section of the image holds a GNU build id');
  }

  #findBanner(): string {
    const [symbol, second] = this.symbols.named('linux_banner');
    // Without CONFIG_KALLSYMS_ALL data has no symbols, and the string is the only thing to go by.
    const address = symbol === undefined ? this.#searchBanner() : symbol.address;
    if (second !== undefined)
      throw new KernelError('IMAGE_NO_BANNER', 'there are several symbols linux_banner');
    const section = this.#sectionAt(address);
    const length = section === undefined ? 0 : Math.min(MAX_BANNER, section.end - address);
    const text = Buffer.from(this.#read(address, length) ?? []);
    const end = text.indexOf('\n\0');
    if (!text.toString('latin1').startsWith(BANNER_START) || end < 0) {
      throw new KernelError(
        'IMAGE_NO_BANNER',
        `linux_banner does not begin with "${BANNER_START}" or has no end`,
      );
    }
    return text.toString('latin1', 0, end);
  }

  #searchBanner(): number {
    const found: number[] = [];
    for (const { address, executable, content } of this.#loaded) {
      if (executable) continue;
      const bytes = this.#fetch(content);
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = text.indexOf(BANNER_START); at >= 0; at = text.indexOf(BANNER_START, at + 1)) {
        if (isDigit(text[at + BANNER_START.length])) found.push(address + at);
      }
    }
    const [only, second] = found;
    if (only === undefined || second !== undefined) {
      throw new KernelError('IMAGE_NO_BANNER', `the image holds ${found.length} version banners`);
    }
    return only;
  }
}

function loadedSections(allocated: readonly ElfSection[]): LoadedSection[] {
  const loaded: LoadedSection[] = [];
  for (const section of allocated) {
    const { name, address, content } = section;
    if (content.kind !== 'bytes' || content.bytes.length === 0) continue;
    loaded.push({
      name,
      address,
      end: address + content.bytes.length,
      executable: isExecutable(section),
      content: content.bytes,
    });
  }
  loaded.sort((a, b) => a.address - b.address);
  for (const [i, section] of loaded.entries()) {
    const next = loaded[i + 1];
    if (next !== undefined && next.address < section.end) {
      throw new KernelError('IMAGE_BAD_ELF', `${section.name} and ${next.name} share addresses`, {
        place: { section: next.name },
      });
    }
  }
  return loaded;
}

function sizeOf({ content }: ElfSection): number {
  if (content.kind === 'bytes') return content.bytes.length;
  return content.kind === 'nobits' ? content.size : 0;
}

function isExecutable({ flags }: ElfSection): boolean {
  return (flags & SHF.EXECINSTR) !== 0;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
