// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';
import { HOST_AGENT_ERRORS } from './host-agent.ts';
import { HOST_GUARD_ERRORS } from './host-guard.ts';

export const HOST_ERRORS = {
  HOST_NOT_ROOT: {
    exit: 'machine',
    meaning: 'Only root can load and unload updates.',
    remedy: 'Run the command as root.',
  },
  HOST_UNREADABLE: {
    exit: 'machine',
    meaning: 'A file of the running kernel cannot be read, or does not have the form that is known.',
    remedy: 'Check that /proc and /sys are mounted; otherwise report it with the printed reason.',
  },
  HOST_NO_LIVEPATCH: {
    exit: 'machine',
    meaning: 'The running kernel has no livepatch core.',
    remedy: 'Boot a kernel with CONFIG_LIVEPATCH, and see that /sys is mounted.',
  },
  HOST_OTHER_RELEASE: {
    exit: 'refused',
    meaning: 'The update is for another kernel release than the one that runs.',
    remedy: 'Take the update for the release that uname -r prints.',
  },
  HOST_OTHER_BUILD_ID: {
    exit: 'refused',
    meaning: 'The running kernel has the release of the update, but was built at another time.',
    remedy:
      'Take the update for exactly this package version of the kernel, or boot the kernel it was made for.',
  },
  HOST_MODULES_DISABLED: {
    exit: 'machine',
    meaning: 'The machine loads no more modules until it is booted again (kernel.modules_disabled).',
    remedy: 'Only a reboot takes this back; load updates before the switch is set.',
  },
  HOST_SIGNATURE_REQUIRED: {
    exit: 'refused',
    meaning: 'The kernel only loads signed modules, and the module of the update has no signature.',
    remedy: 'Sign the module with a key that the kernel trusts, or boot without enforcement.',
  },
  HOST_ALREADY_LOADED: {
    exit: 'refused',
    meaning: 'A module of that name is loaded already.',
    remedy: 'See uptide list; uptide unload NAME takes it out.',
  },
  HOST_TRANSITION_RUNNING: {
    exit: 'refused',
    meaning: 'Another live update is in its transition; the kernel makes one at a time.',
    remedy: 'Wait until uptide list shows no transition, or unload that update.',
  },
  HOST_FOREIGN_UPDATE: {
    exit: 'refused',
    meaning: 'A live update of another maker is loaded; an update replaces all that were loaded before it.',
    remedy: 'Unload the other one by its own tool if its fixes may go.',
  },
  HOST_STATE_UNKNOWN: {
    exit: 'refused',
    meaning:
      'A live update leaves a state that this one does not know, or knows in an older version; the kernel does not let it take the place.',
    remedy:
      'Unload the live update first (uptide unload NAME), then load this one; until then nothing is fixed.',
  },
  HOST_FUNCTION_TAKEN: {
    exit: 'refused',
    meaning: 'Something else redirects a function that the update replaces; the kernel lets one do so.',
    remedy: 'End the tracer, probe or module that redirects the function.',
  },
  HOST_FUNCTION_PROBED: {
    exit: 'refused',
    meaning:
      'A kprobe or a direct call sits in a function that the update replaces; it will see no more calls.',
    remedy: 'End the probe, or set it on the new function after loading.',
  },
  HOST_FUNCTION_MISSING: {
    exit: 'refused',
    meaning: 'The running kernel has no function of that name and position.',
    remedy: 'The update does not fit this kernel; report it with the printed name.',
  },
  HOST_OBJECT_NOT_LOADED: {
    exit: 'refused',
    meaning:
      'A module that the update changes is not loaded; its code is not compared. It is patched when it loads.',
    remedy: 'Load the module before the update to have its running code compared.',
  },
  HOST_CODE_DIFFERS: {
    exit: 'noMatch',
    meaning: 'The running code of a function is not the code that the update was made for.',
    remedy:
      'Find out who changed it: a kprobe, another module, or an intruder. A reboot brings the shipped code back.',
  },
  HOST_CODE_UNREADABLE: {
    exit: 'machine',
    meaning: 'The running code cannot be compared with the shipped one.',
    remedy: 'Make /proc/kcore and /proc/kallsyms readable, or load without the comparison: --unmatched.',
  },
  HOST_UNREVIEWED: {
    exit: 'refused',
    meaning:
      'The update has findings that nobody judged; the words of its maker for that are in the message.',
    remedy: 'Read the findings with uptide show; if in doubt take an update whose findings are signed off.',
  },
  HOST_LOAD_REFUSED: {
    exit: 'machine',
    meaning: 'The kernel refused to load the module of the update.',
    remedy: "Read the kernel's words in the message.",
  },
  HOST_NOT_LIVE: {
    exit: 'machine',
    meaning: 'The update was loaded, and the kernel does not list it as live.',
    remedy: 'Look at uptide list and the kernel log; somebody else may have disabled it.',
  },
  HOST_TASK_BLOCKS: {
    exit: 'machine',
    meaning:
      'A task did not leave the code that is being switched within the time limit; the switch was reverted.',
    remedy: 'Let the task go on or end it, then try again; or wait longer: --wait SECONDS, --wait forever.',
  },
  HOST_NOT_REVERTED: {
    exit: 'machine',
    meaning: 'A transition was to be reverted, and that did not end within the time limit either.',
    remedy: 'The kernel goes on with it; look at uptide list, then uptide unload NAME.',
  },
  HOST_NOT_LOADED: {
    exit: 'usage',
    meaning: 'No live update of that name is loaded.',
    remedy: 'See uptide list.',
  },
  HOST_WHICH_UPDATE: {
    exit: 'usage',
    meaning: 'More than one live update is loaded, and none was named.',
    remedy: 'Name one that uptide list shows.',
  },
  HOST_DISABLE_REFUSED: {
    exit: 'machine',
    meaning: 'The kernel refused to disable or enable the update.',
    remedy: 'Wait until no other live update is in its transition, then try again.',
  },
  HOST_NOT_REMOVED: {
    exit: 'machine',
    meaning: 'The update is not live any more, but the kernel keeps its module.',
    remedy: 'Look who uses the module (lsmod); it does no harm until the next boot.',
  },
  ...HOST_GUARD_ERRORS,
  ...HOST_AGENT_ERRORS,
} as const satisfies Record<string, CatalogueEntry>;

/** Every code of the room `host`. */
export type HostCode = keyof typeof HOST_ERRORS;
