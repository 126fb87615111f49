// SPDX-License-Identifier: GPL-2.0-or-later
import type { Held } from './held.ts';
import type { Lock, Step } from './lock-steps.ts';
import { type LockText, lockTexts, readLockText, rootOf } from './lock-texts.ts';
import { type LockWalk, walkLocks } from './lock-walk.ts';
import type { Words } from './statements.ts';

/** A function in one version, as it is written. */
export interface FunctionWords {
  readonly words: Words;
  /** The functions that only this version has, by name: their work is that of who calls them. */
  readonly helpers: ReadonlyMap<string, Words>;
}

/** One version of a function. Locks of the old one have the names of those that stand in their place. */
export interface Version {
  readonly steps: readonly Step[];
  readonly walk: LockWalk;
  readonly locals: ReadonlySet<string>;
  /** What is held when the function begins. */
  readonly entry: ReadonlySet<string>;
  /** How a reader knows a lock, by its id. */
  readonly nameOf: (id: string) => string;
}

/** Both versions, and the locks of the old one that others stand in the place of, by id. */
export interface Versions {
  readonly pre: Version;
  readonly post: Version;
  readonly replaced: ReadonlyMap<string, Replaced>;
}

/** A lock that is only in the old version, and the one at its place. */
export interface Replaced {
  readonly from: Lock;
  readonly to: Lock;
}

/** Reads and walks both versions; undefined when one of them is longer or deeper than what is read. */
export function readVersions(before: FunctionWords, after: FunctionWords): Versions | undefined {
  const old = readLockText(before.words, before.helpers);
  const made = readLockText(after.words, after.helpers);
  if (old === undefined || made === undefined) return undefined;
  const both = [old, made];
  const replaced = replacedLocks(taken(stepsIn(old, both)), taken(stepsIn(made, both)));
  const [pre, post] = [versionOf(old, both, replaced), versionOf(made, both, new Map())];
  return pre === undefined || post === undefined ? undefined : { pre, post, replaced };
}

/** The steps that take a lock. */
export function taken(steps: readonly Step[]): Step[] {
  return steps.filter(({ call }) => call.step === 'take');
}

function stepsIn(text: LockText, both: readonly LockText[]): Step[] {
  return text.steps.filter(lockTexts(text, both).isStep);
}

/** Locks that are only in the old version, with those that only the new one has, of one kind and at one place. */
export function replacedLocks(
  before: readonly Step[],
  after: readonly Step[],
): ReadonlyMap<string, Replaced> {
  const ids = (steps: readonly Step[]): ReadonlySet<string> => new Set(steps.map(({ lock }) => lock.id));
  const [old, made] = [ids(before), ids(after)];
  /** Steps of locks that the other version lacks, each with the number of common steps before it. */
  const own = (steps: readonly Step[], others: ReadonlySet<string>): { step: Step; place: number }[] => {
    let place = 0;
    return steps.flatMap((step) => {
      if (!others.has(step.lock.id)) return [{ step, place }];
      place += 1;
      return [];
    });
  };
  const candidates = own(after, old);
  const replaced = new Map<string, Replaced>();
  for (const { step, place } of own(before, made)) {
    if (replaced.has(step.lock.id)) continue;
    const at = candidates.findIndex(
      (each) => each.place === place && rootOf(each.step) === rootOf(step) && step.call.operands !== 'none',
    );
    const [found] = at === -1 ? [] : candidates.splice(at, 1);
    const to = found?.step.lock;
    const isTaken = [...replaced.values()].some((each) => each.to.id === to?.id);
    if (to !== undefined && !isTaken) replaced.set(step.lock.id, { from: step.lock, to });
  }
  return replaced;
}

function versionOf(
  text: LockText,
  both: readonly LockText[],
  replaced: ReadonlyMap<string, Replaced>,
): Version | undefined {
  const rename = <T extends { readonly lock: Lock }>(each: T): T => {
    const lock = replaced.get(each.lock.id)?.to;
    return lock === undefined ? each : { ...each, lock };
  };
  const steps = stepsIn(text, both);
  const names = new Map<string, string>();
  // What is taken has the fuller name; a release of an unnamed family does not know the way.
  for (const { lock, call } of steps) {
    const id = replaced.get(lock.id)?.to.id ?? lock.id;
    if (call.step === 'take' || !names.has(id)) names.set(id, lock.shown);
  }
  const texts = lockTexts(text, both);
  const walked = walkLocks(texts);
  if (walked === undefined) return undefined;
  const { places, takings, ends } = walked;
  const renameAll = (held: readonly Held[]): readonly Held[] =>
    replaced.size === 0 ? held : held.map(rename);
  const walk = {
    places: places.map((place) => ({ ...place, held: renameAll(place.held) })),
    takings: takings.map(({ step, held }) => ({ step: rename(step), held: renameAll(held) })),
    ends: ends.map(renameAll),
  };
  const entry = new Set(texts.entry.map((step) => rename(step).lock.id));
  return {
    steps: steps.map(rename),
    walk,
    locals: text.locals,
    entry,
    nameOf: (id) => names.get(id) ?? id.trim(),
  };
}
