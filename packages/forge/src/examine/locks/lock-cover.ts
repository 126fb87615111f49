// SPDX-License-Identifier: GPL-2.0-or-later
import type { LockWalk, Place } from './lock-walk.ts';
import { touchesShared, workCalls } from './shared-work.ts';
import { spell } from './spell.ts';

/** How a statement runs: always under a lock, on some ways under it, or without it. */
type Cover = 'sure' | 'some' | 'none';

/** Statements that ran under a lock in one way and run in another now. */
export interface Covered {
  /** Its id. */
  readonly lock: string;
  readonly from: Cover;
  readonly to: Cover;
  readonly texts: readonly string[];
}

/** A statement, or a call in one. */
interface Unit {
  readonly place: Place;
  readonly text: string;
}

type Places = Pick<LockWalk, 'places'> & { readonly locals: ReadonlySet<string> };

/** How many statements of one text there are, and how many of them run how under each lock. */
interface Tally {
  total: number;
  readonly byLock: Map<string, { sure: number; some: number }>;
}

const COVERS: readonly Cover[] = ['sure', 'some', 'none'];

/**
 * The statements that are in both versions, and run under other locks than before; of statements that are written
 * otherwise the calls that are in both.
 */
export function coverChanges(before: Places, after: Places): Covered[] {
  const [pre, post] = [statements(before), statements(after)];
  return compare(tally(comparable(pre, post)), tally(comparable(post, pre)));
}

/** The statements that the other version has too, and the calls of those that it has not. */
function comparable(mine: readonly Unit[], others: readonly Unit[]): Unit[] {
  const texts = new Set(others.map(({ text }) => text));
  return mine.flatMap((unit) => (texts.has(unit.text) ? [unit] : calls(unit.place)));
}

function compare(pre: ReadonlyMap<string, Tally>, post: ReadonlyMap<string, Tally>): Covered[] {
  const changes = new Map<string, { lock: string; from: Cover; to: Cover; texts: string[] }>();
  for (const [text, made] of post) {
    const old = pre.get(text);
    if (old === undefined) continue;
    for (const lock of new Set([...old.byLock.keys(), ...made.byLock.keys()])) {
      const [was, is] = [numbers(old, lock), numbers(made, lock)];
      const from = COVERS.find((cover) => is[cover] < was[cover]);
      const to = COVERS.find((cover) => is[cover] > was[cover]);
      if (from === undefined || to === undefined) continue;
      const key = JSON.stringify([lock, from, to]);
      const change = changes.get(key) ?? { lock, from, to, texts: [] };
      change.texts.push(text);
      changes.set(key, change);
    }
  }
  return [...changes.values()];
}

function numbers({ total, byLock }: Tally, lock: string): Record<Cover, number> {
  const { sure, some } = byLock.get(lock) ?? { sure: 0, some: 0 };
  return { sure, some, none: total - sure - some };
}

function statements({ places, locals }: Places): Unit[] {
  return places
    .filter(({ words }) => touchesShared(words, locals))
    .map((place) => ({ place, text: textOf(place) }));
}

/** Each call that does work, on its own. */
function calls(place: Place): Unit[] {
  return workCalls(place.words).map((words) => ({ place, text: spell(words) }));
}

function tally(all: readonly Unit[]): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const { text, place } of all) {
    const found = tallies.get(text) ?? { total: 0, byLock: new Map() };
    tallies.set(text, found);
    found.total += 1;
    for (const { lock, isSure } of place.held) {
      const counts = found.byLock.get(lock.id) ?? { sure: 0, some: 0 };
      counts[isSure ? 'sure' : 'some'] += 1;
      found.byLock.set(lock.id, counts);
    }
  }
  return tallies;
}

/** The statement as a person reads it; a macro's head has its name already. */
function textOf({ words, keyword }: Pick<Place, 'words' | 'keyword'>): string {
  const text = spell(words);
  return keyword === '' || keyword === 'each' || keyword === 'scope'
    ? text
    : `${keyword === 'do' ? 'while' : keyword} (${text})`;
}
