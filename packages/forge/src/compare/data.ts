// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, Place } from '@uptide/base';
import { type Dissection, type Piece, pieceSize } from '../dissect/piece.ts';
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
      findings.push(
        finding(
          'COMPARE_DATA_CHANGED',
          'refuse',
          place,
          `${original.name} ${firstDataDifference(original, patched, equality)}`,
        ),
      );
    } else if (sectionClass(original) !== sectionClass(patched)) {
      const reason = `${original.name} moved from ${original.section.name} to ${patched.section.name}`;
      findings.push(finding('COMPARE_DATA_MOVED', 'refuse', place, reason));
    }
  }
  return findings;
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
