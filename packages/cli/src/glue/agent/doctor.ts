// SPDX-License-Identifier: GPL-2.0-or-later
import type { ExitName } from '@uptide/base';
import type { Examined } from '@uptide/host';
import { printable } from '../../shell/lines.ts';

/** What the doctor found, as people read it. */
export function describeExamined(examined: readonly Examined[]): string {
  return examined
    .flatMap(({ name, diagnoses }) =>
      diagnoses.flatMap(({ state, reason, remedy }) => [
        `${state.padEnd(4)}  ${name}: ${reason.replaceAll('\n', '\n        ')}`,
        ...(remedy === undefined ? [] : [`      next: ${remedy}`]),
      ]),
    )
    .map(printable)
    .join('\n');
}

export function endingOfExamined(examined: readonly Examined[]): ExitName {
  return examined.some(({ diagnoses }) => diagnoses.some(({ state }) => state === 'bad'))
    ? 'attention'
    : 'done';
}
