// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What functions do as they are written: their calls with arguments, in order.
 *
 * An object says that a function calls `kmalloc_trace`; the text says of how many bytes, for what, and in which
 * function, though the compiler inlined that one somewhere else. The rules that ask such things read here. Only
 * functions whose text the patch changes are handed out, so that each question is asked of what the patch does.
 *
 * Limits: a macro is a call by its name. What stands in a header is read where the patch changes the header.
 */
import type { ExamineContext } from './model.ts';
import { closing, sourceNameOf, touchedFunctions } from './source.ts';

/** A function whose text the patch changes, adds or removes. */
export interface WrittenChange {
  readonly path: string;
  readonly name: string;
  /** Words and signs before the patch, from the name to the last brace; none where the function is new. */
  readonly pre: readonly string[];
  /** The same after it; none where the function is gone. */
  readonly post: readonly string[];
}

/** A call as it is written. */
export interface WrittenCall {
  readonly name: string;
  /** The arguments, each as its words and signs with spaces between them. */
  readonly arguments: readonly string[];
  /** Where its name stands in the words of the function. */
  readonly at: number;
}

/** The functions whose text differs and that are live, by the order of the files and by name. */
export function writtenChanges(context: ExamineContext): readonly WrittenChange[] {
  return context.changes.flatMap(({ path, pre, post }) =>
    [...touchedFunctions(pre, post)]
      .sort()
      .filter((name) => isLive(name, context))
      .map((name) => ({
        path,
        name,
        pre: pre.functions.get(name)?.tokens ?? [],
        post: post.functions.get(name)?.tokens ?? [],
      })),
  );
}

/** Whether the code of a function changes; what has no code of its own is inlined into what changes. */
export function isLive(name: string, { comparison }: Pick<ExamineContext, 'comparison'>): boolean {
  if (comparison.changed.some((change) => sourceNameOf(change.name) === name)) return true;
  const isAlone = [comparison.pre, comparison.post].every(({ pieces }) =>
    pieces.some((piece) => piece.kind === 'function' && sourceNameOf(piece.name) === name),
  );
  return !isAlone && comparison.changed.length > 0;
}

/** The calls in the words of a function, in the order in which they are written; of a nested one the outer first. */
export function writtenCalls(words: readonly string[]): readonly WrittenCall[] {
  const tokens = words.map((text) => ({ text }));
  return words.flatMap((name, at) => {
    if (words[at + 1] !== '(' || !/^[A-Za-z_]/.test(name)) return [];
    const end = closing(tokens, at + 1);
    return [{ name, arguments: splitArguments(words.slice(at + 2, end)), at }];
  });
}

/** What is in `list` more often than in `other`, as often as it is more. */
export function missingIn<T>(list: readonly T[], other: readonly T[], key: (each: T) => string): T[] {
  const left = new Map<string, number>();
  for (const each of other) left.set(key(each), (left.get(key(each)) ?? 0) + 1);
  return list.filter((each) => {
    const count = left.get(key(each)) ?? 0;
    left.set(key(each), count - 1);
    return count <= 0;
  });
}

/** In words what calls of a kind differ: `wake_up of wait (1 before, 0 after)`; the key says what counts as one call. */
export function differingWritten(
  { pre, post }: WrittenChange,
  key: (call: WrittenCall) => string | undefined,
): string[] {
  const [before, after] = [pre, post].map((words) =>
    Map.groupBy(
      writtenCalls(words).flatMap((call) => key(call) ?? []),
      (said) => said,
    ),
  );
  return [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])].sort().flatMap((said) => {
    const [old, made] = [before, after].map((map) => map?.get(said)?.length ?? 0);
    return old === made ? [] : [`${said} (${old} before, ${made} after)`];
  });
}

/** The last word of the path that an argument is: of `&x->wait` it is `wait`. */
export function lastMember(argument: string): string {
  return /(\w+)(?: \[[^\]]*\])?(?: \))*$/.exec(argument)?.[1] ?? inline(argument);
}

/** Words and signs as they are written on a line: `sizeof(*x->p)`. */
export function inline(words: string): string {
  return words
    .replaceAll(' - > ', '->')
    .replace(/([<>&|+-]) \1(?= |$)/g, '$1$1')
    .replace(/([<>=!+|&*/^-]) =(?= )/g, '$1=')
    .replaceAll('~ ', '~')
    .replace(/ ([)\].,;])/g, '$1')
    .replace(/([([.]) /g, '$1')
    .replace(/([\w)\]]) ([([])/g, '$1$2')
    .replace(/((?:^|[(,=|])\s?[*&!~-]) (?=[\w(])/g, '$1');
}

function splitArguments(words: readonly string[]): string[] {
  const parts: string[][] = [[]];
  let depth = 0;
  for (const word of words) {
    if (word === '(' || word === '[' || word === '{') depth += 1;
    else if (word === ')' || word === ']' || word === '}') depth -= 1;
    if (word === ',' && depth === 0) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts.map((part) => part.join(' ')).filter((part) => part !== '');
}
