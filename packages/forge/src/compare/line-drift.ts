// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines in code.
 *
 * A change moves what stands below it in the source, and where the source says __LINE__ the code has another
 * number. It does the same. So a function counts as unchanged when nothing but lines differs in it, and what
 * a line is must be proven for every number: a value that only looks like one may be a real change.
 *
 * Proof. Every differing byte is in the immediate of a `mov $imm32, %reg`. On every path from there the
 * register gets to a call before anything else reads or writes it. And the call takes a line in that register:
 * because it is known to (line-takers.ts), because the argument before it is the name of a source file, or
 * because that is a name and the format says "%s:%d".
 *
 * Example. `WARN(1, "RTNL: assertion failed at %s (%d)", __FILE__, __LINE__)` loads the string "net/core/dev.c"
 * into %rsi and 10882 into %edx, and calls __warn_printk. The patched object has 10883.
 *
 * Limits: lines that are stored, passed on the stack or compared stay changes.
 */
import { Register } from 'iced-x86';
import type { Piece, Reference, Target } from '../dissect/piece.ts';
import { FunctionCode } from './function-code.ts';
import { TAKE_A_LINE } from './line-takers.ts';
import { stableName } from './names.ts';

/**
 * Whether two functions of equal size and equal references differ in nothing but line numbers.
 */
export function differsOnlyInLines(pre: Piece, post: Piece): boolean {
  if (pre.bytes === undefined || post.bytes === undefined || pre.bytes.length !== post.bytes.length)
    return false;
  const differing = differingBytes(pre.bytes, post.bytes, post.references);
  if (differing.length === 0) return false;
  const code = new FunctionCode(post, post.bytes);
  try {
    let covered = 0;
    for (const at of differing) {
      if (at < covered) continue;
      const load = code.loadAt(at);
      if (load === undefined) return false;
      const calls = code.callsReached(load);
      if (calls === undefined || calls.length === 0) return false;
      if (!calls.every((call) => takesLine(code, call, load.register))) return false;
      covered = load.end;
    }
    return true;
  } finally {
    code.free();
  }
}

/** Offsets outside of references at which the bytes differ, rising. */
function differingBytes(pre: Uint8Array, post: Uint8Array, references: readonly Reference[]): number[] {
  const differing: number[] = [];
  let next = 0;
  for (let at = 0; at < pre.length; at++) {
    while (next < references.length && fieldEnd(references[next]) <= at) next++;
    if (pre[at] !== post[at] && at < (references[next]?.at ?? pre.length)) differing.push(at);
  }
  return differing;
}

function fieldEnd(reference: Reference | undefined): number {
  return reference === undefined ? 0 : reference.at + reference.width;
}

/** Registers of the arguments, in their order (psABI 3.2.3). */
const ARGUMENTS = [
  [Register.RDI, Register.EDI],
  [Register.RSI, Register.ESI],
  [Register.RDX, Register.EDX],
  [Register.RCX, Register.ECX],
  [Register.R8, Register.R8D],
  [Register.R9, Register.R9D],
] as const;

/** The name of a source file, as __FILE__ gives it. */
const SOURCE_FILE = /\.[chS]$/;
/** A format that prints a number right behind a name: "%s:%d", "%s (%d)", "%s, line %u". */
const NAME_AND_LINE = /%s[\s:,(@]*(line:?\s*)?%0?\d*l?[du]/i;

/** Whether a call takes a line in a register. */
function takesLine(code: FunctionCode, call: number, register: Register): boolean {
  if (TAKE_A_LINE.get(code.calleeOf(call))?.includes(register) === true) return true;
  const position = ARGUMENTS.findIndex(([, narrow]) => narrow === register);
  const before = ARGUMENTS[position - 1]?.[0];
  const name = before === undefined ? undefined : code.argumentOf(call, before);
  if (name === undefined) return false;
  if (SOURCE_FILE.test(textOf(name))) return true;
  return (
    isFunctionName(name) && ARGUMENTS.slice(0, position - 1).some(([wide]) => hasFormat(code, call, wide))
  );
}

function hasFormat(code: FunctionCode, call: number, register: Register): boolean {
  const argument = code.argumentOf(call, register);
  return argument !== undefined && NAME_AND_LINE.test(textOf(argument));
}

/** __func__ is a static local of GCC and clang. */
function isFunctionName(target: Target): boolean {
  return (
    target.kind === 'piece' &&
    /^__(func|FUNCTION)__|\.__(func|FUNCTION)__$/.test(stableName(target.piece.name))
  );
}

function textOf(target: Target): string {
  if (target.kind !== 'piece' || target.piece.kind !== 'string' || target.offset !== 0) return '';
  return Buffer.from(target.piece.bytes ?? [])
    .toString('latin1')
    .replace(/\0+$/, '');
}
