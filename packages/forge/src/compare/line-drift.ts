// SPDX-License-Identifier: GPL-2.0-or-later
import { Code, Decoder, DecoderOptions, Instruction, Register } from 'iced-x86';
import type { Piece } from '../dissect/piece.ts';

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

/**
 * Whether two functions of equal size and equal references differ in nothing but line numbers: every
 * differing byte is in the immediate of a `mov $imm32, %reg`, and the next call goes to a function that
 * takes a line in that register.
 */
export function differsOnlyInLines(pre: Piece, post: Piece): boolean {
  if (pre.bytes === undefined || post.bytes === undefined || pre.bytes.length !== post.bytes.length)
    return false;
  const calls = callsOf(post);
  const decoder = new Decoder(64, post.bytes, DecoderOptions.None);
  const instruction = new Instruction();
  const pending = new Set<Register>();
  let found = false;
  try {
    let start = 0;
    while (decoder.canDecode) {
      decoder.decodeOut(instruction);
      const end = start + instruction.length;
      if (differsIn(pre, post, start, end)) {
        if (instruction.code !== Code.Mov_r32_imm32) return false;
        if (differsIn(pre, post, start, end - 4) || Number(instruction.immediate32) === 0) return false;
        pending.add(instruction.op0Register);
        found = true;
      }
      if (instruction.isCallNear || instruction.isJmpShortOrNear) {
        const callee = calls.find(({ at }) => at >= start && at < end)?.name;
        if (callee !== undefined) {
          const registers = TAKE_A_LINE.get(callee) ?? [];
          if ([...pending].some((register) => !registers.includes(register))) return false;
          pending.clear();
        }
      }
      start = end;
    }
  } finally {
    instruction.free();
    decoder.free();
  }
  return found && pending.size === 0;
}

function differsIn(pre: Piece, post: Piece, start: number, end: number): boolean {
  if (pre.bytes === undefined || post.bytes === undefined) return true;
  for (let at = start; at < end; at++) {
    if (pre.bytes[at] === post.bytes[at]) continue;
    if (!post.references.some((reference) => at >= reference.at && at < reference.at + reference.width))
      return true;
  }
  return false;
}

function callsOf(piece: Piece): { readonly at: number; readonly name: string }[] {
  return piece.references
    .filter(({ branch }) => branch)
    .map(({ at, target }) => ({
      at,
      name: target.kind === 'external' ? target.symbol.name : target.piece.name,
    }));
}
