// SPDX-License-Identifier: GPL-2.0-or-later
import type { UpdateState } from './schema.ts';

/**
 * The states for which klp would not let `next` replace `live`, in words with what `next` has instead:
 * klp_is_patch_compatible (kernel/livepatch/state.c) lets a patch that replaces all others in only when it knows
 * every state of each of them, in the same version or a newer one.
 */
export function missingStates(live: readonly UpdateState[], next: readonly UpdateState[]): string[] {
  const known = new Map(next.map(({ id, version }) => [id, version]));
  return live.flatMap(({ id, version }) => {
    const other = known.get(id);
    if (other !== undefined && other >= version) return [];
    return [
      `${id} in version ${version}, which is ${other === undefined ? 'missing' : `in version ${other}`}`,
    ];
  });
}
