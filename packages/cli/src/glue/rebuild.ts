// SPDX-License-Identifier: GPL-2.0-or-later
import { join } from 'node:path';
import type { Finding } from '@uptide/base';
import type { Update } from '@uptide/stream';
import { VERSION } from '../version.ts';
import { type MakeTools, makeUpdate, stacksOf, type Target } from './make.ts';
import { requireSameOrigin } from './origin.ts';
import { compareUpdates } from './verify.ts';

/**
 * Makes an update again from the patches in it, with a compiler run for every object: nothing that earlier creates
 * kept is read.
 *
 * @returns where the two differ
 * @throws UptideError VERIFY_OTHER_KERNEL, VERIFY_OTHER_TOOL, and as `createUpdate`
 */
export async function rebuildUpdate(
  update: Update,
  target: Target,
  tools: MakeTools,
): Promise<readonly Finding[]> {
  const { kernelSideFiles, withWorkFolder } = await import('@uptide/forge');
  const { baseline, store } = target;
  const { title, cves, level, fixes, undone } = update.description;
  requireSameOrigin(update, { baseline, version: VERSION, kernelSide: await kernelSideFiles() });
  const patches = update.patches.map(({ name, bytes }) => ({ path: name, bytes }));
  return await withWorkFolder(join(store.root, 'scratch'), async (cache) => {
    const fresh = { ...target, baseline: { ...baseline, cache } };
    // Whoever made it agreed to the number of its units. Where tasks rest is no object, and need not be seen anew.
    const stacks = stacksOf(baseline, tools);
    const agreed: MakeTools = { ...tools, maxUnits: Number.POSITIVE_INFINITY, stacks };
    const made = await makeUpdate(fresh, patches, { title, cves, level, fixes, undone }, agreed);
    return compareUpdates(update, made.outcome, made.update);
  });
}
