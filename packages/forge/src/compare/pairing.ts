// SPDX-License-Identifier: GPL-2.0-or-later
import type { Piece } from '../dissect/piece.ts';

/** Which named pieces of two compilations are one and the same: a partial one-to-one map. */
export class Pairing {
  readonly #postOf = new Map<Piece, Piece>();
  readonly #preOf = new Map<Piece, Piece>();

  /** Pairs two pieces unless one of them is taken. Returns whether they are a pair now. */
  add(pre: Piece, post: Piece): boolean {
    const known = this.#postOf.get(pre);
    if (known !== undefined) return known === post;
    if (this.#preOf.has(post)) return false;
    this.#postOf.set(pre, post);
    this.#preOf.set(post, pre);
    return true;
  }

  /** Parts a pair: the two are different things from now on. */
  remove(pre: Piece, post: Piece): void {
    if (this.#postOf.get(pre) !== post) return;
    this.#postOf.delete(pre);
    this.#preOf.delete(post);
  }

  /** The counterpart of an original piece. */
  post(pre: Piece): Piece | undefined {
    return this.#postOf.get(pre);
  }

  /** The counterpart of a patched piece. */
  pre(post: Piece): Piece | undefined {
    return this.#preOf.get(post);
  }

  /** All pairs, in the order in which they were found. */
  pairs(): [Piece, Piece][] {
    return [...this.#postOf];
  }
}
