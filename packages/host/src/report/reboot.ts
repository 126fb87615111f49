// SPDX-License-Identifier: GPL-2.0-or-later
import type { Status } from './status.ts';

/**
 * Whether this machine should be booted again. `needed`: for one of the reasons. `not-needed`: live updates close all
 * that the maker knows of this kernel. `unknown`: neither can be said, for one of the reasons.
 */
export interface RebootAdvice {
  readonly advice: 'needed' | 'not-needed' | 'unknown';
  readonly reasons: readonly string[];
}

/** How many CVEs a sentence names. */
const MAX_NAMED = 5;

/** States in which what the stream says of this kernel can be taken as all that there is to say. */
const KNOWN: readonly Status['state'][] = ['current', 'update-available', 'waiting-wave', 'held-by-policy'];

/** What to say to somebody, or a program, that asks whether a reboot is due. */
export function rebootAdvice(status: Status): RebootAdvice {
  const needed = reasonsToReboot(status);
  if (needed.length > 0) return { advice: 'needed', reasons: needed };
  const doubts = reasonsToDoubt(status);
  return doubts.length > 0 ? { advice: 'unknown', reasons: doubts } : { advice: 'not-needed', reasons: [] };
}

function reasonsToReboot({ state, reasons, cves, stream, kernel }: Status): string[] {
  const lost = named(cves, 'not-patchable');
  const successor = stream?.ended?.successor;
  return [
    ...(state === 'reboot-first'
      ? [reasons[0]?.reason ?? 'the next level can only be loaded after a reboot']
      : []),
    ...(lost === '' ? [] : [`no live update can close ${lost}`]),
    ...(stream?.ended === undefined
      ? []
      : [`no more levels come for ${kernel.release}${successor === undefined ? '' : `; boot ${successor}`}`]),
  ];
}

function reasonsToDoubt({ state, reasons, cves, stream }: Status): string[] {
  const open = [named(cves, 'available'), named(cves, 'pending')].filter((names) => names !== '');
  return [
    ...(KNOWN.includes(state) ? [] : [`${state}${reasons[0] === undefined ? '' : `: ${reasons[0].reason}`}`]),
    ...(stream?.staleSince === undefined
      ? []
      : [`the stream has brought no news since ${stream.staleSince}`]),
    ...open.map((names) => `not closed yet: ${names}`),
  ];
}

function named(cves: Status['cves'], wanted: Status['cves'][number]['state']): string {
  const ids = cves.filter(({ state }) => state === wanted).map(({ id }) => id);
  const more = ids.length > MAX_NAMED ? ` and ${ids.length - MAX_NAMED} more` : '';
  return `${ids.slice(0, MAX_NAMED).join(', ')}${more}`;
}
