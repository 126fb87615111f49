// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What changes in a function about its locks, in words.
 *
 * Problem: old code and new code run side by side for a while. They are safe together when both take the same locks
 * in the same order around the same work. A patch can break that without another call: it swaps two lines, names
 * another lock, or moves a line over an unlock.
 *
 * Example: `lock(&a); lock(&b); f(x); unlock(&b); unlock(&a);` becomes `lock(&b); lock(&a); ...`. Before, b was waited
 * for under a; now a is waited for under b: a task in the old code and one in the new wait for each other.
 *
 * Approach: both texts are walked. Compared are
 *   - pairs of locks, of which one is waited for while the other is held;
 *   - the text of the lock, where one is gone and another stands in its place;
 *   - the functions by which it is taken (for reading, with interrupts off, only tried);
 *   - statements of one text in both: how many run under a lock, on some ways under it, and without it. Where one
 *     number falls and another rises, the statement moved, wherever it stands now;
 *   - whether a way out leaves the lock held.
 * A function that only one version has is read where it is called, so that work may move into it.
 *
 * Limits: a statement that is written otherwise is another statement. Statements that touch nothing shared are not
 * looked at. Cost: places times locks of the function.
 */
import { type Covered, coverChanges } from './lock-cover.ts';
import type { Step } from './lock-steps.ts';
import { type FunctionWords, readVersions, replacedLocks, taken, type Version } from './lock-versions.ts';
import { shown } from './spell.ts';

/** A lock that is taken at another number of places than before, of which nothing else is said. */
export interface TakenOtherwise {
  readonly lock: string;
  readonly before: number;
  readonly after: number;
}

/** What is said of a function. */
export interface LockChanges {
  readonly said: readonly string[];
  readonly taken: readonly TakenOtherwise[];
}

/** Statements that are shown of each kind. */
const MAX_SHOWN = 3;

/**
 * Compares the locks of two versions of a function.
 *
 * @returns undefined when one of them is longer or deeper than what is read
 */
export function compareLocks(before: FunctionWords, after: FunctionWords): LockChanges | undefined {
  const versions = readVersions(before, after);
  if (versions === undefined) return undefined;
  const { pre, post, replaced } = versions;
  const strange = callersLocks(pre, post);
  const covered = coverChanges(
    { ...pre.walk, locals: pre.locals },
    { ...post.walk, locals: post.locals },
  ).filter(({ lock }) => !strange.has(lock));
  const said = [
    ...orderSaid(pre, post),
    ...[...replaced.values()].map(
      ({ from, to }) => `the lock is \`${to.shown}\` now and was \`${from.shown}\``,
    ),
    ...releaseSaid(pre, post),
    ...waysSaid(pre, post),
    ...strange.values(),
    ...covered.map((each) => coverSaid(each, pre, post)),
    ...endsSaid(pre, post),
  ];
  const mentioned = new Set(covered.map(({ lock }) => lock));
  return { said, taken: takenOtherwise(pre, post, mentioned) };
}

/** Pairs of locks: the second is waited for while the first, which keeps others out, is held. */
function pairsOf({ walk }: Version): ReadonlyMap<string, readonly [string, string]> {
  const pairs = new Map<string, readonly [string, string]>();
  for (const { step, held } of walk.takings) {
    if (!step.call.waits) continue;
    for (const { lock, call } of held) {
      if (call.excludes && lock.id !== step.lock.id) {
        pairs.set(`${lock.id}\0${step.lock.id}`, [lock.id, step.lock.id]);
      }
    }
  }
  return pairs;
}

function orderSaid(pre: Version, post: Version): string[] {
  const [before, after] = [pairsOf(pre), pairsOf(post)];
  return [...after].flatMap(([key, [outer, inner]]) => {
    if (before.has(key)) return [];
    const [first, second] = [post.nameOf(outer), post.nameOf(inner)];
    return before.has(`${inner}\0${outer}`)
      ? [`\`${second}\` is taken while \`${first}\` is held, and was taken before it`]
      : [`\`${second}\` is waited for while \`${first}\` is held, and was not before`];
  });
}

/** The lock that is taken stays, and what is released is another. */
function releaseSaid(pre: Version, post: Version): string[] {
  const releases = ({ steps }: Version): Step[] => steps.filter(({ call }) => call.step === 'release');
  return [...replacedLocks(releases(pre), releases(post)).values()].map(
    ({ from, to }) => `what is released is \`${to.shown}\` now and was \`${from.shown}\``,
  );
}

/**
 * Locks that one version only releases and the other does not mention, by id, with what is said of them: whether they
 * were held before, only the callers know.
 */
