// SPDX-License-Identifier: GPL-2.0-or-later

/** Lines of the log that are shown at most. */
const MAX_LINES = 20;

/**
 * What strerror(3) says for the errors with which init_module ends (kernel/module/main.c, kernel/livepatch), and
 * what they mean for an update.
 */
const MEANINGS: readonly (readonly [words: string, meaning: string])[] = [
  ['Key was rejected by service', 'the kernel knows no key of the signature of the module'],
  ['Required key not available', 'the kernel loads signed modules only'],
  ['Operation not permitted', 'the kernel is locked down, or the process lacks CAP_SYS_MODULE'],
  ['Device or resource busy', 'a transition goes on, or another user of ftrace redirects a function'],
  ['File exists', 'a module of this name is loaded'],
  ['Invalid module format', 'the module is for another kernel or configuration'],
  ['Exec format error', 'the module is for another kernel or configuration'],
  ['Unknown symbol in module', 'the module needs a symbol that the kernel does not have'],
  ['Invalid argument', 'a function or object of the update is not as the kernel has it'],
  ['Cannot allocate memory', 'the kernel has too little memory'],
];

/** What the kernel logs where its error alone would mislead (klp_enable_patch). */
const LOGGED: readonly (readonly [words: string, meaning: string])[] = [
  [
    'is not compatible with the already installed livepatches',
    'a live update has a state that this one does not know, or knows in an older version',
  ],
];

/** Puts together what insmod said, what it means, and what the kernel logged meanwhile. */
export function explainRefusal(complaint: string, logBefore: string, logAfter: string): string {
  const log = newLines(logBefore, logAfter).slice(-MAX_LINES);
  const logged = LOGGED.find(([words]) => log.some((line) => line.includes(words)))?.[1];
  const meaning = logged ?? MEANINGS.find(([words]) => complaint.includes(words))?.[1];
  return [
    `${complaint.trim()}${meaning === undefined ? '' : ` (${meaning})`}`,
    ...(log.length === 0 ? [] : ['the kernel logged:', ...log.map((line) => `  ${line}`)]),
  ].join('\n');
}

/** The lines that a log got. Its oldest ones may have gone meanwhile: it is a ring. */
export function newLines(before: string, after: string): string[] {
  const old = before.trimEnd().split('\n');
  const now = after.trimEnd().split('\n');
  const last = now.lastIndexOf(old.at(-1) ?? '');
  return now.slice(last + 1).filter((line) => line !== '');
}
