// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Remembering which pieces hold the same.
 *
 * Whether two literals are equal depends on what they refer to, and that may lead back to them: cold code
 * without a name jumps into a loop of other cold code. Such a pair is taken as equal while it is looked at
 * (two structures are the same when no path through them shows a difference). A verdict that leans on a pair
 * that is still open stands only when that one turns out equal; until then it is provisional.
 *
 * Example. A and A' refer to B and B', which refer back. B = B' is found while A = A' is open: provisional.
 * When the rest of A and A' is equal as well, both stand. When it is not, A differs from A', and nothing has
 * been learned of B.
 *
 * Cost: each pair is looked at once, but for provisional ones that fell with the pair they leaned on.
 */
import type { Piece } from '../dissect/piece.ts';
import { ForgeError } from '../error.ts';

/** Literals that refer to literals: a table of tables of strings is three deep; deeper is not compiled code. */
const MAX_DEPTH = 200;

/** How deep the shallowest open pair is that a verdict leans on. */
const NOTHING = Number.POSITIVE_INFINITY;

/** Verdicts on pairs of pieces that count by content. */
export class SameContent {
  readonly #known = new Map<Piece, Map<Piece, boolean>>();
  readonly #open = new Map<Piece, Map<Piece, number>>();
  readonly #provisional: { readonly pre: Piece; readonly post: Piece; readonly leansOn: number }[] = [];
  #depth = 0;
  #leansOn = NOTHING;

  /**
   * The verdict on a pair; `look` finds it, and may ask for others.
   *
   * @throws ForgeError OBJECT_TOO_DEEP
   */
  decide(pre: Piece, post: Piece, look: () => boolean): boolean {
    const known = this.#known.get(pre)?.get(post);
    if (known !== undefined) return known;
    const open = this.#open.get(pre)?.get(post);
    if (open !== undefined) {
      this.#leansOn = Math.min(this.#leansOn, open);
      return true;
    }
    return this.#look(pre, post, look);
  }

  #look(pre: Piece, post: Piece, look: () => boolean): boolean {
    if (this.#depth >= MAX_DEPTH) {
      throw new ForgeError('OBJECT_TOO_DEEP', `references are more than ${MAX_DEPTH} deep`, {
        place: { section: pre.section.name },
      });
    }
    const depth = this.#depth++;
    const outer = this.#leansOn;
    const first = this.#provisional.length;
    put(this.#open, pre, post, depth);
    this.#leansOn = NOTHING;
    const equal = look();
    const leansOn = this.#leansOn;
    this.#depth--;
    if (!equal) {
      this.#drop(first);
      this.#open.get(pre)?.delete(post);
      put(this.#known, pre, post, false);
      this.#leansOn = outer;
      return false;
    }
    if (leansOn >= depth) {
      for (const pair of this.#drop(first)) put(this.#known, pair.pre, pair.post, true);
      this.#open.get(pre)?.delete(post);
      put(this.#known, pre, post, true);
      this.#leansOn = outer;
      return true;
    }
    // Provisional: asking for it again leans on the same open pair.
    put(this.#open, pre, post, leansOn);
    this.#provisional.push({ pre, post, leansOn });
    this.#leansOn = Math.min(outer, leansOn);
    return true;
  }

  /** Takes back the provisional verdicts from the given one on. */
  #drop(first: number): { readonly pre: Piece; readonly post: Piece }[] {
    const dropped = this.#provisional.splice(first);
    for (const { pre, post } of dropped) this.#open.get(pre)?.delete(post);
    return dropped;
  }
}

function put<T>(map: Map<Piece, Map<Piece, T>>, pre: Piece, post: Piece, value: T): void {
  const inner = map.get(pre);
  if (inner === undefined) map.set(pre, new Map([[post, value]]));
  else inner.set(post, value);
}
