// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file with the answers, `PATCH.review.json`. It is kept under version control with the patch, so it is written
 * to be read in a diff: indented, with the answers in a fixed order. A key that is not known is refused: it may take
 * something back.
 */
import { UptideError } from '@uptide/base';
import { z } from 'zod';
import type { Answer } from './model.ts';

/** More findings than a person judges with care. */
export const MAX_ANSWERS = 1000;
/** A name of a person. */
const MAX_NAME_LENGTH = 200;
/** A long paragraph. */
const MAX_REASON_LENGTH = 4096;
/** Over what `MAX_ANSWERS` answers of the longest kind take: a character has up to 4 bytes. */
export const MAX_REVIEW_BYTES = 32 * 1024 * 1024;

/** Controls, separators of lines, and what turns the order of characters around. */
const NOT_PLAIN = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
const line = (length: number) =>
  z
    .string()
    .max(length)
    .refine((text) => text.trim() !== '' && !NOT_PLAIN.test(text), 'it is not one line of text');
const nameLine = line(MAX_NAME_LENGTH);
const reasonLine = line(MAX_REASON_LENGTH);

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const answer = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{12}$/),
  code: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/),
  kernel: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.+~_-]{0,63}$/),
  patches: sha256,
  finding: sha256,
  name: nameLine,
  reason: reasonLine,
  date: z.iso.date(),
});
const reviewSchema = z.strictObject({
  schema: z.literal(1),
  answers: z
    .array(answer)
    .max(MAX_ANSWERS)
    .refine((answers) => new Set(answers.map(keyOf)).size === answers.length, 'a finding is answered twice'),
});

/** The file that has the answers for a list of patches of which this is the last. */
export function reviewFileOf(patch: string): string {
  return `${patch}.review.json`;
}

/**
 * Reads a file with answers.
 *
 * @throws UptideError REVIEW_FILE_INVALID
 */
export function parseReview(bytes: Uint8Array, file: string): readonly Answer[] {
  const invalid = (reason: string, cause?: unknown): UptideError =>
    new UptideError('REVIEW_FILE_INVALID', reason, { place: { file }, cause });
  if (bytes.length > MAX_REVIEW_BYTES) throw invalid(`it is larger than ${MAX_REVIEW_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const read = reviewSchema.safeParse(value);
  if (!read.success) throw invalid(z.prettifyError(read.error));
  return read.data.answers;
}

/**
 * The file with an answer added. It takes the place of an earlier answer to the same finding for the same kernel.
 *
 * @throws UptideError REVIEW_FILE_INVALID when there would be too many.
 */
export function printReview(answers: readonly Answer[], added: Answer, file: string): string {
  const kept = answers.filter((one) => keyOf(one) !== keyOf(added));
  if (kept.length >= MAX_ANSWERS) {
    const reason = `it would have more than ${MAX_ANSWERS} answers`;
    throw new UptideError('REVIEW_FILE_INVALID', reason, { place: { file } });
  }
  const sorted = [...kept, added].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const said = sorted.map(({ id, code, kernel, patches, finding, name, reason, date }) => {
    return { id, code, kernel, patches, finding, name, reason, date };
  });
  return `${JSON.stringify({ schema: 1, answers: said }, undefined, 2)}\n`;
}

/** @throws UptideError REVIEW_BAD_WORDS */
export function requireWords(what: 'name' | 'reason', words: string): string {
  const trimmed = words.trim();
  const read = (what === 'name' ? nameLine : reasonLine).safeParse(trimmed);
  if (read.success) return trimmed;
  const length = what === 'name' ? MAX_NAME_LENGTH : MAX_REASON_LENGTH;
  throw new UptideError('REVIEW_BAD_WORDS', `a ${what} is one line of 1 to ${length} characters`);
}

function keyOf({ id, code, kernel }: Pick<Answer, 'id' | 'code' | 'kernel'>): string {
  return `${kernel} ${code} ${id}`;
}
