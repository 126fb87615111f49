// SPDX-License-Identifier: GPL-2.0-or-later
import { bad, type Check, type Diagnosis, note, ok } from './model.ts';

/** What the journal remembers of crashes. */
export const boots: Check = {
  name: 'boots',
  look: async (_agent, { journal, trust }) => {
    const found: Diagnosis[] = [];
    if (trust.stopped !== undefined) {
      found.push(
        bad(trust.stopped, 'Find out why; then uptide doctor --clear lets updates be loaded again.'),
      );
    }
    for (const { update, quarantined } of journal?.known ?? []) {
      if (quarantined === undefined) continue;
      const why = quarantined.why === 'complaint' ? 'the kernel complained' : 'the boot ended uncleanly';
      const evidence = quarantined.evidence.length === 0 ? '' : `: ${quarantined.evidence.join('; ')}`;
      found.push(
        note(
          `level ${update.level} (${update.id}) is quarantined since ${quarantined.at}, ${why}${evidence}`,
          `uptide doctor --unquarantine ${update.id.slice(0, 12)} lets it be loaded again.`,
        ),
      );
    }
    if (journal?.boot?.previous === 'unclean' && trust.stopped === undefined) {
      const reason = 'the boot before this one ended without a clean shutdown';
      found.push(note([reason, ...journal.boot.evidence].join('\n'), 'Look at the logs of that boot.'));
    }
    return found.length > 0 ? found : [ok('none that ended uncleanly counts, nothing is quarantined')];
  },
};
