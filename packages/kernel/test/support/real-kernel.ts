// SPDX-License-Identifier: GPL-2.0-or-later
import { join } from 'node:path';
import { addBaseline } from '../../src/baseline/add.ts';
import { FILES } from '../../src/baseline/record.ts';
import { newestRelease } from '../../src/packages/find.ts';
import { defaultStore } from '../../src/store/store.ts';

/**
 * The release that the tests on a real kernel use: the one of UPTIDE_TEST_RELEASE, else the newest stock
 * kernel of the series 6.1. It is added to the default store at the first use and kept there.
 */
export const RELEASE = process.env.UPTIDE_TEST_RELEASE ?? (await newestRelease('6.1', 'amd64'));
await addBaseline({ release: RELEASE });

/** The path of a file or folder of the real kernel's baseline. */
export function realKernel(part: keyof typeof FILES): string {
  return join(defaultStore().kernels, RELEASE, FILES[part]);
}
