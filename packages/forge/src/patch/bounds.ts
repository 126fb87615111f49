// SPDX-License-Identifier: GPL-2.0-or-later

/** Bytes of a patch file. The largest point release of a stable kernel is some 10 MB as one diff. */
export const MAX_PATCH_BYTES = 16 * 1024 * 1024;
/** Mails in an mbox. The longest series that stable kernels took in one piece had some 300. */
export const MAX_PATCHES = 512;
/** Files that one patch changes: each is copied and compiled, so that more is a mistake, not a fix. */
export const MAX_CHANGES = 4096;
/** Bytes of a path: PATH_MAX of Linux, with its terminating zero. */
export const MAX_PATH_BYTES = 4095;
/** A line number or count of a hunk; the longest source file of the kernel has some 60,000 lines. */
export const MAX_LINE_NUMBER = 10_000_000;
