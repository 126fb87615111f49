// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Code that runs once, changed beside code that runs always.
 *
 * Init code has run and is gone; exit code runs when its module goes, and klp cannot replace it. A fix that
 * changes such code and other functions can still be made live without that part, when the functions that are
 * replaced do well with what the shipped init code has left, and leave what the shipped exit code expects.
 *
 * Example. A fix removes `conn_state = DISCONNECTED` from a function and from the exit of the module. The
 * function is replaced; until the module is unloaded all is as the fix wants it, and when it is, the shipped
 * exit code runs.
 *
 * Approach: what cannot be is told by names. Nothing of what the patch adds may be mentioned by the changed
 * code: init code would have set it up, exit code would tear it down, and neither does. The changed init code
 * must mention the same variables as the shipped one: a variable that it mentions newly or no more has another
 * first value, or none. What remains is for a person to judge; the finding lists the calls that are missing and
 * those that are made in spite of the patch. Exit code of vmlinux never runs.
 *
 * Limits: what init code stores in a variable that both versions mention, or in memory that it has allocated,
 * is not seen. Structs that change are objects that init code has made in their old shape: refused.
 */
import type { Finding } from '@uptide/base';
import { STB } from '@uptide/elf';
import type { Piece, Reference } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import type { Comparison, FunctionChange } from './comparison.ts';
import { identityOf } from './identity.ts';
import { isInitCode, isStartOrEndCode } from './judge-functions.ts';
import { coldParts } from './pair-by-name.ts';
import type { Pairing } from './pairing.ts';

/** A unit in one klp object, compared. */
interface ComparedUnit {
  readonly object: string;
  readonly comparison: Comparison;
}

/** What refuses a change of code that runs once, and what says that it is left out. */
const LEFT = {
  COMPARE_INIT_CHANGED: 'COMPARE_INIT_LEFT',
  COMPARE_EXIT_CHANGED: 'COMPARE_EXIT_LEFT',
} as const;
const REFUSED = ['COMPARE_INIT_CHANGED', 'COMPARE_EXIT_CHANGED'] as const;

/**
 * Leaves changed init and exit code out of units where the rest of the patch can go without. Where nothing else
 * changes, and where the changed code has to do with what the patch adds, the refusals stay.
 */
export function leaveRunOnce<Unit extends ComparedUnit>(units: readonly Unit[]): readonly Unit[] {
  const isLive = units.some(({ comparison }) =>
    comparison.changed.some(({ pre, post }) => !isStartOrEndCode(pre) && !isStartOrEndCode(post)),
  );
  if (!isLive) return units;
  const news = newGlobals(units);
  return units.map((unit) => ({ ...unit, comparison: leaveOut(unit, news) }));
}

/**
 * Refuses after all what was left out, when structs change: init code has made objects of the old shape, and exit
 * code expects it.
 *
 * @param findings of all units, those of the layouts among them
 * @returns all of them
 */
export function refuseWithLayouts(findings: readonly Finding[]): Finding[] {
  const struct = findings.find(({ code }) => code === 'COMPARE_STRUCT_CHANGED')?.place.symbol;
  if (struct === undefined) return [...findings];
  return findings.map((found): Finding => {
    const { code, place, verdict } = found;
    const refused = REFUSED.find((each) => LEFT[each] === code);
    if (refused === undefined || verdict === 'ok') return found;
    return finding(refused, 'refuse', place, `${place.symbol} runs once and changed, and so did ${struct}`);
  });
}

/** Names of global functions and variables that the patch adds to any unit. */
function newGlobals(units: readonly ComparedUnit[]): ReadonlySet<string> {
  const added = units.flatMap(({ comparison }) => [...comparison.added, ...comparison.addedData]);
  return new Set(added.flatMap(({ symbol, aliases }) => (symbol?.bind === STB.LOCAL ? [] : aliases)));
}

