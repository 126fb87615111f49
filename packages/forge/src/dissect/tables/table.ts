// SPDX-License-Identifier: GPL-2.0-or-later

/** One way in which kernels have laid out the entries of a table. */
export interface EntryLayout {
  /** Bytes of an entry. */
  readonly stride: number;
  /** The fields that hold addresses: the offset of each, in order. */
  readonly references: readonly number[];
  /** Bytes at the end that only align the next entry, so that the last one may be without. */
  readonly padding?: number;
  /** Ranges that may differ although nothing changed, as [offset, length]. */
  readonly drift?: readonly (readonly [number, number])[];
  /** Where the entry holds code elsewhere: the field that points to it and the byte that tells its length. */
  readonly code?: { readonly reference: number; readonly length: number };
  /** The offset of the byte that tells how long the code is that the entry speaks of. */
  readonly siteLength?: number;
}

/**
 * A section whose entries speak of places in functions, and which must follow the functions they speak of.
 * The field at offset 0 of an entry points at the place.
 */
export interface SpecialTable {
  readonly section: string;
  /** What the kernel does with it, for messages and documentation. */
  readonly purpose: string;
  /** Layouts that kernels have used; the one is taken that the relocations of the section fit. */
  readonly layouts: readonly EntryLayout[];
  /**
   * `kept`: entries of replaced functions go along. `derived`: made anew or implied by the code, so that
   * a difference is no change. `dropped`: serves nothing in a live update.
   */
  readonly fate: 'kept' | 'derived' | 'dropped';
  /** A section whose entries stand beside these, one for one. */
  readonly companion?: { readonly section: string; readonly stride: number };
}
