// SPDX-License-Identifier: GPL-2.0-or-later
/** Writes `docs/errors.md` from the catalogue; `test/docs.test.ts` fails while the two differ. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE, type Code, EXIT, type ExitName } from '@uptide/base';

const ENDINGS: Readonly<Record<ExitName, string>> = {
  done: 'What was asked for is done.',
  internal: 'A fault in Uptide or in a program that it runs.',
  usage: 'The command line is wrong.',
  patchDoesNotApply: 'The patch does not apply; the message names the file and the hunk.',
  doesNotCompile: "The patched source does not compile; the compiler's words follow.",
  noFunctionalChange: 'The patch changes no code and no data.',
  refused: 'The change cannot be made live as it stands; every finding is printed.',
  noMatch: 'The compiled code is not the code that was shipped, or not the code in the update.',
  kernelNotAvailable: 'The kernel is not in the store, or not complete.',
  badInput: 'A file that was given is damaged or not what it should be.',
  machine: 'This machine lacks something: a program, space, a network, a permission.',
  proofFailed: 'The update was tried and did not do what it must.',
  available: 'The host can take a level: uptide upgrade loads it.',
  attention: 'The host is not as it should be, and a person has to look: uptide status says why.',
  interrupted: 'The command was interrupted; nothing is left half-made.',
};

/** The whole of `docs/errors.md`. */
export function errorsDocument(): string {
  const byStatus = (Object.keys(EXIT) as ExitName[]).sort((a, b) => EXIT[a] - EXIT[b]);
  const codes = (Object.keys(CATALOGUE) as Code[]).sort();
  return [
    '# Errors and exit status',
    '',
    'This page is made from the catalogue by `node scripts/errors-doc.ts`.',
    '',
    'A message has a code, a place, a reason and a next step. Codes are kept; texts may change. With `--json` the',
    'same stands on standard output as `{"schema":1,"error":{"code","place","reason","remedy","status"}}`.',
    'Findings of a patch use the same codes: a refusal is a result, and all of them are listed.',
    '',
    '## Exit status',
    '',
    '| status | meaning |',
    '|---|---|',
    ...byStatus.map((name) => `| ${EXIT[name]} | ${ENDINGS[name]} |`),
    '',
    '## Codes',
    ...codes.flatMap((code) => {
      const { exit, meaning, remedy } = CATALOGUE[code];
      return ['', `### ${code}`, '', `${meaning} Exit status ${EXIT[exit]}.`, '', `Next: ${remedy}`];
    }),
    '',
  ].join('\n');
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '../docs/errors.md'), errorsDocument());
