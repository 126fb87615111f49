// SPDX-License-Identifier: GPL-2.0-or-later
import { readKprobes } from '../../read/kprobes.ts';
import { type Check, type Diagnosis, note, ok } from './model.ts';

/** More are not read by anybody. */
const MAX_NAMED = 10;

/** Who else has a hand in the code of the kernel. */
export const owners: Check = {
  name: 'others',
  look: async ({ machine }, { updates, live }) => {
    const found: Diagnosis[] = updates
      .filter(({ ours }) => !ours)
      .map(({ name }) =>
        note(
          `${name} is a live update of another maker; ours do not go beside it`,
          'Unload it by its own tool.',
        ),
      );
    const replaced = new Set(live?.objects.flatMap(({ functions }) => functions.map(({ name }) => name)));
    const probes = readKprobes((await machine.hint('sys/kernel/debug/kprobes/list')) ?? '');
    const blind = probes.filter(({ name }) => replaced.has(name)).map(({ name }) => name);
    if (blind.length > 0) {
      const names = [...new Set(blind)].slice(0, MAX_NAMED).join(', ');
      found.push(
        note(`kprobes in replaced functions see no calls: ${names}`, 'Set them on the new functions.'),
      );
    }
    return found.length > 0 ? found : [ok(`no other live update, ${probes.length} kprobes`)];
  },
};
