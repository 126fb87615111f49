// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

/** What the rules of the examination can say of a patch; docs/examination.md says what each looks for. */
export const FORGE_EXAMINE_ERRORS = {
  EXAMINE_LOCKS_CHANGED: {
    exit: 'refused',
    meaning: 'A changed function takes or releases other locks than before.',
    remedy:
      'While the update is applied, some tasks run the old code and some the new: check that both keep the same data safe, that the order of the locks stays the same, and that no lock is taken by one and released by the other.',
  },
  EXAMINE_LOCK_ORDER: {
    exit: 'refused',
    meaning:
      'A changed function takes locks in another order, or does its work under other locks than before.',
    remedy:
      'While the update is applied, a task in the old code and one in the new may meet: check that they cannot wait for each other, and that what both touch is kept by a lock that both take.',
  },
  EXAMINE_REFERENCES_CHANGED: {
    exit: 'refused',
    meaning: 'A changed function takes or drops other references than before.',
    remedy:
      'Objects that the old code took live on: check that the new code does not drop what the old one never took, and that what the old one took is still dropped.',
  },
  EXAMINE_MAY_SLEEP: {
    exit: 'refused',
    meaning:
      'A function that holds a spinlock, disables bottom halves or runs where nothing may sleep has a new call that may sleep.',
    remedy: 'Check that the call stands where no spinlock is held and preemption is enabled.',
  },
  EXAMINE_LONG_SLEEPER: {
    exit: 'refused',
    meaning: 'A changed function may stay on the stack of a sleeping task for any time.',
    remedy:
      'The transition does not end while a task sleeps in the old function: move the change to a function that returns. What a kernel thread never leaves cannot be replaced; where programs wait, see that one of them stands a signal.',
  },
  EXAMINE_PROTOTYPE_CHANGED: {
    exit: 'refused',
    meaning: 'A changed function that other code can reach has other parameters or returns something else.',
    remedy:
      'Check every caller that the update does not replace, modules from elsewhere among them; a function of a new name beside the old one is safe.',
  },
  EXAMINE_RETURN_CHANGED: {
    exit: 'refused',
    meaning:
      'A changed function tells errors in another way than before, and callers that stay can reach it.',
    remedy:
      'Check that every caller which the update does not replace takes the new value for what it is; else replace the callers too.',
  },
  EXAMINE_CALLBACKS_CHANGED: {
    exit: 'refused',
    meaning:
      'The address of a function is given away, or no longer given away: someone will call it later, or goes on calling it.',
    remedy:
      'Check what was registered before the update, and that nothing keeps an address of a function that only the update has: cancel it from a pre_unpatch callback (docs/authors.md).',
  },
  EXAMINE_ENTRY_CODE: {
    exit: 'refused',
    meaning:
      'A changed function belongs to code that must not be traced or probed: noinstr, entry or idle code.',
    remedy:
      'Check that the new copy may be traced and interrupted where it runs; better change a function that it calls.',
  },
  EXAMINE_ALLOCATION_CHANGED: {
    exit: 'refused',
    meaning:
      'Memory is allocated or freed in another way, in another size or by another function than before.',
    remedy:
      'Check that old code can free and use what new code allocates, and new code what old code allocated: that allocator and size fit, that it is freed once, and that nothing counts on zeroes that old objects never had.',
  },
  EXAMINE_COUNTER_CHANGED: {
    exit: 'refused',
    meaning: 'A changed function counts in objects, or sets bits in them, at other places than before.',
    remedy:
      'Check objects that the old code counted and the new code counts back, and the other way round: a count must not pass zero, what is freed at zero must be freed once, and a bit that nobody sets must not be waited for.',
  },
  EXAMINE_WAKING_CHANGED: {
    exit: 'refused',
    meaning: 'A changed function waits, wakes, or starts work and timers in another way than before.',
    remedy:
      'Check that tasks which already sleep in old code are woken by the new code, and that what was started before the update ends well.',
  },
  EXAMINE_ORDERING_CHANGED: {
    exit: 'refused',
    meaning: 'A changed function orders memory in another way than before.',
    remedy:
      'Find the other side of each barrier, and check that old code on one side and new code on the other are no worse together than the old code alone.',
  },
  EXAMINE_LOOKUP_CHANGED: {
    exit: 'refused',
    meaning: 'What says where an entry of a table or a tree belongs has changed.',
    remedy:
      'Check that entries which are there already are still found and removed; else empty or fill the table anew from a callback (docs/authors.md), or leave the place of entries as it was.',
  },
  EXAMINE_SETUP_CHANGED: {
    exit: 'refused',
    meaning:
      'A changed function sets objects up in another way when it makes them, and changed code relies on it.',
    remedy:
      'Check what the new code does with objects that the old code set up, and the old code with new ones; else let the new code tell them apart (a shadow variable, docs/authors.md), or set the old ones right from a callback.',
  },
  EXAMINE_SWITCH_CODE: {
    exit: 'refused',
    meaning: 'A changed function belongs to the code that carries a live update out.',
    remedy:
      'Check that the update can be applied and taken back while half of this code is old and half is new, and prove it with --load; where the fix can wait for a reboot, let it wait.',
  },
  EXAMINE_CONSTANT_CHANGED: {
    exit: 'refused',
    meaning: 'A macro that stands for a number has another value.',
    remedy:
      'Check that data which was made with the old value (tables, allocations, limits that were handed out, registers) does no harm to code with the new one.',
  },
  EXAMINE_USER_ABI: {
    exit: 'refused',
    meaning:
      'The patch changes something that programs can name: a system call, an ioctl, a file, a parameter.',
    remedy:
      'Check that programs which run now go on; what is registered at the start (attributes, parameters, tracepoints) does not come to be by a live update.',
  },
  EXAMINE_INLINED: {
    exit: 'refused',
    meaning:
      'Functions are replaced although the patch does not change their text: a changed one is inlined there.',
    remedy: 'Nothing: they are replaced together.',
  },
  EXAMINE_ALREADY_RAN: {
    exit: 'refused',
    meaning: 'A changed function has done its work before the update is loaded.',
    remedy:
      'Check that what the old code set up is safe; else set it right from a pre_patch callback (docs/authors.md).',
  },
} as const satisfies Record<string, CatalogueEntry>;
