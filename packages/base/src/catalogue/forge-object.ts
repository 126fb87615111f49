// SPDX-License-Identifier: GPL-2.0-or-later
import type { CatalogueEntry } from './entry.ts';

const report = 'Report it with the object; Uptide refuses what it has no rule for.' as const;

/** What can be wrong with an object that is taken apart and compared. */
export const FORGE_OBJECT_ERRORS = {
  OBJECT_RELOCATION_UNKNOWN: {
    exit: 'refused',
    meaning: 'The object has a relocation of a type that kernel code on x86-64 does not use.',
    remedy: report,
  },
  OBJECT_SECTION_UNKNOWN: {
    exit: 'refused',
    meaning:
      'The object has a section to be loaded into the kernel that is no code, no data and no known table.',
    remedy: report,
  },
  OBJECT_TABLE_LAYOUT: {
    exit: 'refused',
    meaning: 'The entries of a special table have a size that no known kernel uses.',
    remedy: report,
  },
  OBJECT_TABLE_ORPHAN: {
    exit: 'refused',
    meaning: 'An entry of a special table speaks of a place that is in no function.',
    remedy: report,
  },
  OBJECT_TOO_DEEP: {
    exit: 'badInput',
    meaning: 'Literals refer to literals more deeply than any compiler makes them.',
    remedy: 'The object is damaged or was made to mislead.',
  },
  COMPARE_NO_CHANGE: {
    exit: 'noFunctionalChange',
    meaning: 'The patched object does the same as the original.',
    remedy:
      'Check that the patch changes code which this kernel builds; changes of comments and lines are no changes.',
  },
  COMPARE_DATA_CHANGED: {
    exit: 'refused',
    meaning: 'The patch changes the initial value of data that the running kernel already has.',
    remedy: 'Functions are replaced, data is not: change the code that reads the data.',
  },
  COMPARE_DEFAULT_SET: {
    exit: 'refused',
    meaning:
      'The patch changes the first value of a variable; the update sets it where nothing else has set it since.',
    remedy:
      'Make sure that nothing which lives on was derived from the old value, and that other code may see the new one.',
  },
  COMPARE_DATA_SIZE: {
    exit: 'refused',
    meaning: 'The patch changes the size of data that the running kernel already has.',
    remedy: 'Leave the object as it is and keep what is new beside it, for example in a shadow variable.',
  },
  COMPARE_DATA_MOVED: {
    exit: 'refused',
    meaning: 'The patch moves data that the running kernel already has to a section of another kind.',
    remedy: 'Data stays where it is while the kernel runs: leave that part out.',
  },
  COMPARE_DATA_REMOVED: {
    exit: 'refused',
    meaning:
      'The patch removes an export, a parameter, a tracepoint or the like, which the running kernel keeps.',
    remedy: 'Make sure that what stays does no harm, and sign it off.',
  },
  COMPARE_SECTION_CHANGED: {
    exit: 'refused',
    meaning: 'A section changed of which nothing is known but its bytes.',
    remedy: 'The message names the section; leave out the part of the patch that changes it.',
  },
  COMPARE_NEW_DATA_UNREACHED: {
    exit: 'refused',
    meaning:
      'The patch adds data that no replaced or new function reaches, such as an initcall or a parameter.',
    remedy: 'What the kernel reads by itself at boot or load time is not read again: leave that part out.',
  },
  COMPARE_EXPORT_ADDED: {
    exit: 'done',
    meaning:
      'The patch exports a symbol; the update does not, as no module built for this kernel asks for it.',
    remedy: 'Nothing is to be done: code that the patch itself changes in modules finds the symbol.',
  },
  COMPARE_STRUCT_CHANGED: {
    exit: 'refused',
    meaning: 'The patch changes the layout of a struct or union; objects that exist keep the old one.',
    remedy:
      'Make sure that no object with the old layout meets new code, or keep what is new in a shadow variable.',
  },
  COMPARE_STRUCT_HOLE_USED: {
    exit: 'refused',
    meaning: 'The patch adds a member to a struct where there was padding; nothing else of it moves.',
    remedy: 'Make sure that new code copes with any value of the member in objects that exist.',
  },
  COMPARE_ENUM_CHANGED: {
    exit: 'refused',
    meaning:
      'The patch changes the value of a constant of an enum; data and code outside the patch keep the old one.',
    remedy:
      'Make sure that no old value is stored anywhere, and that all users of the constant are replaced.',
  },
  COMPARE_LAYOUTS_UNKNOWN: {
    exit: 'refused',
    meaning: 'The layouts of structs before and after the patch could not be compared.',
    remedy: 'Look for changed structs in the patch; the kernel should be built with debug information.',
  },
  COMPARE_STATIC_LOCAL_NEW: {
    exit: 'refused',
    meaning: 'A static variable inside a function has no counterpart in the original and starts anew.',
    remedy: 'Make sure that its value need not live on.',
  },
  COMPARE_STATIC_LOCAL_GONE: {
    exit: 'refused',
    meaning: 'A changed function used a static variable that has no counterpart in the patched object.',
    remedy: 'Make sure that no other user of the variable waits for what the function did with it.',
  },
  COMPARE_NO_FTRACE_SITE: {
    exit: 'refused',
    meaning: 'A changed function has no ftrace site, so that klp cannot replace it.',
    remedy: 'Such functions are marked notrace or inline: change their callers instead.',
  },
  COMPARE_CALLERS_REPLACED: {
    exit: 'done',
    meaning: 'A changed function cannot be replaced itself; all functions that call it are replaced instead.',
    remedy: 'Nothing is to be done.',
  },
  COMPARE_CALLERS_ELSEWHERE: {
    exit: 'refused',
    meaning:
      'A changed function that is exported cannot be replaced itself; all callers that came with the kernel are replaced instead.',
    remedy: 'Make sure that modules from elsewhere, which call the function as it was, may do so.',
  },
  COMPARE_INIT_CHANGED: {
    exit: 'refused',
    meaning: 'The patch changes code that ran when the kernel or the module started and is gone since.',
    remedy:
      'The change takes effect with the next boot; leave it out of the live update, or do its work in a callback.',
  },
  COMPARE_EXIT_CHANGED: {
    exit: 'refused',
    meaning: 'The patch changes code that runs when a module is unloaded, which has no ftrace site.',
    remedy: 'The loaded module keeps the old exit code: leave that part out, or reload the module instead.',
  },
  COMPARE_INIT_LEFT: {
    exit: 'refused',
    meaning:
      'The patch changes code that ran when the kernel or the module started; the update leaves that part out.',
    remedy:
      'Make sure that the replaced functions need nothing of what that code now does otherwise, and sign it off.',
  },
  COMPARE_EXIT_LEFT: {
    exit: 'refused',
    meaning:
      'The patch changes code that runs when a module is unloaded; the update leaves that part out, and the exit code that was shipped runs.',
    remedy:
      'Make sure that the shipped exit code may follow the replaced functions, and sign it off; or do not unload the module.',
  },
  COMPARE_TABLE_REPLACED: {
    exit: 'refused',
    meaning: 'A constant table changed; its new copy goes along with all functions that mention it.',
    remedy:
      'Make sure that no pointer to the table is kept in data that lives on; such a pointer leads to the old copy.',
  },
  COMPARE_HEADER_MISMATCH: {
    exit: 'badInput',
    meaning: 'The two objects are not of one kind.',
    remedy: 'Give the original and the patched object of the same file, from the same compiler.',
  },
} as const satisfies Record<string, CatalogueEntry>;
