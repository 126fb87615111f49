// SPDX-License-Identifier: GPL-2.0-or-later
import type { BootState } from '../guard/decide/record.ts';
import type { Agent } from './agent.ts';

/** The boots that the journal knows, oldest first, each with every load and unload. */
export async function readHistory({ journal }: Agent): Promise<readonly BootState[]> {
  const { boot, history } = await journal.state();
  return boot === undefined ? history : [...history, boot];
}
