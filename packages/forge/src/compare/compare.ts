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
 */
import type { Finding, Place } from '@uptide/base';
import type { ElfObject } from '@uptide/elf';
import { dissect } from '../dissect/dissect.ts';
import type { Dissection, Piece } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import type { Comparison, FunctionChange } from './comparison.ts';
import { compareData, dataOnlyIn } from './data.ts';
import { type Difference, firstDifference, nameOf } from './difference.ts';
import { Equality } from './equality.ts';
import { identityOf } from './identity.ts';
import { differsOnlyInLines } from './line-drift.ts';
import { coldParent } from './names.ts';
import { pairByName } from './pair-by-name.ts';
import { pairByUsers } from './pair-by-users.ts';
import { Pairing } from './pairing.ts';
import { unreachedData } from './reach.ts';
import { partReplacedTables } from './replaced-tables.ts';

/**
 * Compares two compilations of one translation unit.
 *
 * @throws ForgeError OBJECT_* when an object cannot be taken apart.
 */
export function compareObjects(original: ElfObject, patched: ElfObject): Comparison {
  const pre = dissect(original);
  const post = dissect(patched);
  const pairing = new Pairing();
  // Names that the source gives.
  pairByName(pre, post, pairing);
  // Static locals, which have no stable name, by who uses them.
  pairByUsers(pairing);
  const equality = new Equality(pairing);
  // Constant tables that go along with all of their users.
  const tables = partReplacedTables(pre, post, pairing, equality);
  // From here on the pairs stay as they are.
  const changed = changedFunctions(post, pairing, equality);
  const added = functionsOnlyIn(post, (piece) => pairing.pre(piece) === undefined);
  const removed = functionsOnlyIn(pre, (piece) => pairing.post(piece) === undefined);
  const addedData = dataOnlyIn(post, (piece) => pairing.pre(piece) === undefined);
  const findings = [
    ...tables,
    ...changed.flatMap(judgeChange),
    ...added.flatMap(judgeAddition),
    ...compareData(pre, post, pairing, equality),
    ...unreachedData(pre, post, addedData, [...changed.flatMap(partsOf), ...added]),
    ...newStatics(changed, pairing),
    ...orphanEntries(post),
  ];
  return { pre, post, pairing, changed, added, removed, addedData, findings };
}

function changedFunctions(post: Dissection, pairing: Pairing, equality: Equality): FunctionChange[] {
  const changes: FunctionChange[] = [];
  for (const piece of post.pieces) {
    const original = pairing.pre(piece);
    if (piece.kind !== 'function' || original === undefined) continue;
    if (coldParent(piece.name) !== undefined && parentOf(post, piece) !== undefined) continue;
    const postCold = coldOf(post, piece);
    const preCold = postCold === undefined ? undefined : pairing.pre(postCold);
    const difference =
      differenceOf(original, piece, equality) ??
      (postCold === undefined || preCold === undefined
        ? undefined
        : differenceOf(preCold, postCold, equality));
    if (difference !== undefined)
      changes.push({ name: original.name, pre: original, post: piece, postCold, difference });
  }
  return changes;
}

/** How two versions of a function differ; undefined when they do the same. */
function differenceOf(pre: Piece, post: Piece, equality: Equality): Difference | undefined {
  const sameReferences = equality.references(pre.references, post.references);
  const sameEntries = equality.entries(pre.entries, post.entries);
  if (sameReferences && sameEntries && pre.end - pre.start === post.end - post.start) {
    if (equality.bytes(pre, post) || differsOnlyInLines(pre, post)) return undefined;
  }
  return firstDifference(pre, post, equality) ?? tableDifference(pre, post, equality);
}

/** The code is equal, but a special table says something else of it. */
function tableDifference(pre: Piece, post: Piece, equality: Equality): Difference {
  const describe = (piece: Piece, other: Piece): { offset: number | undefined; text: string } => {
    const entry = piece.entries.find(
      (candidate) =>
        candidate.table.fate !== 'derived' &&
        !other.entries.some((counterpart) =>
          piece === pre
            ? equality.entries([candidate], [counterpart])
            : equality.entries([counterpart], [candidate]),
        ),
    );
    if (entry === undefined) return { offset: undefined, text: 'no such entry' };
    const names = entry.references.slice(1).map(({ target }) => nameOf(target));
    return {
      offset: entry.ownerOffset,
      text: `entry of ${entry.table.section} ${names.join(', ')}`.trimEnd(),
    };
  };
  const left = describe(pre, post);
  const right = describe(post, pre);
  return { preOffset: left.offset, postOffset: right.offset, pre: left.text, post: right.text };
}

