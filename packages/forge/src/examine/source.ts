// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the C text of a changed file tells the rules: its functions, its initialised structs, its macros.
 *
 * The compiler's objects tell what changed; the text tells what it is called. It is read without a grammar, as words
 * and braces: outside of all braces, a name before parentheses before a brace begins a function; `= {` after a
 * declaration begins an initialiser. Lines of the preprocessor are passed over, so of `#if` both branches count.
 *
 * Limits: what macros make is seen as the macro is written. A file whose braces do not match between the branches of
 * an `#if` is read as far as it goes. A reader asks for names, so that what is misread is not found.
 */
import { type Token, tokenize } from '../source/tokens.ts';

/** A file that the patch changes, as it is and as it is patched; bytes as Latin-1. */
export interface ChangedSource {
  readonly path: string;
  readonly pre: string;
  readonly post: string;
}

/** A function as it is written. */
export interface SourceFunction {
  /** Its words and signs, without comments and spaces, from the name to the brace that closes it. */
  readonly tokens: readonly string[];
  /** The line of each of them. */
  readonly lines: readonly number[];
  readonly line: number;
}

/** Where a function stands in an initialiser: `.probe = name` in `struct usb_driver driver`. */
export interface Slot {
  readonly field: string;
  /** The name of the struct; empty where the declaration names none. */
  readonly struct: string;
  readonly variable: string;
}

/** What a file consists of. */
export interface SourceText {
  /** By name; where a name stands twice (in branches of `#if`), both bodies one after the other. */
  readonly functions: ReadonlyMap<string, SourceFunction>;
  /** By the name that stands in the slot. */
  readonly slots: ReadonlyMap<string, readonly Slot[]>;
  /** What macros without parameters stand for, by name; a name that is defined twice is left out. */
  readonly macros: ReadonlyMap<string, string>;
  readonly text: string;
  /** The tokens, without comments. */
  readonly tokens: readonly Token[];
}

const CONTROL = new Set(['if', 'for', 'while', 'switch', 'return', 'sizeof', 'do', 'else']);
/** What stands with parentheses in the head of a function and is not its name (include/linux/compiler_types.h). */
const ATTRIBUTE =
  /^__(?:acquires|releases|must_hold|cond_acquires|attribute__|printf|scanf|section|aligned|alloc_size|malloc|assume_aligned|no_sanitize\w*)$/;
/** Macros that define a function of the name which is their first argument (include/linux/syscalls.h). */
const SYSCALL = /^(?:COMPAT_)?SYSCALL_DEFINE\d$/;

/** Reads a text of C. Any text is read. */
export function readSource(text: string): SourceText {
  const tokens = tokenize(text).filter(({ kind }) => kind !== 'comment');
  const code = tokens.filter(({ directive }) => directive === 0);
  const functions = new Map<string, SourceFunction>();
  const slots = new Map<string, Slot[]>();
  // Where the declaration began that may lead to a brace.
  let begin = 0;
  for (let at = 0; at < code.length; at += 1) {
    const sign = code[at]?.text;
    if (sign === ';') begin = at + 1;
    if (sign !== '{') continue;
    const end = closing(code, at);
    const head = code.slice(begin, at);
    const function_ = functionName(head);
    if (head.at(-1)?.text === '=') readSlots(head, code.slice(at, end), slots);
    else if (function_ !== undefined) {
      const body = code.slice(begin, end + 1);
      const earlier = functions.get(function_);
      functions.set(function_, {
        tokens: [...(earlier?.tokens ?? []), ...body.map(({ text: word }) => word)],
        lines: [...(earlier?.lines ?? []), ...body.map(({ line }) => line)],
        line: earlier?.line ?? head[0]?.line ?? 1,
      });
    }
    at = end;
    // After an initialiser or a struct comes a semicolon; after a function the next declaration.
    begin = end + 1;
  }
  return { functions, slots, macros: readMacros(tokens), text, tokens };
}

