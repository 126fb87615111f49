// SPDX-License-Identifier: GPL-2.0-or-later

// What the reader refuses as ELF_TOO_LARGE. Counts need no bound of their own: a table is only believed
// when the file holds all its entries.

/** Bytes of a file. A vmlinux with debug data has some 800 MiB; offsets below 2^30 are small integers. */
export const MAX_FILE_SIZE = 1024 * 1024 * 1024;

/** Bytes of a table of names, which is decoded as one string; V8 has no strings over 512 MiB. */
export const MAX_STRING_TABLE_SIZE = 256 * 1024 * 1024;

/**
 * Bytes of one name. Strings may overlap, so that n bytes of table and n symbols could name n² bytes;
 * with this bound finding their ends and sorting them stays cheap. The kernel has no names over 512
 * (KSYM_NAME_LEN).
 */
export const MAX_NAME_LENGTH = 1024;

/** Bytes of a section without content. The kernel's code model reaches no further than 2 GiB. */
export const MAX_NOBITS_SIZE = 2 ** 31;

/** Alignment of a section: the largest page of x86-64. */
export const MAX_ALIGN = 2 ** 30;