function callersLocks(pre: Version, post: Version): ReadonlyMap<string, string> {
  const ids = ({ steps }: Version): ReadonlySet<string> => new Set(steps.map(({ lock }) => lock.id));
  const only = ({ steps, entry }: Version, others: ReadonlySet<string>): string[] => {
    const own = new Set(taken(steps).map(({ lock }) => lock.id));
    return [...entry].filter((id) => !own.has(id) && !others.has(id));
  };
  const come = only(post, ids(pre)).map((id): [string, string] => [
    id,
    `\`${post.nameOf(id)}\`, which the function does not take, is released now, and was not before`,
  ]);
  const gone = only(pre, ids(post)).map((id): [string, string] => [
    id,
    `\`${pre.nameOf(id)}\`, which the function does not take, is no longer released`,
  ]);
  return new Map([...come, ...gone]);
}

function waysSaid(pre: Version, post: Version): string[] {
  const [before, after] = [waysOf(pre), waysOf(post)];
  return [...after].flatMap(([id, made]) => {
    const old = before.get(id);
    if (old === undefined) return [];
    const come = [...made].filter((way) => !old.has(way)).map((way) => `\`${way}\``);
    const gone = [...old].filter((way) => !made.has(way)).map((way) => `\`${way}\``);
    const name = `\`${post.nameOf(id)}\``;
    if (come.length === 0)
      return gone.length === 0 ? [] : [`${name} is no longer taken by ${gone.join(' and ')}`];
    const was = gone.length === 0 ? ' too, and was not before' : `, and was taken by ${gone.join(' and ')}`;
    return [`${name} is taken by ${come.join(' and ')}${was}`];
  });
}

function waysOf({ steps }: Version): ReadonlyMap<string, ReadonlySet<string>> {
  const ways = new Map<string, Set<string>>();
  for (const { call, lock } of taken(steps)) {
    ways.set(lock.id, (ways.get(lock.id) ?? new Set()).add(call.way));
  }
  return ways;
}

function coverSaid({ lock, from, to, texts }: Covered, pre: Version, post: Version): string {
  const more = texts.length - MAX_SHOWN;
  const list = texts.slice(0, MAX_SHOWN).map((text) => `\`${shown(text)}\``);
  const isMany = texts.length > 1;
  const last = isMany && more <= 0 ? list.pop() : undefined;
  const what = `${list.join(', ')}${last === undefined ? '' : ` and ${last}`}${more > 0 ? ` and ${more} more` : ''}`;
  const run = isMany ? 'run' : 'runs';
  const mentions = ({ steps }: Version): boolean => steps.some((step) => step.lock.id === lock);
  const name = `\`${mentions(post) ? post.nameOf(lock) : pre.nameOf(lock)}\``;
  // A lock that one version does not mention may be held by who calls it.
  if (!mentions(pre)) {
    return `${what} ${run} under ${name}${to === 'some' ? ' on some ways' : ''} now, which the function did not take before`;
  }
  if (!mentions(post)) {
    return `${what} ran under ${name}${from === 'some' ? ' on some ways' : ''}, which the function does not take now`;
  }
  switch (`${from} ${to}`) {
    case 'sure none':
      return `${what} ran under ${name}, and ${run} without it now`;
    case 'sure some':
      return `${what} ran under ${name}, and on some ways ${run} without it now`;
    case 'some none':
      return `${what} ran under ${name} on some ways, and never ${isMany ? 'do' : 'does'} now`;
    case 'some sure':
      return `${what} ran without ${name} on some ways, and always ${run} under it now`;
    case 'none some':
      return `${what} ran without ${name}, and on some ways ${run} under it now`;
    default:
      return `${what} ran without ${name}, and ${run} under it now`;
  }
}

/** Locks that a way out leaves held in one version and none in the other. */
function endsSaid(pre: Version, post: Version): string[] {
  const left = ({ walk, steps }: Version): ReadonlySet<string> => {
    const own = new Set(taken(steps).map(({ lock }) => lock.id));
    return new Set(walk.ends.flatMap((held) => held.map(({ lock }) => lock.id)).filter((id) => own.has(id)));
  };
  const known = new Set([...pre.steps, ...post.steps].map(({ lock }) => lock.id));
  const [before, after] = [left(pre), left(post)];
  return [...known].flatMap((id) => {
    if (before.has(id) === after.has(id)) return [];
    return after.has(id)
      ? [`a way out leaves \`${post.nameOf(id)}\` held, and none did before`]
      : [`a way out left \`${pre.nameOf(id)}\` held, and none does now`];
  });
}

/** Locks that are taken at another number of places, without those of which more is said. */
function takenOtherwise(pre: Version, post: Version, mentioned: ReadonlySet<string>): TakenOtherwise[] {
  const count = ({ steps }: Version, id: string): number =>
    taken(steps).filter(({ lock }) => lock.id === id).length;
  const ids = new Set([...taken(pre.steps), ...taken(post.steps)].map(({ lock }) => lock.id));
  return [...ids].flatMap((id) => {
    const [before, after] = [count(pre, id), count(post, id)];
    const lock = after > 0 ? post.nameOf(id) : pre.nameOf(id);
    return before === after || mentioned.has(id) ? [] : [{ lock, before, after }];
  });
}
