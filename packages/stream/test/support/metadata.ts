// SPDX-License-Identifier: GPL-2.0-or-later
import { parseRoot, parseSnapshot, parseTargets, parseTimestamp } from '../../src/trust/parse.ts';
import { matchesPattern } from '../../src/trust/pattern.ts';
import { firstRoot } from '../../src/trust/rules.ts';

export type Kind = 'root' | 'timestamp' | 'snapshot' | 'targets';

/** Does to bytes of a stranger all that a client does before it knows who signed them. */
export function readMetadata(kind: Kind, bytes: Uint8Array): void {
  if (kind === 'timestamp') parseTimestamp(bytes);
  else if (kind === 'snapshot') parseSnapshot(bytes);
  else if (kind === 'root') {
    parseRoot(bytes);
    firstRoot(bytes);
  } else {
    const { delegations } = parseTargets('targets', bytes).signed;
    for (const { paths = [] } of Object.values(delegations?.roles ?? {}))
      for (const pattern of paths) matchesPattern(pattern, 'debian-12/6.1.0-50-amd64/c0ffee/index.json');
    delegations?.succinctRoles?.getRoleForTarget('debian-12');
  }
}
