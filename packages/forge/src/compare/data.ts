// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, Place } from '@uptide/base';
import { type Dissection, type Piece, pieceSize } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import { nameOf } from './difference.ts';
import type { Equality } from './equality.ts';
import { identityOf } from './identity.ts';
import type { Pairing } from './pairing.ts';

/** The named data that has no counterpart. */
export function dataOnlyIn(object: Dissection, lonely: (piece: Piece) => boolean): Piece[] {
  return object.pieces.filter(
    (piece) => piece.kind === 'data' && identityOf(piece) !== 'content' && lonely(piece),
  );
}

/** Finds data that both objects have and that does not hold the same: the running kernel keeps the old. */
export function compareData(
  pre: Dissection,
  post: Dissection,
  pairing: Pairing,
  equality: Equality,
): Finding[] {
  const findings: Finding[] = [];
  for (const [original, patched] of pairing.pairs()) {
    if (original.kind !== 'data' || patched.kind !== 'data') continue;
    const place: Place = { symbol: original.name, section: original.section.name };
    if (pieceSize(original) !== pieceSize(patched)) {
      const sizes = `${pieceSize(original)} bytes became ${pieceSize(patched)}`;
      findings.push(finding('COMPARE_DATA_SIZE', 'refuse', place, `${original.name}: ${sizes}`));
    } else if (!equality.content(original, patched)) {
      findings.push(
        finding(
          'COMPARE_DATA_CHANGED',
          'refuse',
          place,
          `${original.name} ${firstDataDifference(original, patched, equality)}`,
        ),
      );
    }
  }
  return [...findings, ...unnamedData(pre, post, equality)];
}

function firstDataDifference(pre: Piece, post: Piece, equality: Equality): string {
  if (pre.bytes === undefined || post.bytes === undefined) return 'is initialised in one object only';
  const reference = pre.references.find((candidate, i) => !equality.reference(candidate, post.references[i]));
  const at = pre.bytes.findIndex((byte, i) => byte !== post.bytes?.[i]);
  if (reference !== undefined && (at < 0 || reference.at < at)) {
    const other = post.references.find((candidate) => candidate.at === reference.at);
    const now = other === undefined ? 'none' : nameOf(other.target);
    return `holds another address at offset ${reference.at}: ${nameOf(reference.target)} became ${now}`;
  }
  if (at < 0) return 'holds an address more or less';
  const hex = (bytes: Uint8Array | undefined): string =>
    `0x${(bytes?.[at] ?? 0).toString(16).padStart(2, '0')}`;
  return `differs at offset ${at}: ${hex(pre.bytes)} became ${hex(post.bytes)}`;
}

/**
 * Unnamed data that nothing refers to, such as the entries of tables that only the linker knows, has no
 * other identity than its section. The two objects must hold the same of it.
 */
function unnamedData(pre: Dissection, post: Dissection, equality: Equality): Finding[] {
  const left = unreferenced(pre);
  const right = unreferenced(post);
  const findings: Finding[] = [];
  for (const name of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    const remaining = [...(right.get(name) ?? [])];
    const missing = (left.get(name) ?? []).filter((piece) => {
      const i = remaining.findIndex((candidate) => equality.content(piece, candidate));
      if (i >= 0) remaining.splice(i, 1);
      return i < 0;
    });
    if (missing.length === 0 && remaining.length === 0) continue;
    const reason = `${missing.length} pieces of ${name} are gone or changed and ${remaining.length} are new`;
    findings.push(finding('COMPARE_SECTION_CHANGED', 'refuse', { section: name }, reason));
  }
  return findings;
}

function unreferenced(object: Dissection): Map<string, Piece[]> {
  const referenced = new Set<Piece>();
  for (const user of [...object.pieces, ...object.literals]) {
    for (const { target } of user.references) if (target.kind === 'piece') referenced.add(target.piece);
    for (const { references } of user.entries) {
      for (const { target } of references) if (target.kind === 'piece') referenced.add(target.piece);
    }
  }
  const result = new Map<string, Piece[]>();
  for (const piece of object.pieces) {
    if (piece.kind !== 'anonymous' || referenced.has(piece)) continue;
    const list = result.get(piece.section.name);
    if (list === undefined) result.set(piece.section.name, [piece]);
    else list.push(piece);
  }
  return result;
}
