// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether klp would let an update replace those that are live. klp_is_patch_compatible (kernel/livepatch/state.c)
 * wants every state of each of them known, in the same version or a newer one; the kernel's answer to all else is
 * EINVAL. Which states a live update has, sysfs does not show: it is what was written down when it was loaded.
 */
import type { Finding } from '@uptide/base';
import type { Description } from '@uptide/stream';
import type { LiveUpdate } from '../live-update.ts';
import { finding } from './fit.ts';

/** Says which states of live updates an update does not know. */
export function judgeStates(
  { module, states = [] }: Pick<Description, 'module' | 'states'>,
  updates: readonly LiveUpdate[],
): Finding[] {
  const known = new Map(states.map(({ id, version }) => [id, version]));
  return updates
    .filter(({ name }) => name !== module)
    .flatMap(({ name, record }) =>
      (record?.states ?? []).flatMap(({ id, version }) => {
        const own = known.get(id);
        if (own !== undefined && own >= version) return [];
        const other = own === undefined ? 'this update does not know it' : `this update has version ${own}`;
        return [
          finding(
            'HOST_STATE_UNKNOWN',
            'refuse',
            `${name} has state ${id} in version ${version}, and ${other}`,
          ),
        ];
      }),
    );
}
