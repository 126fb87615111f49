// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What can go wrong between a translation unit and its two objects. */
export const FORGE_COMPILE_ERRORS = {
  COMPILE_FAILED: {
    exit: 'doesNotCompile',
    meaning: 'The patched source does not compile.',
    remedy: "Read the compiler's words, which follow the message; the patch may need a backport.",
  },
  COMPILE_PRE_FAILED: {
    exit: 'kernelNotAvailable',
    meaning: 'The source of the kernel does not compile although nothing in it was changed.',
    remedy: 'The baseline or the compiler is damaged: uptide kernel remove RELEASE, then add it again.',
  },
  COMPILE_SOURCE_FAILED: {
    exit: 'internal',
    meaning: "A C file of Uptide's own does not compile against this kernel.",
    remedy: "Report it with the compiler's words, which follow the message, and the kernel release.",
  },
  COMPILE_COMMAND: {
    exit: 'internal',
    meaning: 'The command by which the kernel builds this file is not of a known form.',
    remedy: 'Report it with the command that the message prints.',
  },
  COMPILE_STALE_HEADER: {
    exit: 'internal',
    meaning: 'The compiler read the unpatched version of a file that the patch changes.',
    remedy: 'Report it with the printed paths; nothing was made of the result.',
  },
  COMPILE_OBJTOOL_WARNING: {
    exit: 'refused',
    meaning: 'objtool warns of the patched object and not of the unpatched one.',
    remedy: 'Read the warning: objtool often sees code that the unwinder or a mitigation cannot handle.',
  },
} as const satisfies Record<string, CatalogueEntry>;
