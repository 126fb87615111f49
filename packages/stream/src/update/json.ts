// SPDX-License-Identifier: GPL-2.0-or-later
import { StreamError } from '../error.ts';
import { MAX_JSON_DEPTH } from './bounds.ts';

/**
 * Prints a value so that equal values have equal bytes: keys in the order of their code units (`schema`
 * before all others, for people), two blanks of indentation, a line feed at the end.
 */
export function printJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(sorted(value), undefined, 2)}\n`);
}

/** As `printJson` without blanks and line feeds: for files of which many hosts fetch many. */
export function printCompactJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(sorted(value)));
}

/**
 * Reads JSON that a stranger wrote, in the form of `printJson` alone: of a key that stands there twice, or a
 * number with many digits, two readers may make two things.
 *
 * @throws StreamError UPDATE_BAD_DESCRIPTION when it is not UTF-8, not JSON, nested too deep or in another form.
 */
export function parseJson(bytes: Uint8Array, file: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw new StreamError('UPDATE_BAD_DESCRIPTION', 'this is not JSON', { place: { file }, cause: error });
  }
  // Level by level, without recursion: the text chooses the depth.
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_JSON_DEPTH) {
      throw new StreamError('UPDATE_BAD_DESCRIPTION', `nested deeper than ${MAX_JSON_DEPTH}`, {
        place: { file },
      });
    }
    level = level.flatMap((node) => (typeof node === 'object' && node !== null ? Object.values(node) : []));
  }
  if (Buffer.compare(printJson(value), bytes) !== 0) {
    throw new StreamError('UPDATE_BAD_DESCRIPTION', 'this is not in the one form that an update has', {
      place: { file },
    });
  }
  return value;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  // A null prototype, so that a key `__proto__` is a key like any other.
  const result: Record<string, unknown> = Object.create(null);
  for (const [key, child] of entries) result[key] = sorted(child);
  return result;
}

function rank(key: string): number {
  return key === 'schema' ? 0 : 1;
}
