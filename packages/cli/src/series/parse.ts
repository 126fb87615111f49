// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Series } from './model.ts';

/** A series of a thousand fixes takes half of this. */
export const MAX_SERIES_BYTES = 1024 * 1024;
/** An update has 4,096 files; a kernel release with this many live fixes has long been followed by another. */
export const MAX_ENTRIES = 1000;
/** More than any fix was backported in. */
const MAX_PATCHES = 100;
/** A name in an archive has 100 bytes, of which the update needs some. */
const MAX_NAME = 80;

const text = z.string().min(1).max(4096);
const patchPath = z
  .string()
  .max(1024)
  .regex(/^[A-Za-z0-9._+-]+(?:\/[A-Za-z0-9._+-]+)*$/, 'a patch is a path below the folder of the series')
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), 'a path without . and ..')
  .refine((path) => path.length - path.lastIndexOf('/') <= MAX_NAME, 'the name of the file is too long');

const entrySchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'an id is made of a-z, 0-9, dot, dash and underscore'),
  title: text,
  cves: z
    .array(z.string().regex(/^CVE-\d{4}-\d{4,19}$/, 'a CVE has the form CVE-2024-26886'))
    .max(MAX_PATCHES)
    .refine((cves) => new Set(cves).size === cves.length, 'a CVE is there twice')
    .default([]),
  advisory: text.optional(),
  severity: z.enum(['low', 'medium', 'high', 'critical']).optional(),
  date: z.iso.date('a date has the form 2024-02-29').optional(),
  patches: z.array(patchPath).min(1).max(MAX_PATCHES),
  probe: patchPath.optional(),
  undoes: z.array(z.string()).min(1).max(MAX_ENTRIES).optional(),
});

const seriesSchema = z.strictObject({
  schema: z.literal(1),
  kernel: z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.+~_-]{0,63}$/, 'a kernel release as uname -r prints it'),
  entries: z.array(entrySchema).min(1).max(MAX_ENTRIES),
});

/**
 * Reads a series.yaml. Unknown keys, aliases, tags and several documents are refused.
 *
 * @param file its name, for messages
 * @throws UptideError SERIES_INVALID with the line
 */
export function parseSeries(bytes: Uint8Array, file: string): Series {
  if (bytes.length > MAX_SERIES_BYTES) throw invalid(`it is larger than ${MAX_SERIES_BYTES} bytes`, { file });
  const lines = new LineCounter();
  const { value, document } = readYaml(bytes, file, lines);
  const read = seriesSchema.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const path = issue?.path.map((key) => (typeof key === 'number' ? key : String(key))) ?? [];
    const where = path.join('.');
    const reason = `${where === '' ? '' : `${where}: `}${issue === undefined ? 'it has another form' : wordsOf(issue)}`;
    throw invalid(reason, { file, ...lineOf(document, path, lines) });
  }
  const { kernel, entries } = read.data;
  refuseTwice(
    'id',
    entries.map(({ id }) => id),
    file,
  );
  refuseTwice(
    'patch',
    entries.flatMap(({ patches }) => patches),
    file,
  );
  refuseTwice(
    'undoing of',
    entries.flatMap(({ undoes = [] }) => undoes),
    file,
  );
  for (const [index, { id, undoes = [] }] of entries.entries()) {
    const earlier = new Set(entries.slice(0, index).map((entry) => entry.id));
    const stray = undoes.find((undone) => !earlier.has(undone));
    if (stray !== undefined) throw invalid(`${id} undoes ${stray}, which is no entry before it`, { file });
  }
  return { kernel, entries };
}

function wordsOf({ code, message }: z.core.$ZodIssue): string {
  return code === 'invalid_type' && message.endsWith('received undefined') ? 'it is missing' : message;
}

function readYaml(
  bytes: Uint8Array,
  file: string,
  lineCounter: LineCounter,
): { readonly value: unknown; readonly document: Document } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const options = { lineCounter, prettyErrors: false, stringKeys: true, uniqueKeys: true } as const;
    const document = parseDocument(text, options);
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) {
      throw invalid(problem.message, { file, line: lineCounter.linePos(problem.pos[0]).line });
    }
    // No alias at all: a series has no use for them, and a few lines of them stand for gigabytes.
    return { value: document.toJS({ maxAliasCount: 0 }), document };
  } catch (cause) {
    // Besides its own errors: text that is no UTF-8, an alias, and nesting that exhausts the parser's stack.
    if (cause instanceof UptideError) throw cause;
    throw invalid(cause instanceof Error ? cause.message : String(cause), { file }, cause);
  }
}

/** The line of a value, or of the nearest one around it. */
function lineOf(
  document: Document,
  path: readonly (string | number)[],
  lines: LineCounter,
): { line?: number } {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range))
      continue;
    const [start] = node.range;
    if (typeof start === 'number') return { line: lines.linePos(start).line };
  }
  return {};
}

function refuseTwice(what: string, names: readonly string[], file: string): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`the ${what} ${twice} is there twice`, { file });
}

function invalid(reason: string, place: { file: string; line?: number }, cause?: unknown): UptideError {
  return new UptideError('SERIES_INVALID', reason, { place, cause });
}
