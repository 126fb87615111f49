// SPDX-License-Identifier: GPL-2.0-or-later
import { Register } from 'iced-x86';

/**
 * Functions of the kernel that are handed `__LINE__`, with the registers that carry it. A change above a
 * call moves the line; the code does the same. Source: the prototypes named beside each.
 */
export const TAKE_A_LINE: ReadonlyMap<string, readonly Register[]> = new Map([
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
  // (sb, line, ...), since 6.2 (inode, sb, line, ...).
  ['__ext4_journal_start_sb', [Register.ESI, Register.EDX]],
  ['__ext4_journal_start_reserved', [Register.ESI]],
  ['__ext4_check_dir_entry', [Register.ESI]],
  ['__ext4_iget', [Register.R8D]],
  ['__ext4_mark_inode_dirty', [Register.ECX]],
  ['__ext4_forget', [Register.ESI]],
  ['__ext4_journal_get_create_access', [Register.ESI]],
  ['__ext4_read_dirblock', [Register.R8D]],
  ['__read_extent_tree_block', [Register.ESI]],
  ['__ext4_ext_dirty', [Register.ESI]],
  ['__ext4_ext_check', [Register.ESI]],
  ['__xattr_check_inode', [Register.R8D]],
  ['__dump_mmp_msg', [Register.ECX]],
  ['ext4_check_blockref', [Register.ESI]],
  ['__ext4_journal_stop', [Register.ESI]],
  ['__ext4_handle_dirty_metadata', [Register.ESI]],
  ['__ext4_journal_get_write_access', [Register.ESI]],
  // fs/xfs: (expression, file, line) and (tag, level, mount, file, line, ...)
  ['assfail', [Register.ECX, Register.EDX]],
  ['xfs_error_report', [Register.R8D]],
  // include/linux/jbd2.h: (level, file, function, line, ...)
  ['__jbd2_debug', [Register.ECX]],
  // fs/ocfs2/cluster/masklog.h: (mask, function, line, ...)
  ['__mlog_printk', [Register.EDX]],
  // include/acpi/acpixf.h: (module, line, ...)
  ['acpi_error', [Register.ESI]],
  ['acpi_exception', [Register.ESI]],
  ['acpi_warning', [Register.ESI]],
  ['acpi_bios_error', [Register.ESI]],
  ['acpi_bios_exception', [Register.ESI]],
  ['acpi_bios_warning', [Register.ESI]],
]);
