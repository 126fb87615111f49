// SPDX-License-Identifier: GPL-2.0-or-later
import { type Piece, pieceSize, type Reference, type TableEntry, type Target } from '../dissect/piece.ts';
import { ForgeError } from '../error.ts';
import { identityOf } from './identity.ts';
import type { Pairing } from './pairing.ts';

/** Literals that refer to literals: a table of tables of strings is three deep; deeper is not compiled code. */
const MAX_DEPTH = 64;

/** struct _ddebug: after four pointers a word with the line in its low 18 bits (include/linux/dynamic_debug.h). */
const DYNAMIC_DEBUG = { section: /^__(dyndbg|verbose)$/, word: 32, line: 0x3ffff };

/** Answers whether pieces of two compilations are the same, given which named pieces belong together. */
export class Equality {
  readonly #pairing: Pairing;

  constructor(pairing: Pairing) {
    this.#pairing = pairing;
  }

  /** Bytes and references are the same; table entries are not looked at. */
  content(pre: Piece, post: Piece, depth = 0): boolean {
    if (pieceSize(pre) !== pieceSize(post) && pre.kind !== 'string') return false;
    return this.bytes(pre, post) && this.references(pre.references, post.references, depth);
  }

  /** Bytes outside of references are the same; of strings, all but the line after a source file. */
  bytes(pre: Piece, post: Piece): boolean {
    if (pre.bytes === undefined || post.bytes === undefined) return pre.bytes === post.bytes;
    if (Buffer.compare(pre.bytes, post.bytes) === 0) return true;
    if (pre.kind === 'string') return withoutLines(pre.bytes) === withoutLines(post.bytes);
    return Buffer.compare(masked(pre, pre.bytes), masked(post, post.bytes)) === 0;
  }

  /** The same fields point to the same things. */
  references(pre: readonly Reference[], post: readonly Reference[], depth = 0): boolean {
    return (
      pre.length === post.length && pre.every((reference, i) => this.reference(reference, post[i], depth))
    );
  }

  reference(pre: Reference | undefined, post: Reference | undefined, depth = 0): boolean {
    if (pre === undefined || post === undefined) return false;
    if (pre.at !== post.at || pre.width !== post.width) return false;
    return this.target(pre.target, post.target, depth);
  }

  /** Two targets are the same place of the running kernel, or literals with the same content. */
  target(pre: Target, post: Target, depth = 0): boolean {
    if (pre.offset !== post.offset) return false;
    if (pre.kind === 'external' || post.kind === 'external') {
      return pre.kind === 'external' && post.kind === 'external' && pre.symbol.name === post.symbol.name;
    }
    if (depth > MAX_DEPTH) {
      throw new ForgeError('OBJECT_TOO_DEEP', `references are more than ${MAX_DEPTH} deep`, {
        place: { section: pre.piece.section.name },
      });
    }
    if (identityOf(pre.piece) === 'content') {
      return identityOf(post.piece) === 'content' && this.content(pre.piece, post.piece, depth + 1);
    }
    return this.#pairing.post(pre.piece) === post.piece;
  }

  /** The special table entries of two functions are the same, but for what drifts with the lines. */
  entries(pre: readonly TableEntry[], post: readonly TableEntry[]): boolean {
    const left = comparable(pre);
    const right = comparable(post);
    return left.length === right.length && left.every((entry, i) => this.#entry(entry, right[i]));
  }

  #entry(pre: TableEntry, post: TableEntry | undefined): boolean {
    if (post === undefined || pre.table !== post.table || pre.ownerOffset !== post.ownerOffset) return false;
    if (pre.bytes.length !== post.bytes.length) return false;
    if (Buffer.compare(maskedEntry(pre), maskedEntry(post)) !== 0) return false;
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

/** Entries that a change can show in, sorted so that two compilations agree on the order. */
function comparable(entries: readonly TableEntry[]): TableEntry[] {
  return entries
    .filter(({ table }) => table.fate !== 'derived')
    .toSorted((a, b) => compareText(a.table.section, b.table.section) || a.ownerOffset - b.ownerOffset);
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Macros such as memcpy's checks bake `file.c:123` into their messages; the number drifts like __LINE__. */
function withoutLines(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/(\w\.[ch]):\d+/g, '$1:#');
}

function masked(piece: Piece, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const { at, width } of piece.references) copy.fill(0, at, at + width);
  if (DYNAMIC_DEBUG.section.test(piece.section.name) && copy.length >= DYNAMIC_DEBUG.word + 4) {
    const view = new DataView(copy.buffer);
    view.setUint32(DYNAMIC_DEBUG.word, view.getUint32(DYNAMIC_DEBUG.word, true) & ~DYNAMIC_DEBUG.line, true);
  }
  return copy;
}

function maskedEntry(entry: TableEntry): Uint8Array {
  const copy = Uint8Array.from(entry.bytes);
  for (const { at, width } of entry.references) copy.fill(0, at, at + width);
  for (const [offset, length] of entry.layout.drift ?? []) copy.fill(0, offset, offset + length);
  return copy;
}
