// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts and bits in objects, which one piece of code sets and another takes back. The object shows neither: `++` and
 * `atomic_inc` are single instructions, and the compiler puts those of inlined functions anywhere. The text shows
 * them.
 *
 * Example. `attach` comes to count users of a filter, and `detach` to count them down and free it at zero. A filter
 * that the old `attach` took on is counted down by the new `detach`, though nobody counted it up: the count passes
 * below zero, or it is freed under its users. The struct had the counter before, so its shape does not change.
 */
import { finding } from '../../error.ts';
import type { ExamineContext, ExamineRule } from '../model.ts';
import {
  inline,
  lastMember,
  missingIn,
  type WrittenChange,
  writtenCalls,
  writtenChanges,
} from '../written.ts';

/** Steps of counts (include/linux/atomic.h, refcount.h, percpu_counter.h) that are written as calls. */
const COUNTS =
  /^(?:atomic(?:64|_long)?|refcount|percpu_counter|page_ref|local)_\w*(?:inc|dec|add|sub|set|xchg)\w*$/;
/** Steps of per-processor variables, which are named and not pointed to (include/linux/percpu-defs.h). */
const PER_CPU = /^(?:__|raw_)?(?:this|raw)_cpu_(?:inc|dec|add|sub|write|xchg|cmpxchg)\w*$/;
/** Steps of bits: the bit stands before the word that it is in (include/linux/bitops.h). */
const BITS = /^(?:__)?(?:test_and_)?(?:set|clear|change)_bit(?:_unlock|_lock)?$/;
const SIGNS = new Set(['++', '--', '+=', '-=', '|=', '&=']);
/** Statistics are read by people; nothing is freed by them. */
const STATISTIC = /stat(?:s|istics)?\b|(?:errors?|dropped|drops|packets|bytes|hits|misses)$/;
/** Functions that are listed; who needs more reads the patch. */
const MAX_LISTED = 8;

/** Names of the functions in whose text counts or bits are stepped otherwise than before. */
export function countedOtherwise(context: ExamineContext): ReadonlySet<string> {
  const counted = writtenChanges(context).filter((change) => differing(change, context.changes).size > 0);
  return new Set(counted.map(({ name }) => name));
}

