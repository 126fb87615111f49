// SPDX-License-Identifier: GPL-2.0-or-later
/** Reads what is to be published with a TUF library, which knows nothing of how it was made. */
import { Metadata, MetadataKind, type Targets } from '@tufjs/models';
import { CATALOGUE, type Finding } from '@uptide/base';
import type { Envelope, SnapshotSigned, TimestampSigned, View } from './model.ts';
import { delegatorOf, nextRoot, theTargets } from './roles.ts';
import { printEnvelope } from './sign.ts';

/** What a client would refuse of the staged roles and of what makes them seen. */
export function checkAsClient(
  view: View,
  snapshot: Envelope<SnapshotSigned> | undefined,
  timestamp: Envelope<TimestampSigned>,
): Finding[] {
  const root = Metadata.fromJSON(MetadataKind.Root, jsonOf(nextRoot(view)));
  const findings: Finding[] = [];
  const check = (role: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const { remedy } = CATALOGUE.STREAM_UNFIT;
      findings.push({ code: 'STREAM_UNFIT', verdict: 'refuse', place: { symbol: role }, reason, remedy });
    }
  };
  check('root', () => {
    root.verifyDelegate('root', root);
    const { root: before } = view.published;
    if (before !== undefined && view.staged.root !== undefined) {
      Metadata.fromJSON(MetadataKind.Root, jsonOf(before)).verifyDelegate('root', root);
    }
  });
  const parents = new Map<string, Metadata<Targets>>();
  const targetsOf = (role: string): Metadata<Targets> => {
    const known =
      parents.get(role) ?? Metadata.fromJSON(MetadataKind.Targets, jsonOf(theTargets(view, role)));
    parents.set(role, known);
    return known;
  };
  for (const role of view.staged.targets.keys()) {
    check(role, () => {
      const delegator = delegatorOf(role);
      const child = Metadata.fromJSON(MetadataKind.Targets, jsonOf(theTargets(view, role)));
      (delegator === 'root' ? root : targetsOf(delegator)).verifyDelegate(role, child);
    });
  }
  if (snapshot !== undefined) {
    check('snapshot', () =>
      root.verifyDelegate('snapshot', Metadata.fromJSON(MetadataKind.Snapshot, jsonOf(snapshot))),
    );
  }
  check('timestamp', () =>
    root.verifyDelegate('timestamp', Metadata.fromJSON(MetadataKind.Timestamp, jsonOf(timestamp))),
  );
  return findings;
}

function jsonOf(envelope: Envelope): Parameters<typeof Metadata.fromJSON>[1] {
  return JSON.parse(Buffer.from(printEnvelope(envelope)).toString('utf8'));
}
