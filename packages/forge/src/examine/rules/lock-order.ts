// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { finding } from '../../error.ts';
import { compareCalls, differingCalls } from '../calls.ts';
import { compareLocks, type TakenOtherwise } from '../locks/lock-changes.ts';
import { lockCall } from '../locks/lock-names.ts';
import type { FunctionWords } from '../locks/lock-versions.ts';
import type { Words } from '../locks/statements.ts';
import type { ExamineContext, ExamineRule } from '../model.ts';
import { type SourceText, sourceNameOf, touchedFunctions } from '../source.ts';
import { isLive } from '../written.ts';
import { isLockStep } from './locks.ts';

/** Sentences of one finding; who needs more reads the patch. */
const MAX_SAID = 8;

/** Two versions that take the same locks in another order, or around other work, are not safe together. */
export const LOCK_ORDER: ExamineRule = {
  code: 'EXAMINE_LOCK_ORDER',
  looksFor:
    'Functions whose text the patch changes, and that change in the object or are inlined there, in which the order of two locks is another than before, a lock is waited for under another one that was not held, another lock stands at the place of one, a lock is taken in another way (for reading, with interrupts off, only tried), statements that stay run under other locks than before, or a way out leaves a lock held. `guard` and `scoped_guard`, RCU, bit locks and what is inlined are seen, since it reads the text. Where the calls in the object are the same number as before, also a lock that is new or gone.',
  cannotSee:
    'Locks that a macro or another function takes, and work that moves into another function, unless only one version has it. Whether two texts mean one lock, or one text two. Statements that are written otherwise than before, and work on variables of the function alone. Conditions: a lock that is taken and released under the same condition is held on some ways. What callers hold, unless the function releases it. Other code that takes the same locks.',
  examine: (context) =>
    context.changes.flatMap(({ path, pre, post }) => {
      const [gone, come] = [ownFunctions(pre, post), ownFunctions(post, pre)];
      return [...touchedFunctions(pre, post)].sort().flatMap((name) => {
        const [before, after] = [pre.functions.get(name)?.tokens, post.functions.get(name)?.tokens];
        if (before === undefined || after === undefined || !isLive(name, context)) return [];
        return judge(name, path, { words: before, helpers: gone }, { words: after, helpers: come }, context);
      });
    }),
};

/** The functions that only one version has. */
function ownFunctions(mine: SourceText, other: SourceText): ReadonlyMap<string, Words> {
  return new Map(
    [...mine.functions].flatMap(([name, { tokens }]): [string, Words][] =>
      other.functions.has(name) ? [] : [[name, tokens]],
    ),
  );
}

function judge(
  name: string,
  file: string,
  before: FunctionWords,
  after: FunctionWords,
  context: ExamineContext,
): Finding[] {
  const said = (reason: string): Finding[] => [
    finding('EXAMINE_LOCK_ORDER', 'review', { file, symbol: name }, reason),
  ];
  const changes = compareLocks(before, after);
  if (changes === undefined) {
    return takesLocks(before) || takesLocks(after)
      ? said(
          'the function takes locks, and its text is too long, too deep or has too many of them to be read',
        )
      : [];
  }
  const taken = isCounted(name, context) ? [] : changes.taken.map(takenSaid);
  const all = [...changes.said, ...taken];
  if (all.length === 0) return [];
  const more = all.length - MAX_SAID;
  return said(`${all.slice(0, MAX_SAID).join('; ')}${more > 0 ? `; and ${more} more` : ''}`);
}

function takesLocks({ words, helpers }: FunctionWords): boolean {
  return [words, ...helpers.values()].some((each) => each.some((word) => lockCall(word) !== undefined));
}

function takenSaid({ lock, before, after }: TakenOtherwise): string {
  if (before === 0) return `\`${lock}\` is taken now, and was not before`;
  if (after === 0) return `\`${lock}\` is no longer taken`;
  return `\`${lock}\` is taken at ${after === 1 ? '1 place' : `${after} places`}, and was at ${before}`;
}

/** Whether the calls in the object tell of the locks already; of an inlined function those of any that changes. */
function isCounted(name: string, { comparison }: ExamineContext): boolean {
  const own = comparison.changed.filter((change) => sourceNameOf(change.name) === name);
  const hosts = own.length > 0 ? own : comparison.changed;
  return hosts.some((change) => differingCalls(compareCalls(change), isLockStep).length > 0);
}
