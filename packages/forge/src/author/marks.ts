// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { Dissection, Piece } from '../dissect/piece.ts';
import { finding } from '../error.ts';

/** Begins the names of sections with marks of kernel-side/include/uptide.h. */
const PREFIX = '.uptide.';

/** The callbacks of struct klp_callbacks (include/linux/livepatch.h). */
export const CALLBACK_KINDS = ['pre_patch', 'post_patch', 'pre_unpatch', 'post_unpatch'] as const;
export type CallbackKind = (typeof CALLBACK_KINDS)[number];

/** A state that the update has, for klp's check on replacement. */
export interface AuthorState {
  readonly id: bigint;
  readonly version: number;
}

/** What the author of a patch said in one translation unit. */
export interface AuthorMarks {
  readonly callbacks: readonly { readonly kind: CallbackKind; readonly piece: Piece }[];
  readonly states: readonly AuthorState[];
  readonly ignored: readonly { readonly piece: Piece; readonly reason: string }[];
  readonly findings: readonly Finding[];
}

/** Whether a piece is a mark for the forge and not a part of the kernel. */
export function isMark({ section }: Piece): boolean {
  return section.name.startsWith(PREFIX);
}

/** Reads the marks of a patched object. One that cannot be read is a refusal. */
export function readMarks(post: Dissection): AuthorMarks {
  const callbacks: { kind: CallbackKind; piece: Piece }[] = [];
  const states: AuthorState[] = [];
  const ignored: { piece: Piece; reason: string }[] = [];
  const findings: Finding[] = [];
  for (const mark of post.pieces.filter(isMark)) {
    const kind = mark.section.name.slice(PREFIX.length);
    const callback = CALLBACK_KINDS.find((known) => known === kind);
    const [target, text] = mark.references.map((reference) => reference.target);
    const state = kind === 'state' ? readState(mark) : undefined;
    if (callback !== undefined && target?.kind === 'piece' && target.piece.kind === 'function') {
      callbacks.push({ kind: callback, piece: target.piece });
    } else if (state !== undefined) states.push(state);
    else if (kind === 'ignore' && target?.kind === 'piece' && text?.kind === 'piece') {
      ignored.push({ piece: target.piece, reason: textOf(text.piece) });
    } else {
      const reason = `a mark in ${mark.section.name} names nothing that this file defines`;
      findings.push(finding('AUTHOR_MARK_UNKNOWN', 'refuse', { section: mark.section.name }, reason));
    }
  }
  return { callbacks, states, ignored, findings };
}

/** struct __uptide_state: two 8-byte numbers. The id 0 ends klp's list; a version has 32 bits there. */
function readState({ bytes }: Piece): AuthorState | undefined {
  if (bytes?.length !== 16) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const id = view.getBigUint64(0, true);
  const version = view.getBigUint64(8, true);
  return id === 0n || version > 0xffff_ffffn ? undefined : { id, version: Number(version) };
}

function textOf({ bytes }: Piece): string {
  return Buffer.from(bytes ?? [])
    .toString('utf8')
    .replace(/\0.*$/s, '');
}
