// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * On which line of the patched source a finding is.
 *
 * Rules speak of functions, structs, macros and variables by name, as the objects have them; a person looks for them in
 * the text. Where the patch changes the text of such a thing, the line is the first that differs; else it is the line
 * of its name.
 *
 * Limits: what macros make is not found by its name, and of what stands in several branches of `#if` the first counts.
 * Then the finding has no line; its file and symbol are true all the same.
 */
import type { Token } from '../source/tokens.ts';
import { closing, type SourceText, sourceNameOf } from './source.ts';

/** Macros that declare a variable (include/linux/spinlock_types.h, percpu-defs.h, list.h, notifier.h). */
const DECLARING = /^(?:DEFINE_\w+|\w+_HEAD)$/;

/** The tokens of a declaration with their lines, and the line of its name. */
interface Declared {
  readonly tokens: readonly string[];
  readonly lines: readonly number[];
  readonly line: number;
}

/**
 * The line of what a symbol names, counted from 1; undefined where the patched text does not have it.
 *
 * @param symbol a name of the object, `struct NAME`, `union NAME` or `enum NAME`
 */
export function lineOf(symbol: string, pre: SourceText, post: SourceText): number | undefined {
  const made = declared(symbol, post);
  if (made === undefined) return undefined;
  const old = declared(symbol, pre);
  if (old === undefined) return made.line;
  const at = made.tokens.findIndex((token, index) => token !== old.tokens[index]);
  if (at !== -1) return made.lines[at];
  // Nothing differs, or the end is gone.
  return made.tokens.length === old.tokens.length ? made.line : made.lines.at(-1);
}

function declared(symbol: string, text: SourceText): Declared | undefined {
  const type = /^(struct|union|enum) (\w+)$/.exec(symbol);
  if (type !== null) return typeNamed(type[1] ?? '', type[2] ?? '', text.tokens);
  const name = sourceNameOf(symbol);
  const found = text.functions.get(name);
  if (found !== undefined) {
    const line = found.lines[found.tokens.indexOf(name)] ?? found.line;
    return { tokens: found.tokens, lines: found.lines, line };
  }
  return macroNamed(name, text.tokens) ?? variableNamed(name, text.tokens);
}

function typeNamed(kind: string, tag: string, tokens: readonly Token[]): Declared | undefined {
  const at = tokens.findIndex(
    ({ text }, index) => text === kind && tokens[index + 1]?.text === tag && tokens[index + 2]?.text === '{',
  );
  return at === -1 ? undefined : range(tokens.slice(at, closing(tokens, at + 2) + 1), tag);
}

function macroNamed(name: string, tokens: readonly Token[]): Declared | undefined {
  const at = tokens.findIndex(
    ({ text, directive }, index) =>
      text === name &&
      directive !== 0 &&
      tokens[index - 1]?.text === 'define' &&
      tokens[index - 2]?.text === '#',
  );
  const directive = tokens[at]?.directive;
  return directive === undefined
    ? undefined
    : range(
        tokens.filter((token) => token.directive === directive),
        name,
      );
}

/** A variable at file scope, or the first static one of that name in a function. */
function variableNamed(name: string, tokens: readonly Token[]): Declared | undefined {
  const code = tokens.filter(({ directive }) => directive === 0);
  let depth = 0;
  let begin = 0;
  // Behind a parenthesis only macros declare: `DEFINE_SPINLOCK(name)`.
  let parentheses = 0;
  let macro = false;
  let inFunction: number | undefined;
  for (const [at, { text, kind }] of code.entries()) {
    if (text === '{') depth += 1;
    else if (text === '}') depth -= 1;
    else if (text === '(') {
      parentheses += 1;
      macro = DECLARING.test(code[at - 1]?.text ?? '');
    } else if (text === ')') parentheses -= 1;
    if (text === ';' || text === '{' || text === '}') begin = at + 1;
    if (kind !== 'word' || text !== name || !/^[=;,[)]$/.test(code[at + 1]?.text ?? '')) continue;
    if (at === begin || (parentheses > 0 && !macro)) continue;
    if (depth === 0) return range(statement(code, begin), name);
    if (code[begin]?.text === 'static') inFunction ??= begin;
  }
  return inFunction === undefined ? undefined : range(statement(code, inFunction), name);
}

/** The tokens from `begin` to the semicolon that ends the declaration. */
function statement(code: readonly Token[], begin: number): readonly Token[] {
  for (let at = begin; at < code.length; at += 1) {
    if (code[at]?.text === '{') at = closing(code, at);
    if (code[at]?.text === ';') return code.slice(begin, at + 1);
  }
  return code.slice(begin);
}

function range(tokens: readonly Token[], name: string): Declared {
  return {
    tokens: tokens.map(({ text }) => text),
    lines: tokens.map(({ line }) => line),
    line: tokens.find(({ text }) => text === name)?.line ?? 1,
  };
}
