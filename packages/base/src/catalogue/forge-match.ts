// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What can stand between an object and the code that was shipped. */
export const FORGE_MATCH_ERRORS = {
  MATCH_NOT_SHIPPED: {
    exit: 'noMatch',
    meaning: 'The shipped kernel has no function of that name in that object.',
    remedy:
      'Check the kernel release and the object; the function may be compiled out or overridden by another.',
  },
  MATCH_DIFFERS: {
    exit: 'noMatch',
    meaning: 'The compiled function is not the one that was shipped.',
    remedy:
      'Source, configuration and compiler must be those of the shipped kernel; the message says where the two part.',
  },
  MATCH_AMBIGUOUS: {
    exit: 'noMatch',
    meaning: 'Several shipped functions of that name are identical, and nothing tells which one is meant.',
    remedy: 'Patch a caller of the function instead.',
  },
  MATCH_SYMBOL_UNKNOWN: {
    exit: 'noMatch',
    meaning: 'A symbol that the new code needs is neither exported nor found in the shipped kernel.',
    remedy: 'Call something that the kernel has, or carry the code along in the patch.',
  },
  MATCH_OBJECT_UNKNOWN: {
    exit: 'kernelNotAvailable',
    meaning: 'The kernel has no object of that name.',
    remedy: 'Give vmlinux or the name of a module of this kernel.',
  },
} as const satisfies Record<string, CatalogueEntry>;