function parentOf(object: Dissection, cold: Piece): Piece | undefined {
  const parent = coldParent(cold.name);
  return parent === undefined ? undefined : object.named.get(parent)?.find(({ kind }) => kind === 'function');
}

/** The cold part of a function. */
export function coldOf(object: Dissection, piece: Piece): Piece | undefined {
  return object.pieces.find(({ kind, name }) => kind === 'function' && coldParent(name) === piece.name);
}

function partsOf({ post, postCold }: FunctionChange): Piece[] {
  return postCold === undefined ? [post] : [post, postCold];
}

function functionsOnlyIn(object: Dissection, lonely: (piece: Piece) => boolean): Piece[] {
  return object.pieces.filter(
    (piece) => piece.kind === 'function' && lonely(piece) && parentOf(object, piece) === undefined,
  );
}

/** Code that ran at the start and is freed afterwards. */
const INIT = /^\.(init|meminit|devinit|cpuinit)\.text/;
/** Code that runs when a module goes; a built-in object has none. It has no ftrace site (`__exit` is notrace). */
const EXIT = /^\.(exit|memexit|devexit|cpuexit)\.text/;

/** Whether a piece is code that runs once, when its object starts or goes. */
export function isStartOrEndCode({ section }: Piece): boolean {
  return INIT.test(section.name) || EXIT.test(section.name);
}

function judgeChange({ pre, post, name }: FunctionChange): Finding[] {
  const place: Place = { symbol: name, section: pre.section.name };
  for (const [code, section] of [
    ['COMPARE_INIT_CHANGED', INIT],
    ['COMPARE_EXIT_CHANGED', EXIT],
  ] as const) {
    if (!section.test(pre.section.name) && !section.test(post.section.name)) continue;
    return [finding(code, 'refuse', place, `${name} is in ${pre.section.name}`)];
  }
  if (hasFtraceSite(pre)) return [];
  return [
    finding(
      'COMPARE_NO_FTRACE_SITE',
      'refuse',
      place,
      `${name} changed and does not begin with a call to __fentry__`,
    ),
  ];
}

function judgeAddition(piece: Piece): Finding[] {
  if (!isStartOrEndCode(piece)) return [];
  const code = INIT.test(piece.section.name) ? 'COMPARE_INIT_CHANGED' : 'COMPARE_EXIT_CHANGED';
  const reason = `the new function ${piece.name} is in ${piece.section.name}`;
  return [finding(code, 'refuse', { symbol: piece.name }, reason)];
}

/**
 * Whether ftrace has a site in a function: an entry of __mcount_loc, or the call to __fentry__ from which
 * objtool makes one later. The call is the first instruction, after ENDBR where the kernel has it.
 */
export function hasFtraceSite(piece: Piece): boolean {
  return (
    piece.traced ||
    piece.references.some(
      ({ at, target }) => at <= 5 && target.kind === 'external' && target.symbol.name === '__fentry__',
    )
  );
}

function newStatics(changed: readonly FunctionChange[], pairing: Pairing): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<Piece>();
  for (const { post, name } of changed) {
    for (const { target } of post.references) {
      if (target.kind !== 'piece' || seen.has(target.piece)) continue;
      seen.add(target.piece);
      if (identityOf(target.piece) !== 'users' || pairing.pre(target.piece) !== undefined) continue;
      findings.push(
        finding(
          'COMPARE_STATIC_LOCAL_NEW',
          'review',
          { symbol: name },
          `${name} uses the static local ${target.piece.name}, which no function of the original uses in the same way`,
        ),
      );
    }
  }
  return findings;
}

function orphanEntries(post: Dissection): Finding[] {
  return post.orphans.map(({ table }) =>
    finding(
      'OBJECT_TABLE_ORPHAN',
      'refuse',
      { section: table.section },
      'an entry speaks of a place outside the object',
    ),
  );
}
