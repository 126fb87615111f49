// SPDX-License-Identifier: GPL-2.0-or-later
import type { Place } from '@uptide/base';
import { ForgeError } from '../error.ts';
import { MAX_PATCHES } from './bounds.ts';

/** A piece of a patch file: one mail of an mbox, or the whole of a plain patch. Bytes as Latin-1. */
export interface Piece {
  readonly text: string;
  /** Line of the patch file on which the piece begins, counted from 1. */
  readonly line: number;
  readonly subject: string | undefined;
}

/**
 * The line that begins a mail in an mbox: `From `, an address or commit id, and a date as asctime(3) gives it.
 * No line of a hunk can look like it, since those begin with a space, `+`, `-` or `\`.
 */
const FROM_LINE =
  /^From \S+ +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2} \d{1,2}:\d{2}:\d{2} .*\d{4}/;
const HEADER_FIELD = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)$/;

/**
 * Cuts a patch file into its mails and undoes their transfer encoding. A file without a mail's head is one
 * piece as it stands.
 *
 * @param text bytes as Latin-1
 * @throws ForgeError PATCH_TOO_LARGE, PATCH_MAIL_ENCODING
 */
export function splitMails(text: string, source: string): Piece[] {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, index) => (FROM_LINE.test(line) ? [index] : []));
  if (starts.length > MAX_PATCHES) {
    throw new ForgeError('PATCH_TOO_LARGE', `${starts.length} mails, and at most ${MAX_PATCHES} are read`, {
      place: { file: source },
    });
  }
  const [first] = starts;
  // What stands before the first mail is kept as a piece: a diff hidden there must not go unseen.
  const cuts =
    first === undefined || lines.slice(0, first).every((line) => line.trim() === '')
      ? starts
      : [0, ...starts];
  if (cuts.length === 0) return [readMail(lines, 1, source)];
  return cuts.map((start, index) => readMail(lines.slice(start, cuts[index + 1]), start + 1, source));
}

function readMail(lines: readonly string[], line: number, source: string): Piece {
  const { fields, end } = readHead(lines);
  const subject = fields.get('subject');
  const whole = {
    line,
    subject: subject === undefined ? undefined : cleanSubject(decodeWords(subject)),
  };
  const place = { file: source, line };
  const type = (fields.get('content-type') ?? 'text/plain').toLowerCase();
  if (!/^text\/(?:plain|x-patch|x-diff)\b/.test(type)) {
    throw new ForgeError('PATCH_MAIL_ENCODING', `a mail of type ${JSON.stringify(type.slice(0, 100))}`, {
      place,
    });
  }
  const encoding = (fields.get('content-transfer-encoding') ?? '8bit').trim().toLowerCase();
  if (encoding === '7bit' || encoding === '8bit' || encoding === 'binary') {
    return { ...whole, text: lines.join('\n') };
  }
  const head = `${lines.slice(0, end).join('\n')}\n`;
  const body = lines.slice(end).join('\n');
  return { ...whole, text: head + decodeBody(body, encoding, place) };
}

/** The fields of a mail's head by lower-case name, folded lines joined; `end` is the index after the head. */
function readHead(lines: readonly string[]): { fields: Map<string, string>; end: number } {
  const fields = new Map<string, string>();
  let at = lines[0] !== undefined && FROM_LINE.test(lines[0]) ? 1 : 0;
  let last: string | undefined;
  for (; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').replace(/\r$/, '');
    const field = HEADER_FIELD.exec(line);
    if (field !== null) {
      last = (field[1] ?? '').toLowerCase();
      if (!fields.has(last)) fields.set(last, field[2] ?? '');
      else last = `${last} again`;
    } else if (last !== undefined && /^[ \t]/.test(line)) {
      fields.set(last, `${fields.get(last) ?? ''} ${line.trim()}`);
    } else break;
  }
  return { fields, end: at };
}

/** Undoes quoted-printable and base64 (RFC 2045, 6.7 and 6.8), strictly: a damaged patch is no patch. */
function decodeBody(body: string, encoding: string, place: Place): string {
  if (encoding === 'quoted-printable') {
    const joined = body.replace(/=\r?\n/g, '');
    if (/=(?![0-9A-Fa-f]{2})/.test(joined)) {
      throw new ForgeError('PATCH_MAIL_ENCODING', 'the quoted-printable text has a broken escape', { place });
    }
    return joined.replace(/=([0-9A-Fa-f]{2})/g, (_all, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
  }
  if (encoding === 'base64') {
    const digits = body.replace(/\s/g, '');
    if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) {
      throw new ForgeError('PATCH_MAIL_ENCODING', 'the base64 text is damaged', { place });
    }
    return Buffer.from(digits, 'base64').toString('latin1');
  }
  throw new ForgeError(
    'PATCH_MAIL_ENCODING',
    `the transfer encoding ${JSON.stringify(encoding.slice(0, 40))}`,
    {
      place,
    },
  );
}

/** Encoded words of a subject (RFC 2047) in UTF-8; words in other character sets stay as they are. */
function decodeWords(text: string): string {
  return text
    .replace(/(\?=)\s+(=\?)/g, '$1$2')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_all, kind: string, word: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('latin1')
        : word
            .replaceAll('_', ' ')
            .replace(/=([0-9A-Fa-f]{2})/g, (_escape, digits: string) =>
              String.fromCharCode(Number.parseInt(digits, 16)),
            ),
    );
}

/** Bytes of a subject that are looked at: RFC 5322 allows lines of 998. */
const MAX_SUBJECT = 998;

/** A subject without `Re:` and tags such as `[PATCH v2 1/3]`, as UTF-8. */
function cleanSubject(subject: string): string | undefined {
  const text = Buffer.from(subject.slice(0, MAX_SUBJECT), 'latin1').toString('utf8');
  const clean = text.replace(/^(?:\s|re:|\[(?:[^\]]*\b)?(?:PATCH|RFC)\b[^\]]*\])+/i, '').trim();
  return clean === '' ? undefined : clean;
}
