// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A function whose jumps have other lengths.
 *
 * Kbuild puts all functions of a file into `.text`, and the assembler, which then knows how far it is from one
 * to the next, writes `jmp helper` in two bytes (relaxation: as, "i386-Jumps"). Our objects have a section for
 * each function; there the same jump takes five, what follows lies three bytes further on, and the padding
 * before loops is another. One function in a thousand of Debian's kernel ends in such a jump.
 *
 * Example.     ours  0: 0f b6 ff        movzbl %dil, %edi     shipped  0: 0f b6 ff
 *                    3: e9 00 00 00 00  jmp helper                     3: eb cb
 *
 * Approach: both are decoded and compared instruction by instruction. A pair is equal when its bytes are,
 * outside of references, and each reference leads to what its name says; or when both are the same jump in
 * whatever encoding. No-operations may stand on one side alone. At the end every jump inside the function must
 * lead to the counterpart of where ours leads.
 *
 * Limits: only tried where a function jumps to another of its file. A no-operation that the kernel rewrites
 * (a jump label) is an instruction like any other; one beside padding is not taken apart, and does not match.
 *
 * Cost: two decodings of the function.
 */

import { type Address, R_X86_64 } from '@uptide/elf';
import { Decoder, DecoderOptions, FlowControl, Mnemonic, OpKind } from 'iced-x86';
import type { Piece, Reference } from '../dissect/piece.ts';
import { type Learned, matchReference } from './match-piece.ts';
import type { Shipped } from './shipped.ts';

/** Bytes by which padding may make the shipped function longer than ours. */
const MAX_PADDING = 64;

/** How a function with jumps of other lengths lies in the shipped code. */
export interface RelaxedLayout {
  /** Bytes of the shipped function. */
  readonly size: number;
  /** The offset of each of our instructions in the shipped function, by its offset in ours. */
  readonly places: ReadonlyMap<number, number>;
  /** The fields of our references in the shipped function. */
  readonly fields: ReadonlyMap<Reference, { readonly at: number; readonly width: number }>;
}

/** Whether a difference of a function may come from the lengths of its jumps. */
export function mayBeRelaxed(piece: Piece): boolean {
  return piece.references.some(
    ({ branch, target }) => branch && target.kind === 'piece' && target.piece !== piece,
  );
}

/**
 * Compares a function with the shipped code at an address, where jumps may have other lengths. What its
 * references lead to is written into `learned`.
 *
 * @returns undefined when the two are not the same.
 */
export function matchRelaxed(
  piece: Piece,
  at: Address,
  shipped: Shipped,
  learned: Learned,
): RelaxedLayout | undefined {
  if (piece.bytes === undefined) return undefined;
  const bytes = readUpTo(shipped, at, piece.bytes.length + MAX_PADDING);
  const ours = instructionsOf(piece.bytes);
  const theirs = instructionsOf(bytes);
  const rewritten = new Set(piece.entries.map(({ ownerOffset }) => ownerOffset));
  const places = new Map<number, number>();
  const fields = new Map<Reference, { at: number; width: number }>();
  const jumps: { readonly from: number; readonly to: number }[] = [];
  let next = 0;
  let size = 0;
  for (let i = 0, j = 0; i < ours.length; ) {
    const a = ours[i];
    const b = theirs[j];
    if (a === undefined || b === undefined) return undefined;
    places.set(a.start, b.start);
    const references: Reference[] = [];
    for (let k = next; (piece.references[k]?.at ?? a.end) < a.end; k++) {
      const reference = piece.references[k];
      if (reference !== undefined) references.push(reference);
    }
    if (sameShape(a, b, piece.bytes, bytes, references)) {
      if (rewritten.has(a.start) && a.filler && theirs[j + 1]?.filler === true) return undefined;
      for (const reference of references) {
        const field = fieldOf(reference, a, b);
        if (matchReference({ ...reference, ...field }, at, bytes, shipped, learned) !== undefined) {
          return undefined;
        }
        fields.set(reference, field);
      }
      if (a.branchTo !== undefined && b.branchTo !== undefined && references.length === 0) {
        jumps.push({ from: a.branchTo, to: b.branchTo });
      }
      next += references.length;
      size = b.end;
      i++;
      j++;
    } else if (a.filler && !rewritten.has(a.start)) i++;
    else if (b.filler) j++;
    else return undefined;
  }
  // From here on each of our instructions has its place.
  const known = piece.entries.every(
    ({ table, ownerOffset }) => table.fate === 'derived' || places.has(ownerOffset),
  );
  if (!known || jumps.some(({ from, to }) => places.get(from) !== to)) return undefined;
  return { size, places, fields };
}

interface Decoded {
  readonly start: number;
  readonly end: number;
  readonly mnemonic: number;
  /** Whether it does nothing: an assembler may have put it there to align what follows. */
  readonly filler: boolean;
  /** Where a direct branch leads, from the start of the code. */
  readonly branchTo: number | undefined;
}

/** Code is decoded at this address, so that branches to before its start do not wrap around. */
const DECODE_BASE = 1n << 32n;

function instructionsOf(code: Uint8Array): Decoded[] {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  decoder.ip = DECODE_BASE;
  const decoded: Decoded[] = [];
  for (let start = 0; decoder.canDecode; ) {
    const instruction = decoder.decode();
    const { mnemonic, flowControl, length } = instruction;
    const branches = flowControl !== FlowControl.Next && instruction.op0Kind === OpKind.NearBranch64;
    const branchTo = branches ? Number(instruction.nearBranchTarget - DECODE_BASE) : undefined;
    decoded.push({ start, end: start + length, mnemonic, filler: mnemonic === Mnemonic.Nop, branchTo });
    instruction.free();
    start += length;
  }
  decoder.free();
  return decoded;
}

/** Whether two instructions are equal but for where they refer to. */
function sameShape(
  a: Decoded,
  b: Decoded,
  ours: Uint8Array,
  theirs: Uint8Array,
  references: readonly Reference[],
): boolean {
  if (a.mnemonic !== b.mnemonic) return false;
  if (a.branchTo !== undefined && b.branchTo !== undefined) return true;
  if (a.end - a.start !== b.end - b.start) return false;
  for (let at = 0; at < a.end - a.start; at++) {
    if (ours[a.start + at] === theirs[b.start + at]) continue;
    const inField = ({ at: field, width }: Reference): boolean =>
      a.start + at >= field && a.start + at < field + width;
    if (!references.some(inField)) return false;
  }
  return true;
}

/** The field of a reference in the shipped instruction. A branch ends with its distance, of one byte or four. */
function fieldOf(
  { at, type, width, base }: Reference,
  a: Decoded,
  b: Decoded,
): Pick<Reference, 'at' | 'type' | 'width' | 'base'> {
  if (a.branchTo === undefined) return { at: b.start + at - a.start, type, width, base };
  const distance = b.end - b.start >= 5 ? 4 : 1;
  return {
    at: b.end - distance,
    type: distance === 4 ? R_X86_64.PC32 : R_X86_64.PC8,
    width: distance,
    base: distance,
  };
}

/** As many bytes at an address as were shipped in one piece, up to a limit. */
function readUpTo(shipped: Shipped, at: Address, limit: number): Uint8Array {
  for (let length = limit; length > 0; length--) {
    const bytes = shipped.read(at, length);
    if (bytes !== undefined) return bytes;
  }
  return new Uint8Array();
}
