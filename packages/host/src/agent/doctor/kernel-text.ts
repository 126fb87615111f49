// SPDX-License-Identifier: GPL-2.0-or-later
import { fileDigest } from '@uptide/base';
import { decodeUpdate } from '@uptide/stream';
import { archivePath } from '../../guard/reapply.ts';
import { readKprobes } from '../../read/kprobes.ts';
import { judgeRunningCode } from '../../running-code.ts';
import { bad, type Check, type Diagnosis, note, ok } from './model.ts';

/**
 * Compares the running code of every function that an update of this boot replaced with what was shipped. A function
 * that was unpatched must be again what it was; code that something else has changed shows here as well.
 */
export const kernelText: Check = {
  name: 'kernel text',
  asked: 'kernelText',
  look: async ({ machine }, { journal, boot }) => {
    if (journal?.boot?.boot !== boot.boot) return [ok('nothing was loaded in this boot')];
    const updates = new Map(journal.boot.actions.map(({ update }) => [update.id, update]));
    const modules = (await machine.folders('sys/module')) ?? [];
    const kprobes = readKprobes((await machine.hint('sys/kernel/debug/kprobes/list')) ?? '');
    const found: Diagnosis[] = [];
    for (const { level, archive } of updates.values()) {
      const bytes = archive === undefined ? undefined : await machine.bytes(archivePath(archive));
      if (bytes === undefined || fileDigest(bytes) !== archive) {
        found.push(note(`level ${level} is not in the cache any more`, 'uptide upgrade brings it again.'));
        continue;
      }
      const { description } = decodeUpdate(bytes);
      const { findings } = await judgeRunningCode(machine, description, modules, kprobes);
      const wrong = findings.filter(({ verdict }) => verdict === 'refuse');
      const count = description.objects.reduce((sum, { functions }) => sum + functions.length, 0);
      found.push(
        ...wrong.map(({ code, place, reason, remedy }) =>
          bad(`level ${level}: ${code}: ${place.object ?? ''} ${place.symbol ?? ''}: ${reason}`, remedy),
        ),
        ...(wrong.length === 0 ? [ok(`level ${level}: ${count} functions are what was shipped`)] : []),
      );
    }
    return found.length > 0 ? found : [ok('nothing was loaded in this boot')];
  },
};