/** Names of functions whose text is not the same in both, or that only one has. */
export function touchedFunctions(pre: SourceText, post: SourceText): ReadonlySet<string> {
  const names = new Set([...pre.functions.keys(), ...post.functions.keys()]);
  const words = (text: SourceText, name: string): string => text.functions.get(name)?.tokens.join(' ') ?? '';
  return new Set([...names].filter((name) => words(pre, name) !== words(post, name)));
}

/** The function's name in the source: without GCC's endings, and of a system call the name in its definition. */
export function sourceNameOf(symbol: string): string {
  const dot = symbol.indexOf('.');
  const name = dot > 0 ? symbol.slice(0, dot) : symbol;
  return name.replace(/^__(?:do|se|x64|ia32)_(?=(?:compat_)?sys_)/, '');
}

/** The index of the sign that closes the one at `at`; the end of the text where none does. */
export function closing(tokens: readonly { readonly text: string }[], at: number): number {
  const open = tokens[at]?.text;
  const close = open === '{' ? '}' : ')';
  let depth = 0;
  for (let index = at; index < tokens.length; index += 1) {
    const sign = tokens[index]?.text;
    if (sign === open) depth += 1;
    else if (sign === close) depth -= 1;
    if (depth === 0) return index;
  }
  return tokens.length;
}

/** The name of the function whose head ends before a brace; undefined when it is something else. */
function functionName(head: readonly Token[]): string | undefined {
  if (head.some(({ text }) => text === '=')) return undefined;
  let name: string | undefined;
  for (let at = 0; at < head.length; at += 1) {
    if (head[at]?.text !== '(') continue;
    const before = head[at - 1];
    // A macro without a semicolon may stand before the function, attributes stand behind it.
    if (before?.kind === 'word' && !CONTROL.has(before.text) && !ATTRIBUTE.test(before.text)) {
      const argument = head[at + 1]?.text ?? '';
      name = SYSCALL.test(before.text)
        ? `${before.text.startsWith('COMPAT_') ? 'compat_' : ''}sys_${argument}`
        : before.text;
    }
    at = closing(head, at);
  }
  return name;
}

function readSlots(head: readonly Token[], body: readonly Token[], slots: Map<string, Slot[]>): void {
  const bracket = head.findIndex(({ text }) => text === '[');
  const name = head[(bracket === -1 ? head.length - 1 : bracket) - 1];
  const tag = head.findIndex(({ text }) => text === 'struct');
  const struct = tag === -1 ? '' : (head[tag + 1]?.text ?? '');
  for (const [at, { text }] of body.entries()) {
    if (text !== '.' || body[at + 2]?.text !== '=') continue;
    const value = body[at + 3]?.text === '&' ? at + 4 : at + 3;
    const [word, after] = [body[value], body[value + 1]?.text];
    if (word?.kind !== 'word' || (after !== ',' && after !== '}' && after !== undefined)) continue;
    const slot = { field: body[at + 1]?.text ?? '', struct, variable: name?.text ?? '' };
    slots.set(word.text, [...(slots.get(word.text) ?? []), slot]);
  }
}

function readMacros(tokens: readonly Token[]): Map<string, string> {
  const macros = new Map<string, string>();
  const twice = new Set<string>();
  for (const line of Map.groupBy(tokens, ({ directive }) => directive).values()) {
    const [sharp, define, name, next] = line;
    if (sharp?.directive === 0 || define?.text !== 'define' || name === undefined) continue;
    // A parenthesis right behind the name begins parameters (C11 6.10.3).
    if (next?.text === '(' && next.start === name.start + name.text.length) continue;
    if (macros.has(name.text)) twice.add(name.text);
    macros.set(
      name.text,
      line
        .slice(3)
        .map(({ text }) => text)
        .join(' '),
    );
  }
  for (const name of twice) macros.delete(name);
  return macros;
}
