// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

const damaged = {
  exit: 'badInput',
  remedy: 'The file is damaged or is not of this kernel; take it again from where it came.',
} as const;

const unknownLayout = {
  exit: 'kernelNotAvailable',
  remedy:
    'The image is damaged, was built without CONFIG_KALLSYMS, or its layout is new; report the release.',
} as const;

/** What can be wrong with the files of a kernel that are only read: image, symbols, types, exports, modules. */
export const KERNEL_READER_ERRORS = {
  IMAGE_NOT_KERNEL: {
    exit: 'badInput',
    meaning: 'The file is neither an x86 boot image (bzImage) with a payload nor an ELF vmlinux.',
    remedy: 'Give the vmlinuz of the kernel package.',
  },
  IMAGE_TRUNCATED: {
    ...damaged,
    meaning: 'The boot header names a payload that reaches past the end of the file.',
  },
  IMAGE_FORMAT: {
    exit: 'kernelNotAvailable',
    meaning: 'The payload of the boot image is compressed in a way that is not read.',
    remedy: 'Unpack the image with the extract-vmlinux script of the kernel tree and give the ELF file.',
  },
  IMAGE_CORRUPT: {
    ...damaged,
    meaning: 'The compressed payload does not unpack to the size that it states.',
  },
  IMAGE_TOO_LARGE: {
    exit: 'badInput',
    meaning: 'A file unpacks to more bytes than the bound that the reader keeps.',
    remedy: 'The message names the bound; a real kernel or module of this size is worth a report.',
  },
  IMAGE_BAD_ELF: {
    exit: 'kernelNotAvailable',
    meaning: 'The unpacked image has no section headers, or they contradict each other.',
    remedy: 'Give an image that was linked and stripped by the kernel build alone.',
  },
  IMAGE_NO_BUILD_ID: {
    exit: 'kernelNotAvailable',
    meaning: 'The image carries no GNU build id, so that no update could name it exactly.',
    remedy: 'Use a kernel that was linked with --build-id, as every distribution does.',
  },
  IMAGE_NO_BANNER: {
    exit: 'kernelNotAvailable',
    meaning: 'The image carries no version banner, or several that differ.',
    remedy: 'The image is damaged or is not Linux; take it again from where it came.',
  },
  KALLSYMS_NO_TOKENS: { ...unknownLayout, meaning: 'No kallsyms token table was found in the image.' },
  KALLSYMS_NO_NAMES: {
    ...unknownLayout,
    meaning: 'No kallsyms name list fits the token table of the image.',
  },
  KALLSYMS_NO_ADDRESSES: {
    ...unknownLayout,
    meaning: 'No reading of the kallsyms addresses is sorted and agrees with the sections of the image.',
  },
  KALLSYMS_AMBIGUOUS: {
    ...unknownLayout,
    meaning: 'The kallsyms tables of the image can be read in several ways that contradict each other.',
  },
  KALLSYMS_BAD_CACHE: {
    exit: 'internal',
    meaning: 'A kept symbol table is damaged or was written by another version.',
    remedy: 'Remove the kernel from the store and add it again.',
  },
  BTF_MISSING: {
    exit: 'kernelNotAvailable',
    meaning: 'The image or module carries no BTF type information.',
    remedy: 'Use a kernel that was built with CONFIG_DEBUG_INFO_BTF.',
  },
  BTF_BAD_HEADER: { ...damaged, meaning: 'The header of the BTF type information contradicts its size.' },
  BTF_BAD_TYPE: { ...damaged, meaning: 'A BTF type contradicts itself or names a type that does not exist.' },
  BTF_BAD_STRING: { ...damaged, meaning: 'A BTF name is outside the string table or has no end.' },
  BTF_AMBIGUOUS: {
    exit: 'kernelNotAvailable',
    meaning: 'The kernel has several types of one name whose layouts differ.',
    remedy: 'The layout cannot be looked up by this name alone.',
  },
  BTF_BIT_FIELD: {
    exit: 'internal',
    meaning: 'A byte offset was asked for a member that does not begin at a byte.',
    remedy: 'Report it with the printed place; bit-fields have no byte offset.',
  },
  SYMVERS_BAD_LINE: {
    ...damaged,
    meaning: 'A line of Module.symvers does not have the five fields it must have.',
  },
  SYMVERS_DUPLICATE: { ...damaged, meaning: 'Module.symvers lists one symbol twice.' },
  MODULE_BAD_SIGNATURE: {
    ...damaged,
    meaning: 'A module ends with the mark of a signature, but the lengths before it contradict the file.',
  },
  MODULE_BAD_INFO: {
    ...damaged,
    meaning: 'The .modinfo section of a module is not a list of key=value strings.',
  },
  MODULE_CORRUPT: { ...damaged, meaning: 'A compressed module does not unpack.' },
  MODULE_TOO_LARGE: {
    exit: 'badInput',
    meaning: 'A module is larger than the bound that the reader keeps.',
    remedy: 'The message names the bound; a real module of this size is worth a report.',
  },
  MODULE_DUPLICATE: { ...damaged, meaning: 'Two module files of one kernel have the same module name.' },
  MODULE_MISSING: {
    exit: 'kernelNotAvailable',
    meaning: 'A module, or one that it depends on, is not among the modules of this kernel.',
    remedy: 'Check the name against the kernel package; the module may be built in or in another package.',
  },
  MODULE_CYCLE: { ...damaged, meaning: 'Modules depend on each other in a circle.' },
} as const satisfies Record<string, CatalogueEntry>;
