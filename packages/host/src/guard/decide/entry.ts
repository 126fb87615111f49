// SPDX-License-Identifier: GPL-2.0-or-later

// The bytes of the journal.
//
// One file a record, `00000042.json`: a line of JSON, and a line with its digest. The JSON has the number and the
// digest of the record before, so that a record cannot be changed, left out or put elsewhere without it being seen.
// When there are many, one file `00000128.base.json` holds what the records up to that number come to, and they go.
//
// A file gets its name when its bytes are on the disk (`writeFileAtomically`), so a write that did not end leaves a
// file with a name that is none of these, which is passed over. Whatever else is not in order (a digest that is
// wrong, a number that is missing, a form that is not known) is damage, and damage means that nothing is known.

import { fileDigest } from '@uptide/base';
import { z } from 'zod';
import { HostError } from '../../error.ts';
import { type GuardState, type JournalRecord, recordSchema, stateSchema } from './record.ts';
import { NOTHING, reduce } from './reduce.ts';

/** A record has some hundred bytes, with twenty lines of a log some thousand. */
export const MAX_RECORD_BYTES = 256 * 1024;
/** 4,096 known updates and 33 boots of 200 actions, of half a kilobyte each. */
export const MAX_BASE_BYTES = 16 * 1024 * 1024;
/** Records after which they are folded into a base. */
export const RECORDS_PER_BASE = 128;
/** More records than are ever there, also when folding failed for long because the disk was full. */
export const MAX_RECORDS = 10_000;

/** What comes before the first record. */
const BEGINNING = '0'.repeat(64);
const NAME = /^(\d{8})(\.base)?\.json$/;
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const envelope = { schema: z.literal(1), number: z.int().positive() };
const recordFile = z.looseObject({ ...envelope, after: digest, record: recordSchema });
const baseFile = z.looseObject({ ...envelope, last: digest, state: stateSchema });

/** A file of the journal. */
export interface JournalFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** How far a journal goes. */
export interface Reading {
  readonly state: GuardState;
  /** The number of the last record, 0 when there is none, and its digest. */
  readonly number: number;
  readonly digest: string;
  /** The number up to which records are folded. */
  readonly base: number;
}

/** The names of the journal's files, which are needed to read it, in order: a base if there is one, then records. */
export function relevant(names: readonly string[]): readonly string[] {
  const files = names.flatMap((name) => {
    const [, number, base] = NAME.exec(name) ?? [];
    return number === undefined ? [] : [{ name, number: Number(number), isBase: base !== undefined }];
  });
  const base = Math.max(0, ...files.filter(({ isBase }) => isBase).map(({ number }) => number));
  return files
    .filter(({ number, isBase }) => (isBase ? number === base : number > base))
    .sort((a, b) => a.number - b.number)
    .map(({ name }) => name);
}

/** The names of files of the journal that are folded into a base. */
export function outdated(names: readonly string[]): readonly string[] {
  const needed = new Set(relevant(names));
  return names.filter((name) => NAME.test(name) && !needed.has(name));
}

/**
 * Reads a journal.
 *
 * @param files those that `relevant` names, in that order.
 * @throws HostError HOST_JOURNAL_DAMAGED.
 */
export function readJournal(files: readonly JournalFile[]): Reading {
  if (files.length > MAX_RECORDS) throw damaged('', `it has more than ${MAX_RECORDS} records`);
  let reading: Reading = { state: NOTHING, number: 0, digest: BEGINNING, base: 0 };
  for (const { name, bytes } of files) {
    const { value, digest } = openFile(name, bytes);
    reading = NAME.exec(name)?.[2] === undefined ? follow(reading, name, value, digest) : begin(name, value);
  }
  return reading;
}

function begin(name: string, value: unknown): Reading {
  const parsed = baseFile.safeParse(value);
  if (!parsed.success) throw damaged(name, 'it does not have the known form');
  const { number, last, state } = parsed.data;
  if (name !== baseName(number)) throw damaged(name, `it says that it is number ${number}`);
  return { state, number, digest: last, base: number };
}

function follow(before: Reading, name: string, value: unknown, digest: string): Reading {
  const parsed = recordFile.safeParse(value);
  if (!parsed.success) throw damaged(name, 'it does not have the known form');
  const { number, after, record } = parsed.data;
  if (name !== recordName(number)) throw damaged(name, `it says that it is number ${number}`);
  if (number !== before.number + 1) throw damaged(name, `number ${before.number + 1} is missing`);
  if (after !== before.digest) throw damaged(name, 'it does not follow the record before it');
  return { state: reduce(before.state, record), number, digest, base: before.base };
}

/**
 * Adds a record: the file to write, and the journal when it is there.
 *
 * @throws HostError HOST_JOURNAL_DAMAGED for a record that cannot follow: it would make the journal unreadable.
 */
export function addRecord(before: Reading, record: JournalRecord): { file: JournalFile; after: Reading } {
  const number = before.number + 1;
  const state = reduce(before.state, recordSchema.parse(record));
  const { bytes, digest } = seal({ schema: 1, number, after: before.digest, record });
  if (bytes.length > MAX_RECORD_BYTES) {
    throw new HostError('HOST_JOURNAL_UNWRITABLE', `a record of ${bytes.length} bytes is too large`);
  }
  return { file: { name: recordName(number), bytes }, after: { ...before, state, number, digest } };
}

/** The file that takes the place of all records so far. */
export function encodeBase({ state, number, digest }: Reading): JournalFile {
  return { name: baseName(number), bytes: seal({ schema: 1, number, last: digest, state }).bytes };
}

function seal(value: object): { bytes: Buffer; digest: string } {
  const text = JSON.stringify(value);
  const digest = fileDigest(Buffer.from(text));
  return { bytes: Buffer.from(`${text}\nsha256:${digest}\n`), digest };
}

function openFile(name: string, bytes: Uint8Array): { value: unknown; digest: string } {
  const limit = NAME.exec(name)?.[2] === undefined ? MAX_RECORD_BYTES : MAX_BASE_BYTES;
  if (bytes.length > limit) throw damaged(name, `it has more than ${limit} bytes`);
  const content = Buffer.from(bytes);
  const end = content.indexOf('\n');
  const digest = /^sha256:([0-9a-f]{64})\n$/.exec(content.toString('latin1', end + 1))?.[1];
  const line = content.subarray(0, Math.max(end, 0));
  if (digest === undefined || digest !== fileDigest(line))
    throw damaged(name, 'its digest is not that of its content');
  try {
    return { value: JSON.parse(line.toString()), digest };
  } catch {
    throw damaged(name, 'it is not JSON');
  }
}

function recordName(number: number): string {
  return `${String(number).padStart(8, '0')}.json`;
}

function baseName(number: number): string {
  return `${String(number).padStart(8, '0')}.base.json`;
}

function damaged(name: string, why: string): HostError {
  const place = { file: `/var/lib/uptide/journal/${name}` };
  return new HostError('HOST_JOURNAL_DAMAGED', why, { place });
}
