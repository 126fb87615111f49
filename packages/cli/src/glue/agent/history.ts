// SPDX-License-Identifier: GPL-2.0-or-later
import type { BootState } from '@uptide/host';
import { printable } from '../../shell/lines.ts';

/** Every load and unload, by boot, as people read it. */
export function describeHistory(boots: readonly BootState[]): string {
  if (boots.length === 0) return 'nothing was loaded on this host yet';
  return printable(boots.flatMap(linesOf).join('\n'));
}

function linesOf({ at, boot, kernel, previous, evidence, actions, forgotten }: BootState): string[] {
  const before = previous === 'unclean' ? ', after one that ended uncleanly' : '';
  return [
    `boot ${boot.slice(0, 8)} of ${kernel.release}, ${at}${before}`,
    ...evidence.map((line) => `    ${line}`),
    ...(forgotten === 0 ? [] : [`  ${forgotten} older ones left out`]),
    ...actions.map(({ at: when, action, update, by, result, milliseconds, code }) => {
      const took = milliseconds === undefined ? '' : ` in ${milliseconds} ms`;
      const why = code === undefined ? '' : `, ${code}`;
      return `  ${when}  ${action} level ${update.level} (by ${by}): ${result ?? 'not ended'}${took}${why}`;
    }),
  ];
}
