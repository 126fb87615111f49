// SPDX-License-Identifier: GPL-2.0-or-later

/** What a text says, as far as one quick look tells. */
export interface Scanned {
  /** Hashes of the words outside comments, sorted, each once. */
  readonly words: Uint32Array;
  /** Paths of `#include` lines, and of macros that are a path, since `#include MACRO` may name them. */
  readonly includes: readonly { readonly quoted: boolean; readonly path: string }[];
  /** Does a macro paste words together? */
  readonly pastes: boolean;
}

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;
const INCLUDE =
  /^[ \t]*#[ \t]*(?:include(?:_next)?|define[ \t]+\w+)[ \t]*(?:"([^"\s]+\.[a-z]+)"|<([^>\s]+\.[a-z]+)>)/gm;

/** FNV-1a of a word, bytes as Latin-1. */
export function wordHash(word: string): number {
  let hash = OFFSET;
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), PRIME);
  return hash >>> 0;
}

/** Character classes: 1 begins a word, 2 goes on with one. */
const CLASS = new Uint8Array(256);
for (let code = 0; code < 256; code += 1) {
  const character = String.fromCharCode(code);
  CLASS[code] = /[A-Za-z_$]/.test(character) ? 1 : /\d/.test(character) ? 2 : 0;
}
const [NEWLINE, STAR, SLASH, QUOTE, APOSTROPHE, BACKSLASH, SHARP] = [10, 42, 47, 34, 39, 92, 35];

/**
 * Looks through a text of C or assembly. Comments of C are passed over; words in strings count, as inline assembly
 * names what it calls. In assembly an apostrophe may stand alone: there, comments count too.
 */
export function scanWords(bytes: Uint8Array, language: 'c' | 'assembly'): Scanned {
  const found = new Set<number>();
  let pastes = false;
  const length = bytes.length;
  for (let at = 0; at < length; ) {
    const code = bytes[at] ?? 0;
    const kind = CLASS[code];
    if (kind === 1) {
      let hash = OFFSET;
      for (let next = code; at < length && (CLASS[next] ?? 0) !== 0; next = bytes[at] ?? 0) {
        hash = Math.imul(hash ^ next, PRIME);
        at += 1;
      }
      found.add(hash >>> 0);
    } else if (kind === 2) {
      while (at < length && (CLASS[bytes[at] ?? 0] ?? 0) !== 0) at += 1;
    } else if (code === SLASH && bytes[at + 1] === STAR && language === 'c') at = endOfComment(bytes, at + 2);
    else if (code === SLASH && bytes[at + 1] === SLASH && language === 'c') {
      while (at < length && bytes[at] !== NEWLINE) at += 1;
    } else if ((code === QUOTE || code === APOSTROPHE) && language === 'c') {
      at = scanString(bytes, at, found);
    } else {
      if (code === SHARP && bytes[at + 1] === SHARP) pastes = true;
      at += 1;
    }
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1');
  const includes = [...text.matchAll(INCLUDE)].map(([, quoted, angled]) => ({
    quoted: quoted !== undefined,
    path: quoted ?? angled ?? '',
  }));
  return { words: Uint32Array.from(found).sort(), includes, pastes };
}

function endOfComment(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes[at] === STAR && bytes[at + 1] === SLASH) return at + 2;
  }
  return bytes.length;
}

/** Adds the words of a string or character, and returns where it ends: at its quote or with its line. */
function scanString(bytes: Uint8Array, start: number, found: Set<number>): number {
  const quote = bytes[start];
  let end = start + 1;
  while (end < bytes.length && bytes[end] !== quote && bytes[end] !== NEWLINE)
    end += bytes[end] === BACKSLASH ? 2 : 1;
  if (quote === QUOTE) {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
    for (const [word] of content.matchAll(/[A-Za-z_$][\w$]*/g)) found.add(wordHash(word));
  }
  return end + 1;
}
