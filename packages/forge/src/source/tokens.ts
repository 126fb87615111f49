// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A reader of C text that knows words, literals, comments and preprocessor lines, and no grammar. Text is bytes
 * as Latin-1. It takes any input: an unended comment or string ends with the text or with the line.
 */

/** `word`: identifier or keyword. `literal`: number, string or character. */
export type TokenKind = 'word' | 'literal' | 'punctuator' | 'comment';

/** A piece of the text. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins in the whole text. */
  readonly start: number;
  /** Lines on which it begins and ends, counted from 1. */
  readonly line: number;
  readonly endLine: number;
  /** Number of the preprocessor line that it belongs to, counted from 1; 0 outside of them. */
  readonly directive: number;
}

/** Comment, string, character, word, number, `##` or any other character, from where the last one ended. */
const TOKEN =
  /\/\/(?:\\\r?\n|[^\n])*|\/\*[\s\S]*?(?:\*\/|$)|"(?:\\\r?\n|\\.|[^"\\\n])*"?|'(?:\\\r?\n|\\.|[^'\\\n])*'?|[A-Za-z_$][\w$]*|\.?\d(?:[eEpP][+-]|[\w.])*|##|\\\r?\n|\n|[^\S\n]+|[\s\S]/gy;

/** The tokens of a text; comments are among them. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let directive = 0;
  let directives = 0;
  let lineIsBlank = true;
  for (const match of text.matchAll(TOKEN)) {
    const [found] = match;
    const first = line;
    if (found === '\n') {
      line += 1;
      directive = 0;
      lineIsBlank = true;
      continue;
    }
    if (found.length > 1)
      for (let at = found.indexOf('\n'); at !== -1; at = found.indexOf('\n', at + 1)) line += 1;
    const kind = kindOf(found);
    if (kind === undefined) continue;
    if (kind !== 'comment') {
      if (lineIsBlank && found === '#') {
        directives += 1;
        directive = directives;
      }
      lineIsBlank = false;
    }
    tokens.push({ kind, text: found, start: match.index, line: first, endLine: line, directive });
  }
  return tokens;
}

function kindOf(text: string): TokenKind | undefined {
  if (/^[A-Za-z_$]/.test(text)) return 'word';
  if (/^(?:["']|\.?\d)/.test(text)) return 'literal';
  if (text.startsWith('//') || text.startsWith('/*')) return 'comment';
  return /^(?:\s|\\\r?\n)/.test(text) ? undefined : 'punctuator';
}
