// SPDX-License-Identifier: GPL-2.0-or-later
import { readNotes, StreamError } from '@uptide/stream';
import { parseDocument } from 'yaml';

/** Twenty thousand notes of some 300 bytes. */
export const MAX_NOTES_BYTES = 8 * 1024 * 1024;

/**
 * Reads the maker's notes on CVEs from YAML, of which JSON is a part. Aliases, tags and several documents are refused.
 *
 * @param file its name, for messages
 * @throws StreamError STREAM_NOTES_INVALID
 */
export function parseNotes(bytes: Uint8Array, file: string): ReturnType<typeof readNotes> {
  const invalid = (reason: string, cause?: unknown): StreamError =>
    new StreamError('STREAM_NOTES_INVALID', reason, { place: { file }, cause });
  if (bytes.length > MAX_NOTES_BYTES) throw invalid(`it is larger than ${MAX_NOTES_BYTES} bytes`);
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const document = parseDocument(text, { prettyErrors: true, stringKeys: true, uniqueKeys: true });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw invalid(problem.message);
    // Notes have no use for aliases, and a few lines of them stand for gigabytes.
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    // Besides its own errors: text that is no UTF-8, an alias, and nesting that exhausts the parser's stack.
    if (error instanceof StreamError) throw error;
    throw invalid(error instanceof Error ? error.message : String(error), error);
  }
  return readNotes(value, file);
}
