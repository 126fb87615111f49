// SPDX-License-Identifier: GPL-2.0-or-later
import { type ElfSymbol, R_X86_64 } from '@uptide/elf';
import { type Piece, pieceSize, type Reference, type TableEntry, type Target } from '../dissect/piece.ts';
import { blanked, blankedEntry, withoutLines } from './drift.ts';
import { identityOf } from './identity.ts';
import type { Pairing } from './pairing.ts';
import { SameContent } from './same-content.ts';

/**
 * Answers whether pieces of two compilations are the same, given which named pieces belong together. What
 * it has found it remembers: the pairing must not change while it is asked.
 */
export class Equality {
  readonly #pairing: Pairing;
  readonly #same = new SameContent();

  constructor(pairing: Pairing) {
    this.#pairing = pairing;
  }

  /** Bytes, references and table entries are the same. */
  content(pre: Piece, post: Piece): boolean {
    return this.#same.decide(
      pre,
      post,
      () =>
        this.bytes(pre, post) &&
        this.references(pre.references, post.references) &&
        this.entries(pre.entries, post.entries),
    );
  }

  /** Bytes outside of references are the same, but for what drifts with the lines. */
  bytes(pre: Piece, post: Piece): boolean {
    if (pre.kind === 'string' && pre.bytes !== undefined && post.bytes !== undefined)
      return withoutLines(pre.bytes) === withoutLines(post.bytes);
    const size = sizeOfContent(pre, post);
    if (size === undefined) return false;
    if (pre.bytes === undefined || post.bytes === undefined) return pre.bytes === post.bytes;
    const left = pre.bytes.subarray(0, size);
    const right = post.bytes.subarray(0, size);
    if (Buffer.compare(left, right) === 0) return true;
    return Buffer.compare(blanked(pre, left), blanked(post, right)) === 0;
  }

  /** The same fields point to the same things. */
  references(pre: readonly Reference[], post: readonly Reference[]): boolean {
    return pre.length === post.length && pre.every((reference, i) => this.reference(reference, post[i]));
  }

  reference(pre: Reference | undefined, post: Reference | undefined): boolean {
    if (pre === undefined || post === undefined) return false;
    if (pre.at !== post.at || pre.width !== post.width || meaningOf(pre.type) !== meaningOf(post.type))
      return false;
    return this.target(pre.target, post.target);
  }

  /** Two targets are the same place of the running kernel, or literals with the same content. */
  target(pre: Target, post: Target): boolean {
    if (pre.offset !== post.offset) return false;
    if (pre.kind === 'external' || post.kind === 'external') {
      return pre.kind === 'external' && post.kind === 'external' && sameSymbol(pre.symbol, post.symbol);
    }
    if (identityOf(pre.piece) === 'content') {
      return identityOf(post.piece) === 'content' && this.content(pre.piece, post.piece);
    }
    return this.#pairing.post(pre.piece) === post.piece;
  }

  /** The special table entries of two pieces are the same, but for what drifts with the lines. */
  entries(pre: readonly TableEntry[], post: readonly TableEntry[]): boolean {
    return this.differingEntry(pre, post) === undefined;
  }

  /** The first entries, in the order of the tables and places, that are not the same. */
  differingEntry(
    pre: readonly TableEntry[],
    post: readonly TableEntry[],
  ): { readonly pre: TableEntry | undefined; readonly post: TableEntry | undefined } | undefined {
    const left = comparable(pre);
    const right = comparable(post);
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      const [a, b] = [left[i], right[i]];
      if (a === undefined || !this.entry(a, b)) return { pre: a, post: b };
    }
    return undefined;
  }

  /** Two entries say the same of the same place. */
  entry(pre: TableEntry, post: TableEntry | undefined): boolean {
    if (post === undefined || pre.table !== post.table || pre.ownerOffset !== post.ownerOffset) return false;
    if (pre.bytes.length !== post.bytes.length || pre.references.length !== post.references.length)
      return false;
    if (Buffer.compare(blankedEntry(pre), blankedEntry(post)) !== 0) return false;
    const { code } = pre.layout;
    return pre.references.slice(1).every((reference, i) => {
      const other = post.references[i + 1];
      if (other === undefined) return false;
      // Code of length zero has no bytes to compare; where it would be means nothing.
      if (code !== undefined && reference.at === code.reference && pre.bytes[code.length] === 0) return true;
      // A place in the function itself, such as the target of a jump label.
      if (this.#own(pre, reference) && this.#own(post, other))
        return reference.target.offset === other.target.offset;
      return this.reference(reference, other);
    });
  }

  #own(entry: TableEntry, reference: Reference): boolean {
    const owner = entry.references[0]?.target;
    return (
      owner?.kind === 'piece' && reference.target.kind === 'piece' && reference.target.piece === owner.piece
    );
  }
}

/** What a relocation type makes of its symbol; a direct branch is the same with and without the word "PLT". */
function meaningOf(type: number): number {
  return type === R_X86_64.PLT32 ? R_X86_64.PC32 : type;
}

/** An absolute symbol is its value; every other is found by its name. */
function sameSymbol(pre: ElfSymbol, post: ElfSymbol): boolean {
  if (pre.name !== post.name || pre.home.kind !== post.home.kind) return false;
  return pre.home.kind !== 'absolute' || pre.value === post.value;
}

/**
 * The bytes that two pieces of equal size have. Data without a name ends where the next begins, so up to the
 * alignment of its section zeroes may follow that are not its own; these do not count.
 */
function sizeOfContent(pre: Piece, post: Piece): number | undefined {
  const sizes = [pieceSize(pre), pieceSize(post)] as const;
  const size = Math.min(...sizes);
  if (sizes[0] === sizes[1]) return size;
  const longer = sizes[0] > sizes[1] ? pre : post;
  if (pre.kind !== 'anonymous' || post.kind !== 'anonymous' || longer.bytes === undefined) return undefined;
  if (pieceSize(longer) - size >= longer.section.align) return undefined;
  return longer.bytes.subarray(size).every((byte) => byte === 0) ? size : undefined;
}

/** Entries that a change can show in, sorted so that two compilations agree on the order. */
function comparable(entries: readonly TableEntry[]): TableEntry[] {
  return entries
    .filter(({ table }) => table.fate === 'kept')
    .toSorted((a, b) => compareText(a.table.section, b.table.section) || a.ownerOffset - b.ownerOffset);
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
