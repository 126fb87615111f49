// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What changed?
 *
 * Two compilations of one file, before and after a patch, are taken apart and their pieces paired. A
 * function is changed when its bytes, what its fields refer to, or its entries in the special tables are
 * not the same. Names that compilers number, addresses, line numbers and the order of sections mean
 * nothing; strings and constants count by content.
 *
 * Example. A patch adds a check to `foo`. `foo` has other bytes: changed. `bar`, further down, has a
 * WARN_ON whose line moved: the bytes are equal, its entry in __bug_table differs in the line alone: not
 * changed. `baz` uses the static local `count.3`, which is now `count.4`: pairing by users finds that it is
 * the same variable: not changed.
 *
 * Everything that is left over is looked at too. Data whose initial value changed, new data that nothing
 * replaced reaches, and bytes of sections of which nothing is known are refusals with a name.
 *
 * Limits: whether a change is safe is not asked here; see the examination.
 *
 * Cost: each piece is compared once; most of the time is spent in taking the objects apart.
 */
import type { ElfHeader, ElfObject } from '@uptide/elf';
import { dissect } from '../dissect/dissect.ts';
import { ForgeError } from '../error.ts';
import { addedFunctions, changedFunctions, removedFunctions } from './changed-functions.ts';
import type { Comparison } from './comparison.ts';
import { compareData, dataOnlyIn, removedData } from './data.ts';
import { Equality } from './equality.ts';
import { judgeAddition, judgeChange } from './judge-functions.ts';
import { orphanEntries } from './orphans.ts';
import { pairByName } from './pair-by-name.ts';
import { pairByUsers } from './pair-by-users.ts';
import { Pairing } from './pairing.ts';
import { unreachedData } from './reach.ts';
import { partReplacedTables } from './replaced-tables.ts';
import { judgeStatics } from './statics.ts';
import { compareUnnamed } from './unnamed.ts';

export { hasFtraceSite, isStartOrEndCode } from './judge-functions.ts';

/**
 * Compares two compilations of one translation unit.
 *
 * @throws ForgeError OBJECT_* when an object cannot be taken apart, COMPARE_HEADER_MISMATCH when the two were
 * not made for the same kind of system.
 */
export function compareObjects(original: ElfObject, patched: ElfObject): Comparison {
  requireSameKind(original.header, patched.header);
  const pre = dissect(original);
  const post = dissect(patched);
  const pairing = new Pairing();
  // Names that the source gives.
  pairByName(pre, post, pairing);
  // Static locals, which have no stable name, by who uses them.
  pairByUsers(pre, post, pairing);
  // Constant tables that go along with all of their users.
  const tables = partReplacedTables(pre, post, pairing);
  // From here on the pairs stay as they are.
  const equality = new Equality(pairing);
  const changed = changedFunctions(pre, post, pairing, equality);
  const added = addedFunctions(post, pairing);
  const removed = removedFunctions(pre, pairing);
  const addedData = dataOnlyIn(post, (piece) => pairing.pre(piece) === undefined);
  const carried = changed.flatMap(({ post: piece, postCold }) =>
    postCold === undefined ? [piece] : [piece, postCold],
  );
  const findings = [
    ...tables,
    ...changed.flatMap(judgeChange),
    ...added.flatMap(judgeAddition),
    ...compareData(pairing, equality),
    ...removedData(pre, pairing),
    ...compareUnnamed(pre, post, equality),
    ...unreachedData(addedData, [...carried, ...added]),
    ...judgeStatics(pre, changed, pairing),
    ...orphanEntries(pre, post, equality),
  ];
  return { pre, post, pairing, changed, added, removed, addedData, findings };
}

function requireSameKind(pre: ElfHeader, post: ElfHeader): void {
  for (const field of ['type', 'machine', 'flags'] as const) {
    if (pre[field] === post[field]) continue;
    const reason = `${field} of the header is ${pre[field]} in the original and ${post[field]} in the patched object`;
    throw new ForgeError('COMPARE_HEADER_MISMATCH', reason);
  }
}
