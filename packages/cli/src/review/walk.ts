// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import { hunksAt } from '../glue/hunks.ts';
import { describeCount, describeJudged, describeLapsed } from './describe.ts';
import { requireWords } from './file.ts';
import { findingDigest } from './identity.ts';
import { openFindings } from './judge.ts';
import { type ExaminedList, type JudgedList, judgeList } from './lists.ts';
import type { Answer, JudgedFinding, ReviewedPatch } from './model.ts';
import { describeHunks, hunksIn, type Origin } from './origins.ts';

/** What a review has of the world. */
export interface ReviewTools {
  readonly kernel: string;
  /** The patches of the longest list, with the answers that are there now. */
  readonly read: () => Promise<readonly ReviewedPatch[]>;
  readonly save: (file: string, answer: Answer) => Promise<void>;
  /** Who signs off; asked when the first finding is. */
  readonly name: () => Promise<string>;
  /** YYYY-MM-DD. */
  readonly today: string;
}

/** What a walk has of the terminal. */
export interface Dialogue {
  readonly ask: (question: string) => Promise<string | undefined>;
  readonly print: (text: string) => void;
}

/**
 * Walks through the open findings, one by one, and keeps each answer as soon as it is given.
 *
 * @throws UptideError REVIEW_NO_TERMINAL when nobody answers the first question; as `ReviewTools`
 */
export async function walk(
  lists: readonly ExaminedList[],
  tools: ReviewTools,
  { ask, print }: Dialogue,
): Promise<void> {
  let asked = 0;
  for (const examined of lists) {
    const list = judgeList(tools.kernel, examined, await tools.read());
    const open = openFindings(list.judgement);
    print(describeCount(list));
    const hunks = hunksIn(list.patches);
    for (const lapsed of list.judgement.gone) print(`  ${lapsed.answer.code}: ${describeLapsed(lapsed)}`);
    for (const [index, judged] of open.entries()) {
      print(`\n${index + 1} of ${open.length}: ${describeJudged(judged, hunks)}`);
      const reason = await askOne(ask, print, () => hunksAt(judged.finding.place, hunks));
      if (reason === 'no-terminal' && asked === 0) {
        throw new UptideError('REVIEW_NO_TERMINAL', 'there is nobody to ask');
      }
      asked += 1;
      if (reason === 'quit' || reason === 'no-terminal') return;
      if (reason !== 'skip') await saveOne(list, judged, reason.words, tools);
    }
  }
}

/**
 * Accepts findings by their ids, each in the first list in which it is open.
 *
 * @throws UptideError REVIEW_UNKNOWN_FINDING when one is open in no list, and then keeps nothing
 */
export async function accept(
  lists: readonly ExaminedList[],
  ids: readonly string[],
  words: string,
  tools: ReviewTools,
): Promise<void> {
  const reason = requireWords('reason', words);
  const patches = await tools.read();
  const judged = lists.map((list) => judgeList(tools.kernel, list, patches));
  const chosen = [...new Set(ids)].map((id) => {
    for (const list of judged) {
      const found = openFindings(list.judgement).find(({ finding }) => finding.id === id);
      if (found !== undefined) return { list, found };
    }
    throw new UptideError('REVIEW_UNKNOWN_FINDING', `no open finding has the id ${id}`);
  });
  for (const { list, found } of chosen) await saveOne(list, found, reason, tools);
}

type Reply = 'skip' | 'quit' | 'no-terminal' | { readonly words: string };

async function askOne(
  ask: Dialogue['ask'],
  print: Dialogue['print'],
  origins: () => readonly Origin[],
): Promise<Reply> {
  for (;;) {
    const reply = await ask('[a]ccept, [s]kip, show the [p]atch, [q]uit: ');
    if (reply === undefined) return 'no-terminal';
    if (/^q(uit)?$/i.test(reply)) return 'quit';
    if (/^s(kip)?$/i.test(reply)) return 'skip';
    if (/^p(atch)?$/i.test(reply)) print(describeHunks(origins()));
    if (!/^a(ccept)?$/i.test(reply)) continue;
    const words = await ask('Why does it do no harm? ');
    if (words === undefined) return 'quit';
    try {
      return { words: requireWords('reason', words) };
    } catch (error) {
      if (!(error instanceof UptideError)) throw error;
      print(`not accepted: ${error.message}`);
    }
  }
}

async function saveOne(
  { file, digest }: JudgedList,
  { finding }: JudgedFinding,
  reason: string,
  { kernel, name, save, today }: ReviewTools,
): Promise<void> {
  const { id, code } = finding;
  const bound = { id, code, kernel, patches: digest, finding: findingDigest(finding) };
  await save(file, { ...bound, name: await name(), reason, date: today });
}
