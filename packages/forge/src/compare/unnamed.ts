// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { Dissection, Piece } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import { appearance } from './appearance.ts';
import type { Equality } from './equality.ts';
import { identityOf } from './identity.ts';
import { stableName } from './names.ts';
import { reachableFrom } from './reach.ts';

/**
 * How many pieces of one appearance are tried. Those of one section that look the same stand in the same
 * order in both objects, so that the first is the one; more are only made to take time.
 */
const MAX_CANDIDATES = 64;

/**
 * What counts by content and is not reached from anything with a name, such as the entries of tables that
 * only the linker knows, is compared with nothing else. It has no other identity than its section: the two
 * objects must hold the same of it.
 */
export function compareUnnamed(pre: Dissection, post: Dissection, equality: Equality): Finding[] {
  const left = unreached(pre);
  const right = unreached(post);
  const findings: Finding[] = [];
  for (const section of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    const [gone, added] = unmatched(left.get(section) ?? [], right.get(section) ?? [], equality);
    if (gone + added === 0) continue;
    const reason = `${gone} pieces of ${section} are gone or changed and ${added} are new`;
    findings.push(finding('COMPARE_SECTION_CHANGED', 'refuse', { section }, reason));
  }
  return findings;
}

/** How many pieces of each side have no equal on the other. */
function unmatched(pre: readonly Piece[], post: readonly Piece[], equality: Equality): [number, number] {
  const waiting = new Map<string, Piece[]>();
  for (const piece of post.toReversed()) {
    const key = appearance(piece);
    const list = waiting.get(key);
    if (list === undefined) waiting.set(key, [piece]);
    else list.push(piece);
  }
  let equal = 0;
  for (const piece of pre) {
    const candidates = waiting.get(appearance(piece)) ?? [];
    const first = Math.max(candidates.length - MAX_CANDIDATES, 0);
    const at = candidates.slice(first).findLastIndex((candidate) => equality.content(piece, candidate));
    if (at < 0) continue;
    candidates.splice(first + at, 1);
    equal++;
  }
  return [pre.length - equal, post.length - equal];
}

function unreached(object: Dissection): Map<string, Piece[]> {
  const reached = reachableFrom(object.pieces.filter((piece) => identityOf(piece) !== 'content'));
  const result = new Map<string, Piece[]>();
  for (const piece of object.pieces) {
    if (identityOf(piece) !== 'content' || reached.has(piece) || isFormat(piece)) continue;
    const list = result.get(piece.section.name);
    if (list === undefined) result.set(piece.section.name, [piece]);
    else list.push(piece);
  }
  return result;
}

/** What only .printk_index points to: a format, with its file and line (struct pi_entry). */
function isFormat({ name }: Piece): boolean {
  return /^(.*\.)?_entry$/.test(stableName(name)) && name !== '_entry';
}
