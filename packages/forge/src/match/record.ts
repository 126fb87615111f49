// SPDX-License-Identifier: GPL-2.0-or-later
import { createHash } from 'node:crypto';
import { type Address, isPcRelative } from '@uptide/elf';
import { instructionLengthAt } from '../dissect/instructions.ts';
import type { Piece, Reference, TableEntry } from '../dissect/piece.ts';
import { readField } from './match-piece.ts';
import type { RelaxedLayout } from './match-relaxed.ts';
import { ENDBR64 } from './sealed-entries.ts';
import type { Shipped } from './shipped.ts';

/** A range of a function that a machine may hold otherwise than it was shipped. */
export interface Mask {
  readonly offset: number;
  readonly length: number;
  readonly kind: string;
}

/** By which a machine can tell that the function it runs is the one that was compared. */
export interface MatchRecord {
  /** SHA-256 over the shipped bytes with all masked bytes zero, in hex. */
  readonly sha256: string;
  /** Sorted, without overlap. */
  readonly masks: readonly Mask[];
}

/** What the kernel does at the places that a table lists, and the name that the record has for it. */
const REWRITTEN: ReadonlyMap<string, string> = new Map([
  ['.altinstructions', 'alternative'],
  ['.parainstructions', 'paravirt'],
  ['__jump_table', 'jump-label'],
  ['.static_call_sites', 'static-call'],
  ['.retpoline_sites', 'retpoline'],
  ['.return_sites', 'return-thunk'],
  ['.call_sites', 'call-thunk'],
  ['.cfi_sites', 'cfi'],
  ['__mcount_loc', 'fentry'],
]);

/**
 * Records the shipped bytes of a matched function. Masked is what the kernel rewrites at its start or later,
 * and every address: those move with the kernel's random base, and in a module with where it is loaded.
 * Addresses relative to code of the same image stay, and are compared; those of per-CPU variables, which are
 * counted from zero, do not (arch/x86/tools/relocs.c, is_percpu_sym).
 *
 * @param layout as the match found it; undefined when the function lies there byte for byte as in its piece.
 * @returns undefined when the function's bytes were not shipped.
 */
export function recordMatch(
  piece: Piece,
  at: Address,
  shipped: Shipped,
  layout?: RelaxedLayout,
): MatchRecord | undefined {
  const size = layout?.size ?? piece.end - piece.start;
  const bytes = shipped.read(at, size);
  if (bytes === undefined) return undefined;
  const masks: Mask[] = piece.entries.flatMap((entry) => {
    const offset = layout === undefined ? entry.ownerOffset : layout.places.get(entry.ownerOffset);
    return offset === undefined ? [] : maskOf(entry, offset, bytes);
  });
  if (shipped.sealed(at)) masks.push({ offset: 0, length: ENDBR64.length, kind: 'endbr' });
  for (const reference of piece.references) {
    const field = layout?.fields.get(reference) ?? reference;
    if (!reference.implicit && moves({ ...reference, ...field }, at, bytes, shipped)) {
      masks.push({ offset: field.at, length: field.width, kind: 'address' });
    }
  }
  const merged = merge(masks, bytes.length);
  const copy = Uint8Array.from(bytes);
  for (const { offset, length } of merged) copy.fill(0, offset, offset + length);
  return { sha256: createHash('sha256').update(copy).digest('hex'), masks: merged };
}

/** Whether a field holds something else on every machine. The kernel's own addresses are below zero. */
function moves(reference: Reference, at: Address, bytes: Uint8Array, shipped: Shipped): boolean {
  if (!isPcRelative(reference.type) || shipped.object !== 'vmlinux') return true;
  return readField(reference, bytes) + at + reference.at + reference.base >= 0;
}

function maskOf(entry: TableEntry, offset: number, bytes: Uint8Array): Mask[] {
  const { table, layout } = entry;
  // A lock prefix is one byte, which the kernel turns into a harmless other one.
  if (table.section === '.smp_locks') return [{ offset, length: 1, kind: 'lock-prefix' }];
  const kind = REWRITTEN.get(table.section);
  if (kind === undefined) return [];
  const length =
    layout.siteLength === undefined
      ? instructionLengthAt(bytes, offset)
      : (entry.bytes[layout.siteLength] ?? 0);
  return length > 0 ? [{ offset, length, kind }] : [];
}

/** Sorts and joins masks that overlap; the first kind names the whole. */
function merge(masks: readonly Mask[], size: number): Mask[] {
  const merged: Mask[] = [];
  for (const mask of masks.toSorted(
    (a, b) => a.offset - b.offset || b.length - a.length || (a.kind < b.kind ? -1 : 1),
  )) {
    const last = merged.at(-1);
    const end = Math.min(mask.offset + mask.length, size);
    if (last !== undefined && mask.offset < last.offset + last.length) {
      const joined = Math.max(last.offset + last.length, end) - last.offset;
      merged[merged.length - 1] = { ...last, length: joined };
    } else if (end > mask.offset) merged.push({ ...mask, length: end - mask.offset });
  }
  return merged;
}
