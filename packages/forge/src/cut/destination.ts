// SPDX-License-Identifier: GPL-2.0-or-later
import type { Piece } from '../dissect/piece.ts';

/** Where a reference of carried code leads in the module. */
export type Destination =
  /** To something that the module carries along. */
  | { readonly kind: 'carried'; readonly piece: Piece; readonly offset: number }
  /** To a symbol that vmlinux exports: an ordinary import of a module. */
  | { readonly kind: 'import'; readonly name: string; readonly offset: number }
  /** To a symbol that the link makes: the description of the update for klp. */
  | { readonly kind: 'frame'; readonly name: string; readonly offset: number }
  /** To a symbol of the running kernel that klp writes in: `.klp.sym.OBJECT.NAME,POSITION`. */
  | { readonly kind: 'live'; readonly symbol: LiveSymbol; readonly offset: number };

/** A symbol of a klp object. */
export interface LiveSymbol {
  readonly object: string;
  readonly name: string;
  /** klp's sympos: 0 when the name is unique in the object, else its rank among equal names, from 1. */
  readonly position: number;
}

/** The spelling that kernel/livepatch/core.c reads (klp_resolve_symbols). */
export function liveSymbolName({ object, name, position }: LiveSymbol): string {
  return `.klp.sym.${object}.${name},${position}`;
}
