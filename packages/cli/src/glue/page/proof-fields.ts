// SPDX-License-Identifier: GPL-2.0-or-later

// Fields of a proof that a stranger may have written.

/** The objects of a list; of anything else there are none. */
export function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** The fields of an object; of anything else there are none. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** A text or a number; anything else is said to be none. */
export function word(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : 'not said';
}
