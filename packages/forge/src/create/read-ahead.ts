// SPDX-License-Identifier: GPL-2.0-or-later
import { setTimeout as sleep } from 'node:timers/promises';
import type { Baseline } from '@uptide/kernel';

/** Compilers are started first: what is parsed here holds up everything else in this process for 0.1 s. */
const HEAD_START_MS = 50;

/**
 * Reads what match and link need of a baseline while the compilers run: symbols, exports, types. A baseline reads
 * each part once; what goes wrong is told to those who ask for the part.
 */
export async function readAhead(
  baseline: Pick<Baseline, 'image' | 'exports' | 'btf' | 'modules'>,
): Promise<void> {
  await sleep(HEAD_START_MS);
  await Promise.allSettled([baseline.image(), baseline.exports(), baseline.btf(), baseline.modules()]);
}
