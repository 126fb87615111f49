// SPDX-License-Identifier: GPL-2.0-or-later
//
// Line numbers that a patch does not move.
//
// The problem. A patch that adds a line moves every line below it. __LINE__ is compiled into code: each WARN_ON and
// might_sleep below the added line comes out with another number, and functions that nobody touched look changed.
//
// The approach. Before post is compiled, line directives give unchanged lines the numbers that they had:
//
//     static int f(void)                 static int f(void)          1
//     {                                  {                           2
//         WARN_ON(x);                        if (!y)                 3
//     }                                          return 1;           4
//                                    #line 3
//                                            WARN_ON(x);             3
//                                        }                           4
//
// A directive without a file name keeps __FILE__ (C11 6.10.4). Added lines have the number that they have in the
// patched file, so that the compiler's words lead to them.
//
// A directive may not stand everywhere: not in a comment or string, not in a line that a backslash continues, not
// in the arguments of what may be a macro. There the next line that is safe gets it. In a branch of `#if` that is
// not taken it has no effect, so that after the branch it is given again.
//
// Limits. What stays between a change and the next safe line keeps a moved number; comparing objects knows how to
// look past those (compare/line-drift.ts).
import { pairLines } from '../source/line-diff.ts';
import { tokenize } from '../source/tokens.ts';

/**
 * A patched source with line directives, bytes as Latin-1. Without the lines `#line NUMBER` that are added it is the
 * patched source.
 */
export function withLineMarks(pre: string, post: string): string {
  const lines = post.split('\n');
  const pairs = pairLines(pre.split('\n'), lines);
  if (pairs === undefined) return post;
  const { safe, branches } = looseLines(post);
  const marked: string[] = [];
  /** What is added to a line's place in the patched file to have its number; undefined when that is not certain. */
  let shift: number | undefined = 0;
  /** For each condition that is open, whether a mark stands in it. */
  const open: boolean[] = [];
  for (const [at, line] of lines.entries()) {
    const wanted = (pairs[at] ?? at) - at;
    // Nothing follows the newline at the end.
    const isLine = at < lines.length - 1 || line !== '';
    if (wanted !== shift && isLine && safe.has(at)) {
      marked.push(`#line ${at + wanted + 1}`);
      shift = wanted;
      if (open.length > 0) open[open.length - 1] = true;
    }
    marked.push(line);
    const branch = branches.get(at);
    if (branch === 'if') open.push(false);
    else if (branch !== undefined) {
      const hasMark = branch === 'endif' ? open.pop() : open.at(-1);
      if (hasMark === true) {
        shift = undefined;
        // The doubt is the outer condition's as well.
        if (branch === 'endif' && open.length > 0) open[open.length - 1] = true;
      }
    }
  }
  return marked.join('\n');
}

/** What is known of the lines of a text, counted from 0. */
interface LooseLines {
  /** Lines before which a directive may stand. */
  readonly safe: ReadonlySet<number>;
  /** Lines with the end of a directive that opens, changes or closes a condition. */
  readonly branches: ReadonlyMap<number, 'if' | 'else' | 'endif'>;
}

function looseLines(text: string): LooseLines {
  const lines = text.split('\n');
  const safe = new Set(lines.keys());
  const branches = new Map<number, 'if' | 'else' | 'endif'>();
  const tokens = tokenize(text);
  let depth = 0;
  let last = 0;
  for (const [index, token] of tokens.entries()) {
    const { text: said, line, endLine, directive } = token;
    // Between the token before and this one everything is as it was after the former.
    if (depth > 0) for (let at = last; at < line; at += 1) safe.delete(at);
    for (let at = line; at < endLine; at += 1) safe.delete(at);
    last = endLine;
    if (token.kind !== 'punctuator') continue;
    if (said === '#' && directive !== 0 && tokens[index - 1]?.directive !== directive) {
      const kind = branchOf(tokens.slice(index + 1).find(({ kind: other }) => other !== 'comment')?.text);
      if (kind !== undefined) branches.set(endOfDirective(lines, line - 1), kind);
    }
    if (directive !== 0) continue;
    // A macro's name may stand on the line before its parentheses.
    if (said === '(' && tokens[index - 1]?.endLine !== line) safe.delete(line - 1);
    if (said === '(' || said === '[') depth += 1;
    else if (said === ')' || said === ']') depth = Math.max(0, depth - 1);
    // Branches of a condition may have left parentheses open; a function ends in the first column.
    else if (said === '}' && lines[line - 1]?.startsWith('}') === true) depth = 0;
  }
  for (const [at, line] of lines.entries()) if (/\\\r?$/.test(line)) safe.delete(at + 1);
  return { safe, branches };
}

function branchOf(word: string | undefined): 'if' | 'else' | 'endif' | undefined {
  if (word === 'if' || word === 'ifdef' || word === 'ifndef') return 'if';
  if (word === 'else' || word === 'elif') return 'else';
  return word === 'endif' ? 'endif' : undefined;
}

function endOfDirective(lines: readonly string[], start: number): number {
  let end = start;
  while (/\\\r?$/.test(lines[end] ?? '')) end += 1;
  return end;
}
