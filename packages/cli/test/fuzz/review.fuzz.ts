// SPDX-License-Identifier: GPL-2.0-or-later
import { parseReview, printReview } from '../../src/review/file.ts';
import type { Answer } from '../../src/review/model.ts';

const ANSWER: Answer = {
  id: '0123456789ab',
  code: 'EXAMINE_LOCKS_CHANGED',
  kernel: '6.1.0-50-amd64',
  patches: 'ab'.repeat(32),
  finding: 'cd'.repeat(32),
  name: 'A Maker',
  reason: 'a lock of its own, ä',
  date: '2024-02-29',
};

export const seeds: readonly Uint8Array[] = [
  Buffer.from(printReview([], ANSWER, 'f')),
  Buffer.from(printReview([{ ...ANSWER, id: 'f'.repeat(12) }], ANSWER, 'f')),
];

export function target(bytes: Uint8Array): void {
  const answers = parseReview(bytes, 'f');
  const [first] = answers;
  if (first === undefined) return;
  // What was read can be written, and reads back the same.
  const again = parseReview(Buffer.from(printReview(answers, first, 'f')), 'f');
  if (again.length !== answers.length) throw new Error('an answer is lost or made');
}
