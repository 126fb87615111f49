// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

const leaveOut = 'Leave that part out of the patch, or write it another way.' as const;

/** What can stand between changed functions and a module that the kernel loads. */
export const FORGE_CUT_ERRORS = {
  CUT_STATIC_CALL_INDIRECT: {
    exit: 'done',
    meaning: 'A static call of a module is made through its trampoline, which the kernel keeps up to date.',
    remedy: 'Nothing is to be done: the call is one jump longer.',
  },
  CUT_KEYS_READ: {
    exit: 'done',
    meaning:
      'Replaced functions read static keys of a module, where the original has jumps that the kernel switches.',
    remedy: 'Nothing is to be done: asking costs a load and a comparison more.',
  },
  CUT_TABLE_KEY_IN_MODULE: {
    exit: 'refused',
    meaning: 'A static key lies in a module: the kernel reads its address before klp has written it.',
    remedy: 'Ask the key by a function call (static_key_enabled) instead of a switched jump.',
  },
  CUT_TABLE_KEY_CHANGED: {
    exit: 'refused',
    meaning:
      'A static key gets another first value, and a replaced function has a jump that the compiler made for it.',
    remedy: 'Ask the key by a function call (static_key_enabled) instead of a switched jump.',
  },
  CUT_TRACEPOINT_SILENT: {
    exit: 'refused',
    meaning: 'A tracepoint of a module is not hit in the replaced function.',
    remedy: 'Nothing misbehaves; who traces that point sees the other callers only.',
  },
  CUT_TABLE_REFERENCE: {
    exit: 'refused',
    meaning: 'An entry of a special table refers to something in a module that may not be loaded yet.',
    remedy: leaveOut,
  },
  CUT_SECTION_UNKNOWN: {
    exit: 'refused',
    meaning: 'New data lies in a section that has a meaning to the kernel and no rule in Uptide.',
    remedy: leaveOut,
  },
  CUT_PERCPU: {
    exit: 'refused',
    meaning: 'The patch adds per-CPU data.',
    remedy: 'Allocate it with alloc_percpu where it is used.',
  },
  CUT_INIT_REFERENCE: {
    exit: 'refused',
    meaning: 'New code refers to init code or init data, which is gone after the start.',
    remedy: leaveOut,
  },
  CUT_ENDBR_SEALED: {
    exit: 'refused',
    meaning:
      'New code takes the address of a function that the kernel lets nobody call by its address (Intel IBT).',
    remedy: 'Take the address of a new function instead, and let that one call the other by its name.',
  },
  CUT_SHORT_BRANCH: {
    exit: 'refused',
    meaning: 'A one-byte jump leads out of the function.',
    remedy: leaveOut,
  },
  CUT_REFERENCE_INSIDE: {
    exit: 'refused',
    meaning: 'New code refers to the middle of a function.',
    remedy: leaveOut,
  },
  CUT_NAME_TOO_LONG: {
    exit: 'refused',
    meaning: 'A symbol name is longer than the kernel reads for klp relocations.',
    remedy: leaveOut,
  },
  LINK_TYPE_UNKNOWN: {
    exit: 'refused',
    meaning: 'The type information of the kernel lacks a struct that a livepatch module is made of.',
    remedy: 'The kernel must be built with CONFIG_LIVEPATCH and CONFIG_DEBUG_INFO_BTF.',
  },
  LINK_NO_VERSION: {
    exit: 'refused',
    meaning: 'Module.symvers of the kernel has no checksum for a symbol that the module imports.',
    remedy: 'The headers package is not that of this kernel: remove the baseline and add it again.',
  },
} as const satisfies Record<string, CatalogueEntry>;
