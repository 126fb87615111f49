// SPDX-License-Identifier: GPL-2.0-or-later
import { closingSign, type Words } from './statements.ts';

const WORD = /^[A-Za-z_]/;
const CONSTANT = /^[A-Z][A-Z0-9_]*$/;
const KEYWORD =
  /^(?:if|for|while|do|switch|return|sizeof|typeof|true|false|struct|union|enum|const|unsigned|signed|long|int|char|void|bool|static|volatile)$/;
/** Macros that ask or say something and touch nothing (include/linux/compiler.h, bug.h, printk.h). */
const NO_WORK =
  /^(?:likely|unlikely|IS_ERR(?:_OR_NULL)?|PTR_ERR|PTR_ERR_OR_ZERO|ERR_PTR|ERR_CAST|IS_ENABLED|BUG_ON|BUG|(?:VM_)?(?:WARN|BUG)\w*|printk\w*|trace_\w+|lockdep_\w+|might_sleep\w*|min|max|min_t|max_t|ARRAY_SIZE|container_of)$/;
/** What is said to the log; of the arguments those behind the text count. */
const LOG =
  /^(?:pr|dev|netdev|netif|\w+)_(?:err|warn|warning|info|dbg|debug|notice|alert|crit|emerg)(?:_once|_ratelimited)?$/;
const DECLARES = /^(?:DECLARE|DEFINE|LIST_HEAD|HLIST_HEAD|DECLARE_\w+|DEFINE_\w+|__label__)$/;

/** The variables that a function's text declares, parameters among them. */
export function localNames(head: Words, statements: Iterable<Words>): ReadonlySet<string> {
  const names = new Set(head.filter((word) => WORD.test(word)));
  for (const words of statements) {
    if (!isDeclaration(words)) continue;
    let isValue = false;
    let depth = 0;
    for (const word of words) {
      if (/^[([{]$/.test(word)) depth += 1;
      if (/^[)\]}]$/.test(word)) depth -= 1;
      if (word === '=') isValue = true;
      if (word === ',' && depth === 0) isValue = false;
      if (!isValue && depth === 0 && WORD.test(word)) names.add(word);
    }
  }
  return names;
}

/**
 * Whether a statement may touch what others see too: it calls, follows a pointer, or names what is not its own. What
 * only moves the function's own variables runs the same under any lock.
 */
export function touchesShared(words: Words, locals: ReadonlySet<string>): boolean {
  if (DECLARES.test(words[0] ?? '') || (isDeclaration(words) && !words.includes('='))) return false;
  const text = LOG.test(words[0] ?? '') ? words.findIndex((word) => word.startsWith('"')) : -1;
  return words.some((word, at) => {
    if (at < text) return false;
    const [before, after] = [words[at - 1] ?? '', words[at + 1]];
    if (word === '>' && before === '-') return true;
    if (word === '*') return !isDeclaration(words) && !/^[\w)\]]/.test(before);
    if (!WORD.test(word) || KEYWORD.test(word)) return false;
    if (after === '(') return !NO_WORK.test(word);
    if (before === '.' || before === 'goto' || before === 'struct') return false;
    return !CONSTANT.test(word) && !locals.has(word) && !isDeclaration(words);
  });
}

/** The outermost calls of a statement that do work, each with its arguments. */
export function workCalls(words: Words): Words[] {
  const calls: Words[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (words[at + 1] !== '(' || !WORD.test(word) || KEYWORD.test(word)) continue;
    if (NO_WORK.test(word) || LOG.test(word)) continue;
    const end = closingSign(words, at + 1);
    calls.push(words.slice(at, end + 1));
    at = end;
  }
  return calls;
}

/** Two words, or a word, a star and a word: a type and a name. */
function isDeclaration(words: Words): boolean {
  const first = words[0] ?? '';
  if (!WORD.test(first) || /^(?:return|goto|if|for|while|switch|asm|__asm__)$/.test(first)) return false;
  const second = words[1] ?? '';
  if (WORD.test(second)) return true;
  if (second !== '*') return false;
  return WORD.test(words.find((word, at) => at > 1 && word !== '*') ?? '');
}