/** One version takes what the other gives back. */
export const COUNTERS: ExamineRule = {
  code: 'EXAMINE_COUNTER_CHANGED',
  looksFor:
    'In the text of the changed functions: steps that count in an object, or in a variable of the kernel, and that are others or stand at another number of places than before: `atomic_*`, `refcount_*`, per-processor counters, `++`, `--`, `|=` and `&=` of members, bits that are set and cleared. Which other changed functions of the file take other steps with the same counter or bit.',
  cannotSee:
    'Whether the steps are balanced on every path, and which object is meant. Counts that a function of a subsystem or a macro takes, and steps that are written as `x = x + 1`. Changed conditions around steps that stay. Other files. Statistics are passed over, by their names, and so is what only the patch declares: a struct that gets a member is told of as such.',
  examine: (context) => {
    const touched = writtenChanges(context).map((change) => ({
      ...change,
      differs: differing(change, context.changes),
    }));
    return touched.flatMap(({ path, name, differs }) => {
      if (differs.size === 0) return [];
      const others = touched
        .filter((other) => other.path === path && other.name !== name)
        .filter((other) => [...other.differs.keys()].some((counter) => differs.has(counter)))
        .map((other) => other.name);
      const more = others.length - MAX_LISTED;
      const with_ =
        others.length === 0
          ? ''
          : `; so are those in ${others.slice(0, MAX_LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
      const reason = `steps of counts or bits are others than before: ${[...differs.values()].flat().join(', ')}${with_}`;
      return [finding('EXAMINE_COUNTER_CHANGED', 'review', { file: path, symbol: name }, reason)];
    });
  },
};

interface Step {
  readonly counter: string;
  readonly text: string;
}

/** The steps that differ, in words, by the counter. */
function differing(
  { pre, post }: WrittenChange,
  changes: ExamineContext['changes'],
): ReadonlyMap<string, readonly string[]> {
  const [before, after] = [steps(pre), steps(post).filter(({ counter }) => !isNew(counter, changes))];
  const key = ({ text }: Step): string => text;
  const changed = new Map(
    [...missingIn(before, after, key), ...missingIn(after, before, key)].map((step) => [step.text, step]),
  );
  const times = (list: readonly Step[], text: string): number =>
    list.filter((step) => step.text === text).length;
  const said = [...changed.values()].map(({ counter, text }) => ({
    counter,
    words: `${text} (${times(before, text)} before, ${times(after, text)} after)`,
  }));
  return new Map(
    [...Map.groupBy(said, ({ counter }) => counter)].map(([counter, list]) => [
      counter,
      list.map(({ words }) => words),
    ]),
  );
}

/** Whether only the patch declares it, so that the old code never counted there. */
function isNew(counter: string, changes: ExamineContext['changes']): boolean {
  if (changes.some(({ pre }) => pre.tokens.some(({ text }) => text === counter))) return false;
  return changes.some(({ post: { tokens } }) =>
    tokens.some(({ text }, at) => {
      const [before, behind] = [tokens[at - 1], tokens[at + 1]?.text ?? ''];
      const isDeclared = before?.text === '*' || (before?.kind === 'word' && before.text !== 'return');
      return text === counter && isDeclared && /^[;,=[:]$/.test(behind);
    }),
  );
}

/** The steps of a function in the order of their kinds. */
function steps(words: readonly string[]): Step[] {
  const found: Step[] = [];
  for (const { name, arguments: given } of writtenCalls(words)) {
    if (BITS.test(name)) {
      const [bit, word] = given;
      const counter = memberOf(word ?? '');
      if (bit !== undefined && counter !== undefined)
        found.push({ counter, text: `${name} ${bit} of ${counter}` });
    } else if (PER_CPU.test(name)) {
      const counter = lastMember(given[0] ?? '');
      if (!STATISTIC.test(given[0] ?? '')) found.push({ counter, text: `${name} of ${counter}` });
    } else if (COUNTS.test(name)) {
      const counter = given.map(memberOf).find((member) => member !== undefined);
      if (counter !== undefined) found.push({ counter, text: `${name} of ${counter}` });
    }
  }
  for (const [at, word] of words.entries()) {
    if (words[at - 1] !== '>' || words[at - 2] !== '-') continue;
    // The last member of the path: of x->a.b it is b.
    let last = at;
    while (words[last + 1] === '.' || (words[last + 1] === '-' && words[last + 2] === '>')) {
      last += words[last + 1] === '.' ? 2 : 3;
    }
    // Only the first arrow of a path begins it.
    const first = startOf(words, at);
    if (words.slice(first, at - 2).includes('>')) continue;
    const counter = words[last] ?? word;
    const [behind, before] = [
      `${words[last + 1]}${words[last + 2]}`,
      `${words[first - 2]}${words[first - 1]}`,
    ];
    const isSign = SIGNS.has(behind) && (behind.endsWith('=') || !/^[\w(]/.test(words[last + 3] ?? ''));
    const sign = isSign ? behind : before === '++' || before === '--' ? before : undefined;
    const path = words.slice(first, last + 1).join('');
    if (sign === undefined || STATISTIC.test(path)) continue;
    // Of bits it counts which.
    const bits =
      sign === '|=' || sign === '&='
        ? ` ${inline(words.slice(last + 3, words.indexOf(';', last)).join(' '))}`
        : '';
    found.push({ counter, text: `${sign}${bits} of ${counter}` });
  }
  return found;
}

/** The member, or the variable, whose address an argument is. */
function memberOf(argument: string): string | undefined {
  if (!argument.startsWith('& ') || STATISTIC.test(argument)) return undefined;
  return /(\w+)(?: \[.*)?(?: \))?$/.exec(argument)?.[1];
}

/** Where the path begins that has a member at `at`. */
function startOf(words: readonly string[], at: number): number {
  let first = at;
  while (first > 1) {
    const [one, two] = [words[first - 1], words[first - 2]];
    if (one === '.') first -= 2;
    else if (one === '>' && two === '-') first -= 3;
    else break;
  }
  return first;
}
