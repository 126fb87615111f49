// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What can be wrong with a patch file, and what a patch may not touch. */
export const FORGE_PATCH_ERRORS = {
  PATCH_EMPTY: {
    exit: 'badInput',
    meaning: 'The patch file holds no change to any file.',
    remedy: 'Give a unified diff, as git diff or git format-patch writes it.',
  },
  PATCH_TOO_LARGE: {
    exit: 'badInput',
    meaning: 'The patch is over a bound that the reader keeps.',
    remedy: 'The message names the bound; a fix of this size is not one to make live in one piece.',
  },
  PATCH_MALFORMED: {
    exit: 'badInput',
    meaning: 'The patch file contradicts itself or the form of a unified diff.',
    remedy: 'Make the file again with git diff or git format-patch; editors and mailers damage patches.',
  },
  PATCH_CRLF: {
    exit: 'badInput',
    meaning: 'The lines of the patch end with carriage return and line feed.',
    remedy: 'Convert the file with dos2unix, or save the mail in its raw form.',
  },
  PATCH_NUL_BYTE: {
    exit: 'badInput',
    meaning: 'The patch file holds a byte of value 0, which no text has.',
    remedy: 'Take the patch again from where it came, as plain text.',
  },
  PATCH_MAIL_ENCODING: {
    exit: 'badInput',
    meaning: 'The mail is in a form that the reader does not decode.',
    remedy: 'Save the patch alone, as text, without attachments.',
  },
  PATCH_BAD_PATH: {
    exit: 'badInput',
    meaning: 'The patch names a path that leads out of the source tree or that no source file has.',
    remedy: 'Do not use this patch before you know who made it, and why.',
  },
  PATCH_NOT_P1: {
    exit: 'badInput',
    meaning: 'The file names of the patch do not begin with one folder to be cut off (a/ and b/).',
    remedy: 'Make the patch with git diff in the source tree, without --no-prefix.',
  },
  PATCH_NAMES_DIFFER: {
    exit: 'badInput',
    meaning: 'The old and the new name of a file differ although the patch says nothing of a rename.',
    remedy: 'Make the patch with git diff, which states renames.',
  },
  PATCH_COMBINED: {
    exit: 'badInput',
    meaning: 'The patch is the combined diff of a merge, which cannot be applied.',
    remedy: 'Make a diff against one parent: git diff PARENT MERGE.',
  },
  PATCH_AMBIGUOUS: {
    exit: 'badInput',
    meaning: 'git reads other changes in the patch file than Uptide does.',
    remedy: 'Make the file again with git diff or git format-patch, and look at what stands around the diff.',
  },
  PATCH_DOES_NOT_APPLY: {
    exit: 'patchDoesNotApply',
    meaning: 'A hunk of the patch does not fit the source of this kernel.',
    remedy:
      'Backport the patch to the source of this kernel; the message names the hunk and the nearest place.',
  },
  PATCH_SYMLINK: {
    exit: 'refused',
    meaning: 'The patch makes or changes a symbolic link, or reaches a file through one.',
    remedy: 'Leave that file out of the patch.',
  },
  PATCH_SUBMODULE: {
    exit: 'refused',
    meaning: 'The patch changes a git submodule.',
    remedy: 'Leave that entry out of the patch.',
  },
  PATCH_BINARY: {
    exit: 'refused',
    meaning: 'The patch changes a binary file.',
    remedy: 'Leave that file out of the patch; no source of the kernel is binary.',
  },
  PATCH_RUNS_ON_MAKER: {
    exit: 'refused',
    meaning:
      'The patch changes a part of the build: a Makefile, Kconfig, script, generator or linker script. Such a file would run on the machine that makes the update, and no live update can change how a kernel was built.',
    remedy: 'Leave that file out of the patch, and say what it was for in the code itself.',
  },
  PATCH_ASSEMBLY: {
    exit: 'refused',
    meaning: 'The patch changes assembly, where functions have no ftrace entry to be switched at.',
    remedy: 'Fix the C code that calls it, if the fault can be stopped there.',
  },
  PATCH_FAN_OUT: {
    exit: 'refused',
    meaning:
      'The patch changes a header in a way that may reach more units than are compiled without asking.',
    remedy:
      'Allow more with --max-units or --yes, or move the change into the .c files that need it, away from structs and macros of the whole kernel.',
  },
  PATCH_GENERATOR: {
    exit: 'refused',
    meaning:
      'A header that the build makes, or the linker script, may come out different: assembly and the layout of the image, which cannot be replaced, are made from it.',
    remedy:
      'Leave structs and macros alone that assembly knows; keep new members beside, in a shadow variable.',
  },
  PATCH_OTHER_IMAGE: {
    exit: 'refused',
    meaning:
      'The patch changes code of an image apart from the kernel: vDSO, real mode, boot stub or purgatory.',
    remedy: 'Such code can only be changed by a reboot; leave that file out of the patch.',
  },
  PATCH_NEW_FILE: {
    exit: 'refused',
    meaning: 'The patch adds a source file that no file of this kernel includes.',
    remedy: 'Put the new code into a file that is already built.',
  },
  PATCH_FILE_REMOVED: {
    exit: 'refused',
    meaning: 'The patch deletes or renames a source file that this kernel is built from.',
    remedy: 'Leave the file where it is; empty the functions that must go.',
  },
  PATCH_NO_RULE: {
    exit: 'refused',
    meaning: 'The patch changes a kind of file of which no rule says what the change does.',
    remedy: 'Leave that file out of the patch if the fix does not need it.',
  },
  PATCH_NO_CODE: {
    exit: 'noFunctionalChange',
    meaning: 'The patch changes files that hold no code of the kernel, such as documentation.',
    remedy: 'Nothing is to be done: such files do not reach a running kernel.',
  },
  PATCH_NOT_BUILT: {
    exit: 'noFunctionalChange',
    meaning: 'The patch changes source that no object of this kernel is made from.',
    remedy: 'Nothing is to be done: this kernel does not hold that code.',
  },
  PATCH_NO_CHANGE: {
    exit: 'noFunctionalChange',
    meaning: 'After all patches a file is as it was before.',
    remedy: 'Check that no patch takes back what another one does.',
  },
} as const satisfies Record<string, CatalogueEntry>;
