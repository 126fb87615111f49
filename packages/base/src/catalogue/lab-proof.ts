// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What a proof can say against an update: first what a booted kernel showed, then what was read off the files. */
export const LAB_PROOF_ERRORS = {
  PROOF_PANIC: {
    exit: 'proofFailed',
    meaning: 'The kernel panicked.',
    remedy: 'Read the end of the kernel log in the proof; the update must not be used.',
  },
  PROOF_HANG: {
    exit: 'proofFailed',
    meaning: 'The kernel, or a command in it, did not go on within its time limit.',
    remedy: 'Read the end of the kernel log in the proof; if the machine was merely slow, raise the limit.',
  },
  PROOF_ENDED: {
    exit: 'proofFailed',
    meaning: 'The virtual machine ended before the proof was through, without a panic.',
    remedy: 'Read the reason and the end of the kernel log in the proof.',
  },
  PROOF_OTHER_KERNEL: {
    exit: 'proofFailed',
    meaning: 'The kernel that was booted is not the one that the update is for.',
    remedy: 'Give the image of exactly that kernel release and build id.',
  },
  PROOF_MODULE_NOT_LOADED: {
    exit: 'proofFailed',
    meaning: 'A module that the update touches could not be loaded in the virtual machine.',
    remedy:
      'The update was checked against the file of the module instead; try it on a machine that has the hardware.',
  },
  PROOF_UPDATE_NOT_LOADED: {
    exit: 'proofFailed',
    meaning: 'The kernel refused to load the update.',
    remedy: "Read the kernel's words in the finding.",
  },
  PROOF_MODULE_REFUSED: {
    exit: 'proofFailed',
    meaning: 'With the update live, the kernel refused to load a module that it loads without the update.',
    remedy: "Read the kernel's words in the finding: the update does not fit the module.",
  },
  PROOF_TRANSITION_BLOCKED: {
    exit: 'proofFailed',
    meaning: 'The transition did not end within its time limit.',
    remedy:
      'The finding names the tasks that stay in a function that the update replaces, with their stacks.',
  },
  PROOF_NOT_PATCHED: {
    exit: 'proofFailed',
    meaning: 'The kernel does not list a function or an object of the update as patched.',
    remedy: 'Report it: the module and its description do not agree.',
  },
  PROOF_STILL_PATCHED: {
    exit: 'proofFailed',
    meaning: 'A function is redirected by klp that the live update does not replace.',
    remedy: 'The finding names the function and the step: what another level had redirected stayed behind.',
  },
  PROOF_NOT_REMOVED: {
    exit: 'proofFailed',
    meaning: 'The update could not be disabled and unloaded without a trace.',
    remedy: "Read the finding and the kernel's words in it.",
  },
  PROOF_PROBE_FAILED: {
    exit: 'proofFailed',
    meaning: 'A probe did not end with status 0 where it should.',
    remedy: 'Read its output in the proof; the probe or the update is wrong.',
  },
  PROOF_PROBE_BLIND: {
    exit: 'proofFailed',
    meaning: 'A probe says the same with and without the update, so it shows nothing of its effect.',
    remedy: 'Give a probe that fails where the update is not live, or accept a proof without one.',
  },
  PROOF_FAULT_NOT_SHOWN: {
    exit: 'proofFailed',
    meaning: 'The probe of a fix found no fault where the fix is not live, so it shows nothing of the fix.',
    remedy: 'Make the probe end with status 1 where the fault is there; see docs/series.md.',
  },
  PROOF_LOAD_FAILED: {
    exit: 'proofFailed',
    meaning: 'A round of a load ended with another status than 0, or did not end.',
    remedy:
      'The finding names the load and the step; when it happens before any update is loaded, mend the load.',
  },
  PROOF_NOT_REFUSED: {
    exit: 'proofFailed',
    meaning: 'The kernel let a level back in that the states of the update should keep out.',
    remedy: 'Report it: the module and its description do not agree.',
  },
  PROOF_KERNEL_COMPLAINS: {
    exit: 'proofFailed',
    meaning: 'The kernel log has a warning, a bug or an error that came after the update was loaded.',
    remedy: 'Read the lines in the finding; the update must not be used until they are explained.',
  },
  PROOF_TAINTED: {
    exit: 'proofFailed',
    meaning: 'The kernel tainted itself for another reason than that a livepatch module was loaded.',
    remedy: 'Read the flags in the finding and the kernel log.',
  },
  PROOF_STEP_FAILED: {
    exit: 'proofFailed',
    meaning: 'A step of the proof could not be carried out in the booted system.',
    remedy: 'Read its output in the finding.',
  },

  CHECK_NOT_A_LIVEPATCH: {
    exit: 'proofFailed',
    meaning: 'The module does not carry what the kernel asks of a livepatch module.',
    remedy: 'The finding names the section or the entry of .modinfo.',
  },
  CHECK_VERMAGIC: {
    exit: 'proofFailed',
    meaning: 'The version magic of the update differs from that of the modules of the kernel.',
    remedy: 'Build the update for exactly this kernel release.',
  },
  CHECK_BAD_KLP_NAME: {
    exit: 'proofFailed',
    meaning: 'A livepatch symbol or section has a name that the kernel cannot parse.',
    remedy: 'Report it with the name in the finding.',
  },
  CHECK_BAD_KLP_SECTION: {
    exit: 'proofFailed',
    meaning: 'A livepatch relocation section has the wrong flags, or applies to no section of the update.',
    remedy: 'Report it with the section in the finding.',
  },
  CHECK_SYMBOL_UNRESOLVED: {
    exit: 'proofFailed',
    meaning: 'A livepatch symbol names nothing, or not one thing alone, in the object that it belongs to.',
    remedy: 'The finding says which name and position was asked for and what there is.',
  },
  CHECK_FOREIGN_SYMBOL: {
    exit: 'proofFailed',
    meaning: 'A relocation for a module names a symbol that the kernel does not resolve from there.',
    remedy: 'Report it with the symbol in the finding.',
  },
  CHECK_BAD_RELOCATION: {
    exit: 'proofFailed',
    meaning: 'A relocation has a type or a place that the loader refuses.',
    remedy: 'Report it with the section and offset in the finding.',
  },
  CHECK_NOT_EXPORTED: {
    exit: 'proofFailed',
    meaning: 'The update needs a symbol that the kernel does not export to it.',
    remedy: 'Report it with the symbol in the finding.',
  },
  CHECK_CRC: {
    exit: 'proofFailed',
    meaning: 'The update was built against another version of an exported symbol.',
    remedy: 'Build the update for exactly this kernel release.',
  },
  CHECK_FUNCTION_MISSING: {
    exit: 'proofFailed',
    meaning: 'The object has no function of that name at that position.',
    remedy: 'Build the update for exactly this kernel release.',
  },
  CHECK_NO_FENTRY: {
    exit: 'proofFailed',
    meaning: 'A function that is to be replaced does not begin with a place that ftrace knows.',
    remedy: 'The function cannot be replaced live; change a caller instead.',
  },
  CHECK_MODULE_MISSING: {
    exit: 'proofFailed',
    meaning: 'The kernel package has no module of the name that the update patches.',
    remedy: 'Build the update for exactly this kernel release.',
  },
} as const satisfies Record<string, CatalogueEntry>;
