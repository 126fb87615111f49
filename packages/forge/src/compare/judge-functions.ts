// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, Place } from '@uptide/base';
import type { Piece } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import type { FunctionChange } from './comparison.ts';

/** Code that ran at the start and is freed afterwards. */
const INIT = /^\.(init|meminit|devinit|cpuinit)\.text/;
/** Code that runs when a module goes; a built-in object has none. It has no ftrace site (`__exit` is notrace). */
const EXIT = /^\.(exit|memexit|devexit|cpuexit)\.text/;

/** Whether a piece is code that runs once, when its object starts or goes. */
export function isStartOrEndCode({ section }: Piece): boolean {
  return INIT.test(section.name) || EXIT.test(section.name);
}

/** Whether a piece is code that ran when its object started. */
export function isInitCode({ section }: Piece): boolean {
  return INIT.test(section.name);
}

/** Says what stands in the way of replacing a function. */
export function judgeChange({ pre, post, name }: FunctionChange): Finding[] {
  const place: Place = { symbol: name, section: pre.section.name };
  for (const [code, section] of [
    ['COMPARE_INIT_CHANGED', INIT],
    ['COMPARE_EXIT_CHANGED', EXIT],
  ] as const) {
    if (!section.test(pre.section.name) && !section.test(post.section.name)) continue;
    return [finding(code, 'refuse', place, `${name} is in ${pre.section.name}`)];
  }
  if (hasFtraceSite(pre)) return [];
  return [
    finding(
      'COMPARE_NO_FTRACE_SITE',
      'refuse',
      place,
      `${name} changed and does not begin with a call to __fentry__`,
    ),
  ];
}

/** Says what stands in the way of adding a function. */
export function judgeAddition(piece: Piece): Finding[] {
  if (!isStartOrEndCode(piece)) return [];
  const code = INIT.test(piece.section.name) ? 'COMPARE_INIT_CHANGED' : 'COMPARE_EXIT_CHANGED';
  const reason = `the new function ${piece.name} is in ${piece.section.name}`;
  return [finding(code, 'refuse', { symbol: piece.name }, reason)];
}

/**
 * Whether ftrace has a site in a function: an entry of __mcount_loc, or the call to __fentry__ from which
 * objtool makes one later. The call is the first instruction, after ENDBR where the kernel has it.
 */
export function hasFtraceSite(piece: Piece): boolean {
  return (
    piece.traced ||
    piece.references.some(
      ({ at, branch, target }) =>
        at <= 5 && branch && target.kind === 'external' && target.symbol.name === '__fentry__',
    )
  );
}
