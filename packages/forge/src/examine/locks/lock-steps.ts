// SPDX-License-Identifier: GPL-2.0-or-later
import { guardCall, type LockCall, lockCall, operandOf } from './lock-names.ts';
import { spell } from './spell.ts';
import { closingSign, type Words } from './statements.ts';

/** A lock as the text names it: two of one text are taken for one. */
export interface Lock {
  /** The family and the operand. */
  readonly id: string;
  /** How a reader knows it: `&a->lock`, `rcu_read_lock()`, `mmap_read_lock(mm)`. */
  readonly shown: string;
}

/** A place in a statement that takes or releases a lock. */
export interface Step {
  readonly call: LockCall;
  readonly lock: Lock;
  /** The variable that is set to what the call returns: `ptl = pmd_lock(mm, pmd)`. */
  readonly result: string | undefined;
  /** Whether the value is asked for with `!`. */
  readonly isNegated: boolean;
  /** The lock is released when the block ends (include/linux/cleanup.h). */
  readonly isGuard: boolean;
}

const WORD = /^[A-Za-z_]/;

/** What variables of the function stand for, where each is set once: `struct mutex *lock = &x->lock`. */
export type Aliases = ReadonlyMap<string, Words>;

/** The steps of a statement or of a condition, in the order of the text. */
export function stepsOf(words: Words, aliases: Aliases): Step[] {
  const steps: Step[] = [];
  for (const [at, word] of words.entries()) {
    if (words[at + 1] !== '(' || !WORD.test(word)) continue;
    if (word === 'guard') steps.push(...guardStep(words, at, aliases));
    const call = lockCall(word);
    if (call === undefined) continue;
    const lock = lockOf(call, argumentsOf(words, at + 1), aliases);
    const isNegated = words[at - 1] === '!';
    const result = words[at - 1] === '=' && WORD.test(words[at - 2] ?? '') ? words[at - 2] : undefined;
    steps.push({ call, lock, result, isNegated, isGuard: false });
  }
  return steps;
}

/** The lock of `scoped_guard(kind, lock)`. */
export function scopeStep(head: Words, aliases: Aliases): Step {
  const [kind = [], ...rest] = argumentsOf(head, 1);
  const call = guardCall(kind.join(''));
  // scoped_cond_guard(kind, what to do without it, lock)
  const args = head[0] === 'scoped_cond_guard' ? rest.slice(1) : rest;
  return { call, lock: lockOf(call, args, aliases), result: undefined, isNegated: false, isGuard: true };
}

function guardStep(words: Words, at: number, aliases: Aliases): Step[] {
  const end = closingSign(words, at + 1);
  if (words[end + 1] !== '(') return [];
  const call = guardCall(words.slice(at + 2, end).join(''));
  const lock = lockOf(call, argumentsOf(words, end + 1), aliases);
  return [{ call, lock, result: undefined, isNegated: false, isGuard: true }];
}

function lockOf(call: LockCall, args: readonly Words[], aliases: Aliases): Lock {
  const written = bare(operandOf(call, args));
  const alias = written.length === 1 && call.family === '' ? aliases.get(written[0] ?? '') : undefined;
  const operand = spell(alias ?? written);
  const way = call.step === 'take' ? call.way : call.family;
  return {
    id: `${call.family} ${operand}`,
    shown: call.family === '' && operand !== '' ? operand : `${way}(${operand})`,
  };
}

/** Without one pair of parentheses around the whole. */
function bare(words: Words): Words {
  const isWrapped = words[0] === '(' && closingSign(words, 0) === words.length - 1;
  return isWrapped ? words.slice(1, -1) : words;
}

/** The arguments between the parenthesis at `open` and the one that closes it. */
function argumentsOf(words: Words, open: number): Words[] {
  const args: string[][] = [[]];
  const end = closingSign(words, open);
  let depth = 0;
  for (let at = open + 1; at < end; at += 1) {
    const word = words[at] ?? '';
    if (/^[([{]$/.test(word)) depth += 1;
    if (/^[)\]}]$/.test(word)) depth -= 1;
    if (word === ',' && depth === 0) args.push([]);
    else args.at(-1)?.push(word);
  }
  return args[0]?.length === 0 ? [] : args;
}
