// SPDX-License-Identifier: GPL-2.0-or-later
import { addBaseline, type Baseline, newestRelease, openBaseline } from '@uptide/kernel';

let opened: Promise<Baseline> | undefined;

/**
 * The baseline of a stock Debian kernel, made when the store does not have it: of the release that
 * UPTIDE_TEST_RELEASE names, or of the newest of 6.1. Fails when there is none to be had.
 */
export async function stockKernel(): Promise<Baseline> {
  opened ??= open();
  return await opened;
}

async function open(): Promise<Baseline> {
  const release = process.env.UPTIDE_TEST_RELEASE ?? (await newestRelease('6.1', 'amd64'));
  await addBaseline({ release });
  return await openBaseline(release);
}
