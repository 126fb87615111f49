// SPDX-License-Identifier: GPL-2.0-or-later
import { type Address, address, formatAddress, isPcRelative, R_X86_64, STB } from '@uptide/elf';
import { nameOf } from '../compare/difference.ts';
import { identityOf } from '../compare/identity.ts';
import type { Piece, Reference, Target } from '../dissect/piece.ts';
import type { Shipped } from './shipped.ts';

/** Where a piece and the shipped bytes part. */
export interface Mismatch {
  /** Bytes from the start of the piece. */
  readonly offset: number;
  readonly reason: string;
}

/** What a match of one piece taught: where each thing that it refers to is. */
export interface Learned {
  readonly pieces: Map<Piece, Address>;
  readonly externals: Map<string, Address>;
  /** Literals that were compared at an address already: tables that share rows are not compared for each path. */
  readonly compared: Map<Piece, Set<Address>>;
}

/** What is known before anything was matched. */
export function nothingLearned(): Learned {
  return { pieces: new Map(), externals: new Map(), compared: new Map() };
}

/** References from literal to literal; see compare/equality.ts. */
const MAX_DEPTH = 64;

/**
 * Compares a piece with the shipped bytes at an address: equal outside references, and every reference
 * leads to what its name says. What it leads to is written into `learned`.
 *
 * @returns undefined when the two are the same.
 */
export function matchPiece(
  piece: Piece,
  at: Address,
  shipped: Shipped,
  learned: Learned,
  depth = 0,
): Mismatch | undefined {
  if (depth > MAX_DEPTH) return { offset: 0, reason: `references are more than ${MAX_DEPTH} deep` };
  if (piece.bytes === undefined)
    return shipped.contains(at) ? undefined : { offset: 0, reason: 'no such data' };
  const bytes = shipped.read(at, piece.bytes.length);
  if (bytes === undefined) return { offset: 0, reason: `nothing was shipped at ${formatAddress(at)}` };
  let from = 0;
  for (const reference of [...piece.references, undefined]) {
    const to = reference?.at ?? bytes.length;
    const differs = firstByteThatDiffers(piece.bytes, bytes, from, to);
    if (differs !== undefined) return { offset: differs, reason: 'the bytes differ' };
    if (reference === undefined) break;
    const mismatch = matchReference(reference, at, bytes, shipped, learned, depth);
    if (mismatch !== undefined) return { offset: reference.at, reason: mismatch };
    from = reference.at + reference.width;
  }
  return undefined;
}

function firstByteThatDiffers(a: Uint8Array, b: Uint8Array, from: number, to: number): number | undefined {
  if (from >= to || Buffer.compare(a.subarray(from, to), b.subarray(from, to)) === 0) return undefined;
  for (let at = from; at < to; at++) if (a[at] !== b[at]) return at;
  return undefined;
}

/**
 * Checks that the field of a reference, read from shipped bytes, leads to what the reference says.
 *
 * @param at where `bytes` were shipped.
 * @returns undefined when it does, else why not.
 */
export function matchReference(
  reference: Reference,
  at: Address,
  bytes: Uint8Array,
  shipped: Shipped,
  learned: Learned,
  depth = 0,
): string | undefined {
  if (reference.at + reference.width > bytes.length) return 'the field reaches beyond the end';
  const value = readField(reference, bytes);
  const leads = isPcRelative(reference.type) ? value + at + reference.at + reference.base : value;
  const start = address(leads - reference.target.offset);
  const { target } = reference;
  if (target.kind === 'external') return matchExternal(target.symbol.name, start, shipped, learned);
  const { piece } = target;
  if (identityOf(piece) === 'content') {
    const mismatch = matchLiteral(piece, start, shipped, learned, depth + 1);
    if (mismatch === undefined && piece.symbol !== undefined) learned.pieces.set(piece, start);
    return mismatch === undefined
      ? undefined
      : `it refers to ${nameOf(target)}, and another literal was shipped`;
  }
  return matchNamed(target, start, shipped, learned);
}

/** Compares what counts by content, once for each place; a place that is being compared is taken as equal. */
function matchLiteral(
  piece: Piece,
  at: Address,
  shipped: Shipped,
  learned: Learned,
  depth: number,
): Mismatch | undefined {
  const places = learned.compared.get(piece);
  if (places?.has(at) === true) return undefined;
  if (places === undefined) learned.compared.set(piece, new Set([at]));
  else places.add(at);
  return matchPiece(piece, at, shipped, learned, depth);
}

/** The number in a field, sign-extended as the processor or the link does for its type. */
export function readField({ at, width, type }: Reference, bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (width === 8) return Number(view.getBigInt64(at, true));
  if (width === 4) return type === R_X86_64[32] ? view.getUint32(at, true) : view.getInt32(at, true);
  return width === 2 ? view.getInt16(at, true) : view.getInt8(at);
}

function matchExternal(name: string, leads: Address, shipped: Shipped, learned: Learned): string | undefined {
  const own = shipped.named(name).map((symbol) => symbol.address);
  const imported = shipped.imported(name);
  const known = imported === undefined ? own : [...own, imported];
  // Symbols that link scripts define are not all in kallsyms: nothing can be said of those.
  if (known.length > 0 && !known.includes(leads)) {
    return `it refers to ${name}, and ${describe(leads, shipped)} was shipped`;
  }
  return learn(learned.externals, name, leads, shipped);
}

function matchNamed(
  target: Extract<Target, { kind: 'piece' }>,
  leads: Address,
  shipped: Shipped,
  learned: Learned,
): string | undefined {
  const { piece } = target;
  const known = shipped.named(piece.name);
  const global = piece.symbol?.bind !== STB.LOCAL;
  const imported = global ? shipped.imported(piece.name) : undefined;
  if (known.length > 0 && imported !== leads && !known.some((symbol) => symbol.address === leads)) {
    return `it refers to ${nameOf(target)}, and ${describe(leads, shipped)} was shipped`;
  }
  return learn(learned.pieces, piece, leads, shipped);
}

/** Notes where something is; two places for one thing are a mismatch. */
function learn<K>(places: Map<K, Address>, key: K, leads: Address, shipped: Shipped): string | undefined {
  const before = places.get(key);
  if (before !== undefined && before !== leads) {
    return `it refers to ${describe(leads, shipped)} and to ${describe(before, shipped)} by one name`;
  }
  places.set(key, leads);
  return undefined;
}

function describe(at: Address, shipped: Shipped): string {
  return shipped.at(at)[0]?.name ?? `address ${formatAddress(at)}`;
}
