// SPDX-License-Identifier: GPL-2.0-or-later
import { decodeUpdate, encodeUpdate } from '@uptide/stream';
import { sampleUpdate } from '../support/sample.ts';

/** Inputs that reach deep into the reader. */
export const seeds: readonly Uint8Array[] = [
  encodeUpdate(sampleUpdate()),
  encodeUpdate(sampleUpdate({ patches: [] })),
];

/** An update is read, or refused with a code. */
export function target(input: Uint8Array): void {
  decodeUpdate(input);
}
