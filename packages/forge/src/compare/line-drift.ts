// SPDX-License-Identifier: GPL-2.0-or-later
import {
  Decoder,
  DecoderOptions,
  FlowControl,
  Code as IcedCode,
  Instruction,
  InstructionInfoFactory,
  Register,
  RegisterExt,
} from 'iced-x86';
import { eachInstruction } from '../dissect/instructions.ts';
import type { Piece, Reference } from '../dissect/piece.ts';

/**
 * Functions of the kernel that are handed `__LINE__`, with the registers that carry it. A change above a
 * call moves the line; the code does the same. Source: the prototypes named beside each.
 */
const TAKE_A_LINE: ReadonlyMap<string, readonly Register[]> = new Map([
  // include/linux/kernel.h: (const char *file, int line[, ...])
  ['__might_sleep', [Register.ESI]],
  ['___might_sleep', [Register.ESI]],
  ['__might_resched', [Register.ESI]],
  ['__might_fault', [Register.ESI]],
  ['__cant_sleep', [Register.ESI]],
  ['__cant_migrate', [Register.ESI]],
  // include/asm-generic/bug.h: (const char *file, int line[, ...])
  ['warn_slowpath_null', [Register.ESI]],
  ['warn_slowpath_fmt', [Register.ESI]],
  ['warn_slowpath_fmt_taint', [Register.ESI]],
  // include/linux/lockdep.h: (const char *file, int line, const char *s)
  ['lockdep_rcu_suspicious', [Register.ESI]],
  // fs/btrfs: (what, const char *function, unsigned int line, ...)
  ['__btrfs_abort_transaction', [Register.EDX]],
  ['__btrfs_handle_fs_error', [Register.EDX]],
  ['__btrfs_panic', [Register.EDX]],
  ['btrfs_assertfail', [Register.EDX]],
  // fs/ext4: (sb or inode, const char *function, unsigned int line, ...) and the journal's (function, line, ...)
  ['__ext4_error', [Register.EDX]],
  ['__ext4_error_inode', [Register.EDX]],
  ['__ext4_error_file', [Register.EDX]],
  ['__ext4_warning', [Register.EDX]],
  ['__ext4_warning_inode', [Register.EDX]],
  ['__ext4_std_error', [Register.EDX]],
  ['__ext4_abort', [Register.EDX]],
  ['__ext4_grp_locked_error', [Register.ESI]],
  ['__ext4_journal_start_sb', [Register.EDX]],
  ['__ext4_journal_stop', [Register.ESI]],
  ['__ext4_handle_dirty_metadata', [Register.ESI]],
  ['__ext4_journal_get_write_access', [Register.ESI]],
  // fs/xfs: (expression, file, line) and (tag, level, mount, file, line, ...)
  ['assfail', [Register.ECX, Register.EDX]],
  ['xfs_error_report', [Register.R8D]],
]);

/** Instructions that are followed from a line to the call that takes it; compilers load arguments just before. */
const MAX_STEPS = 64;

/**
 * Whether two functions of equal size and equal references differ in nothing but line numbers: every
 * differing byte is in the immediate of a `mov $imm32, %reg`, and on every path from there the register
 * reaches a call that takes a line in it before anything else reads or writes it.
 */
export function differsOnlyInLines(pre: Piece, post: Piece): boolean {
  if (pre.bytes === undefined || post.bytes === undefined || pre.bytes.length !== post.bytes.length)
    return false;
  const differing = differingBytes(pre.bytes, post.bytes, post.references);
  if (differing.length === 0) return false;
  const code = new Code(post.bytes, calleesOf(post));
  try {
    let covered = 0;
    for (const at of differing) {
      if (at < covered) continue;
      const load = code.loadAt(at);
      if (load === undefined || !code.reachesLine(load.end, load.register)) return false;
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

/** The names of what direct calls and jumps lead to, by the place of their field. */
function calleesOf(piece: Piece): Map<number, string> {
  return new Map(
    piece.references
      .filter(({ branch }) => branch)
      .map(({ at, target }) => [at, target.kind === 'external' ? target.symbol.name : target.piece.name]),
  );
}

/** The instructions of a function, decoded once and followed along its branches. */
class Code {
  readonly #bytes: Uint8Array;
  readonly #callees: ReadonlyMap<number, string>;
  readonly #starts: readonly number[];
  readonly #decoder: Decoder;
  readonly #instruction = new Instruction();
  readonly #registers = new InstructionInfoFactory();

  constructor(bytes: Uint8Array, callees: ReadonlyMap<number, string>) {
    this.#bytes = bytes;
    this.#callees = callees;
    const starts: number[] = [];
    eachInstruction(bytes, ({ start }) => starts.push(start));
    this.#starts = starts;
    this.#decoder = new Decoder(64, bytes, DecoderOptions.None);
  }

  free(): void {
    this.#registers.free();
    this.#instruction.free();
    this.#decoder.free();
  }

  /** The load of a 32-bit constant that has the byte at an offset in its immediate. */
  loadAt(offset: number): { readonly end: number; readonly register: Register } | undefined {
    const start = this.#startOf(offset);
    const end = this.#decode(start);
    const isLoad = this.#instruction.code === IcedCode.Mov_r32_imm32 && offset >= end - 4;
    return isLoad ? { end, register: this.#instruction.op0Register } : undefined;
  }

  /** Whether the value of a register is taken as a line, and as nothing else, on every path from an offset. */
  reachesLine(from: number, register: Register): boolean {
    const open = [from];
    const seen = new Set<number>();
    let taken = false;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      if (seen.size > MAX_STEPS || at < 0 || at >= this.#bytes.length) return false;
      const end = this.#decode(at);
      const callee = this.#calleeBetween(at, end);
      if (callee !== undefined) {
        if (!(TAKE_A_LINE.get(callee) ?? []).includes(register)) return false;
        taken = true;
        continue;
      }
      if (this.#touches(register)) return false;
      const next = this.#next(end);
      if (next === undefined) return false;
      open.push(...next);
    }
    return taken;
  }

  /** Where the instruction begins that has the byte at an offset. */
  #startOf(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#starts[low - 1] ?? 0;
  }

  #decode(at: number): number {
    this.#decoder.position = at;
    this.#decoder.ip = BigInt(at);
    this.#decoder.decodeOut(this.#instruction);
    return at + this.#instruction.length;
  }

  #calleeBetween(start: number, end: number): string | undefined {
    for (let at = start; at < end; at++) {
      const callee = this.#callees.get(at);
      if (callee !== undefined) return callee;
    }
    return undefined;
  }

  /** Whether the instruction reads or writes any part of a register. */
  #touches(register: Register): boolean {
    const info = this.#registers.info(this.#instruction);
    const used = info.usedRegisters();
    const whole = RegisterExt.fullRegister(register);
    const touches = used.some((use) => RegisterExt.fullRegister(use.register) === whole);
    for (const use of used) use.free();
    info.free();
    return touches;
  }

  /** Where the processor may go on; undefined where that is not known. */
  #next(end: number): number[] | undefined {
    const target = Number(BigInt.asIntN(64, this.#instruction.nearBranchTarget));
    switch (this.#instruction.flowControl) {
      case FlowControl.Next:
        return [end];
      case FlowControl.ConditionalBranch:
        return [end, target];
      case FlowControl.UnconditionalBranch:
        return [target];
      default:
        return undefined;
    }
  }
}
