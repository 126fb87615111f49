// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, Place } from '@uptide/base';
import { type Dissection, type Piece, pieceSize, type Reference } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import { nameOf } from './difference.ts';
import type { Equality } from './equality.ts';
import { identityOf } from './identity.ts';
import type { Pairing } from './pairing.ts';
import { sectionClass } from './section-class.ts';

/** The named data that has no counterpart. */
export function dataOnlyIn(object: Dissection, lonely: (piece: Piece) => boolean): Piece[] {
  return object.pieces.filter(
    (piece) => piece.kind === 'data' && identityOf(piece) !== 'content' && lonely(piece),
  );
}

/** Data that only code mentions; in other sections are things that the kernel itself looks for. */
const ORDINARY = /^\.(data|bss|rodata|init\.data|init\.rodata|exit\.data|meminit\.data|ref\.data)(\.|$)/;

/** Finds entries of the kernel's tables (parameters, exports, tracepoints) that the source has no more. */
export function removedData(pre: Dissection, pairing: Pairing): Finding[] {
  return dataOnlyIn(pre, (piece) => pairing.post(piece) === undefined)
    .filter(({ section }) => !ORDINARY.test(section.name))
    .map(({ name, section }) => {
      const reason = `${name} in ${section.name} is gone from the source; the running kernel keeps it`;
      return finding('COMPARE_DATA_REMOVED', 'review', { symbol: name, section: section.name }, reason);
    });
}

/** Finds data that both objects have and that does not hold the same: the running kernel keeps the old. */
export function compareData(pairing: Pairing, equality: Equality): Finding[] {
  const findings: Finding[] = [];
  for (const [original, patched] of pairing.pairs()) {
    if (original.kind !== 'data' || patched.kind !== 'data') continue;
    const place: Place = { symbol: original.name, section: original.section.name };
    if (pieceSize(original) !== pieceSize(patched)) {
      const sizes = `${pieceSize(original)} bytes became ${pieceSize(patched)}`;
      findings.push(finding('COMPARE_DATA_SIZE', 'refuse', place, `${original.name}: ${sizes}`));
    } else if (!equality.content(original, patched)) {
      const { offset, words } = firstDataDifference(original, patched, equality);
      const where = offset === undefined ? place : { ...place, offset };
      findings.push(finding('COMPARE_DATA_CHANGED', 'refuse', where, `${original.name} ${words}`));
    } else if (sectionClass(original) !== sectionClass(patched)) {
      const reason = `${original.name} moved from ${original.section.name} to ${patched.section.name}`;
      findings.push(finding('COMPARE_DATA_MOVED', 'refuse', place, reason));
    }
  }
  return findings;
}

/** Where two versions of an object first part, in bytes from its start, and how. */
function firstDataDifference(
  pre: Piece,
  post: Piece,
  equality: Equality,
): { readonly offset: number | undefined; readonly words: string } {
  if (pre.bytes === undefined || post.bytes === undefined) {
    return { offset: undefined, words: 'is initialised in one object only' };
  }
  const before = new Map(pre.references.map((reference) => [reference.at, reference]));
  const after = new Map(post.references.map((reference) => [reference.at, reference]));
  const fields = [...before.keys(), ...after.keys()].sort((a, b) => a - b);
  const field = fields.find((at) => !equality.reference(before.get(at), after.get(at)));
  const byte = pre.bytes.findIndex((value, i) => value !== post.bytes?.[i]);
  if (field !== undefined && (byte < 0 || field <= byte)) {
    const name = (reference: Reference | undefined): string =>
      reference === undefined ? 'no address' : nameOf(reference.target);
    const words = `holds another address at offset ${field}: ${name(before.get(field))} became ${name(after.get(field))}`;
    return { offset: field, words };
  }
  const hex = (bytes: Uint8Array | undefined): string =>
    `0x${(bytes?.[byte] ?? 0).toString(16).padStart(2, '0')}`;
  return { offset: byte, words: `differs at offset ${byte}: ${hex(pre.bytes)} became ${hex(post.bytes)}` };
}
