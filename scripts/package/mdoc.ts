// SPDX-License-Identifier: GPL-2.0-or-later

/** Text for mdoc(7): what it would read as markup is escaped, and no line begins as a request does. */
export function mdoc(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll(/^([.'])/gm, '\\&$1');
}

/** Prose for mdoc(7), which wants each sentence to begin a line. */
export function prose(text: string): string {
  return mdoc(text.replaceAll('\n', ' ').replaceAll(/(?<=[.?!]) +/g, '\n'));
}
