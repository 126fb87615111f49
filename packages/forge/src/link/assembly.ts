// SPDX-License-Identifier: GPL-2.0-or-later
import { SHF } from '@uptide/elf';
import type { Destination } from '../cut/destination.ts';
import { OutputSection } from './output-section.ts';

/** A place in the module. */
export interface ModulePlace {
  readonly section: OutputSection;
  readonly offset: number;
}

/** A field of the module that gets a relocation. */
export interface Fixup {
  readonly place: ModulePlace;
  readonly type: number;
  /** What to add to the destination, the destination's own offset not included. */
  readonly addend: number;
  /** The klp object whose loading brings the destination about. */
  readonly object: string;
  readonly to: Destination | { readonly kind: 'place'; readonly place: ModulePlace };
}

/** The module while it is put together: sections by name in the order of their making, fields, function names. */
export class Assembly {
  readonly #sections = new Map<string, OutputSection>();
  readonly #strings = new Map<string, ModulePlace>();
  readonly fixups: Fixup[] = [];
  readonly functions: { readonly name: string; readonly place: ModulePlace; readonly size: number }[] = [];

  /** The section of that name, made when there is none. */
  section(name: string, flags: number, nobits = false, entrySize = 0): OutputSection {
    const known = this.#sections.get(name);
    if (known !== undefined) return known;
    const made = new OutputSection(name, flags, nobits, entrySize);
    this.#sections.set(name, made);
    return made;
  }

  sections(): OutputSection[] {
    return [...this.#sections.values()];
  }

  /** Places a string once, however often it is used. `bytes` holds the terminator. */
  string(bytes: Uint8Array): ModulePlace {
    const key = Buffer.from(bytes).toString('latin1');
    const known = this.#strings.get(key);
    if (known !== undefined) return known;
    const section = this.section('.rodata.str1.1', SHF.ALLOC);
    const place = { section, offset: section.append(bytes, 1) };
    this.#strings.set(key, place);
    return place;
  }

  text(text: string): ModulePlace {
    return this.string(Buffer.from(`${text}\0`, 'latin1'));
  }

  /** Writes an address of 8 bytes at a place. */
  pointer(place: ModulePlace, to: Fixup['to'], type: number): void {
    this.fixups.push({ place, type, addend: 0, object: 'vmlinux', to });
  }
}
