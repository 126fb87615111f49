// SPDX-License-Identifier: GPL-2.0-or-later
import type { Words } from './statements.ts';

/** Signs that stand together in C; the longest first. */
const JOINED = [
  '<<=',
  '>>=',
  '...',
  '->',
  '++',
  '--',
  '<<',
  '>>',
  '<=',
  '>=',
  '==',
  '!=',
  '&&',
  '||',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
];
const TIGHT = new Set(['->', '.', '++', '--']);
const SPACED = /^(?:[-+*/%&|^<>=!]=|<<=|>>=|&&|\|\||<<|>>|[-+*/%&|^<>=?:])$/;
/** Behind these a value ends, so that the next sign has two sides. */
const VALUE = /^[\w$"')\]]/;
const KEYWORD = /^(?:if|for|while|switch|return|do|else|case)$/;
/** More of a statement is not shown; who needs it reads the patch. */
const MAX_SHOWN = 60;

/** Words as a person writes them: `a->b = f(&c, -1)`. */
export function spell(words: Words): string {
  const parts: string[] = [];
  let [last, before] = ['', ''];
  let isBinary = false;
  let isUnary = false;
  // Words and stars at the beginning are a type and a name.
  let isType = true;
  for (const word of joined(words)) {
    isType &&= word === '*' || (/^\w/.test(word) && !KEYWORD.test(word));
    const isSpaced = SPACED.test(word) && VALUE.test(last) && !KEYWORD.test(last);
    const isCast = last === ')' && before === '*';
    const isApart =
      isSpaced ||
      isBinary ||
      last === ',' ||
      last === ';' ||
      KEYWORD.test(last) ||
      (VALUE.test(last) && !isCast && /^[\w$"'{]/.test(word));
    const isTight = word === '.' ? last !== ',' : TIGHT.has(word) || /^[,;)]$/.test(word);
    if (parts.length > 0 && isApart && !isTight && !isUnary && !TIGHT.has(last)) parts.push(' ');
    parts.push(word);
    isUnary = SPACED.test(word) && (!isSpaced || isType);
    isBinary = isSpaced && !isUnary;
    [last, before] = [word, last];
  }
  return parts.join('');
}

/** The same, cut where it is long. */
export function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN).trimEnd()}...` : text;
}

function joined(words: Words): string[] {
  const result: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const three = words.slice(at, at + 3).join('');
    const sign = JOINED.find((each) => three.startsWith(each) && (words[at]?.length ?? 0) === 1);
    result.push(sign ?? words[at] ?? '');
    if (sign !== undefined) at += sign.length - 1;
  }
  return result;
}