function leaveOut({ object, comparison }: ComparedUnit, news: ReadonlySet<string>): Comparison {
  const said = new Map<string, Finding>();
  const left = new Set<Piece>();
  const cold = coldParts(comparison.pre);
  for (const change of comparison.changed) {
    const answer = judge(change, cold.get(change.pre), object, comparison.pairing, news);
    if (answer === undefined) continue;
    said.set(change.name, answer);
    left.add(change.post);
  }
  for (const piece of comparison.added) {
    if (!isStartOrEndCode(piece) || isInitCode(piece) || object !== 'vmlinux') continue;
    said.set(piece.name, neverRuns(piece.name, piece));
    left.add(piece);
  }
  if (left.size === 0) return comparison;
  const answered = (found: Finding): Finding =>
    (found.code in LEFT ? said.get(found.place.symbol ?? '') : undefined) ?? found;
  return {
    ...comparison,
    changed: comparison.changed.filter(({ post }) => !left.has(post)),
    added: comparison.added.filter((piece) => !left.has(piece)),
    findings: comparison.findings.map(answered),
  };
}

/** What is said of a change that is left out; undefined for one that cannot be, or runs more than once. */
function judge(
  { name, pre, post, postCold }: FunctionChange,
  preCold: Piece | undefined,
  object: string,
  pairing: Pairing,
  news: ReadonlySet<string>,
): Finding | undefined {
  const [isInit, stays] = [isInitCode(pre), isInitCode(pre) === isInitCode(post)];
  // A function that comes to run once, or no more, is another thing.
  if (!isStartOrEndCode(pre) || !isStartOrEndCode(post) || !stays) return undefined;
  if (!isInit && object === 'vmlinux') return neverRuns(name, pre);
  const before = mentionsOf(preCold === undefined ? [pre] : [pre, preCold], (piece) => piece);
  const after = mentionsOf(postCold === undefined ? [post] : [post, postCold], (piece) => pairing.pre(piece));
  if (after.unknown || [...after.names].some((mention) => news.has(mention))) return undefined;
  if (isInit && !sameSet(before.variables, after.variables)) return undefined;
  const more = [...after.calls].filter((call) => !before.calls.has(call)).sort();
  const fewer = [...before.calls].filter((call) => !after.calls.has(call)).sort();
  const uses = [
    ...(more.length === 0 ? [] : [`the patch uses ${more.join(', ')} there and the update does not`]),
    ...(fewer.length === 0 ? [] : [`${fewer.join(', ')}, which the patch no longer uses there, is used`]),
  ];
  const what = isInit
    ? `${name} of ${object} runs as it was shipped, when it has not run already`
    : `${name} of ${object} runs as it was shipped when the module is unloaded`;
  const reason = [what, ...(uses.length === 0 ? ['the patch makes the same calls there'] : uses)].join('; ');
  const code = isInit ? 'COMPARE_INIT_LEFT' : 'COMPARE_EXIT_LEFT';
  return finding(code, 'review', { symbol: name, section: pre.section.name }, reason);
}

function neverRuns(name: string, { section }: Piece): Finding {
  const reason = `${name} is exit code of vmlinux, which never runs`;
  return finding('COMPARE_EXIT_LEFT', 'ok', { symbol: name, section: section.name }, reason);
}

/** What code mentions, by names that mean the same before and after the patch. */
interface Mentions {
  /** Names that other units define. */
  readonly names: ReadonlySet<string>;
  readonly calls: ReadonlySet<string>;
  /** Everything that is no function of the unit and is not called. */
  readonly variables: ReadonlySet<string>;
  /** Whether something is mentioned that the original does not have. */
  readonly unknown: boolean;
}

function mentionsOf(code: readonly Piece[], original: (piece: Piece) => Piece | undefined): Mentions {
  const [names, calls, variables] = [new Set<string>(), new Set<string>(), new Set<string>()];
  let unknown = false;
  const open = [...code];
  const seen = new Set<Piece>(open);
  for (let user = open.pop(); user !== undefined; user = open.pop()) {
    for (const { target, branch } of referencesOf(user)) {
      if (target.kind === 'external') {
        names.add(target.symbol.name);
        (branch ? calls : variables).add(target.symbol.name);
        continue;
      }
      const { piece } = target;
      if (identityOf(piece) === 'content') {
        // A table without a name may lead on.
        if (!seen.has(piece)) open.push(piece);
        seen.add(piece);
        continue;
      }
      if (seen.has(piece)) continue;
      const counterpart = original(piece);
      if (counterpart === undefined) unknown = true;
      else if (counterpart.kind === 'function') calls.add(counterpart.name);
      else variables.add(counterpart.name);
    }
  }
  return { names, calls, variables, unknown };
}

function referencesOf(piece: Piece): readonly Reference[] {
  return [...piece.references, ...piece.entries.flatMap((entry) => entry.references)];
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}
