// SPDX-License-Identifier: GPL-2.0-or-later
import { parseNotes } from '../../src/glue/stream/notes.ts';

const NOTES = `schema: 1
kernel: 6.1.0-50-amd64
notes:
  - { cve: CVE-2026-1234, status: pending, date: 2026-11-02, severity: high, reference: "https://example.org/1" }
  - cve: CVE-2026-1235
    status: mitigated
    since: 2
    date: 2026-11-05
    reason: the path is closed
`;

export const seeds: readonly Uint8Array[] = [
  Buffer.from(NOTES),
  Buffer.from('{"schema":1,"kernel":"6.1.0-50-amd64","notes":[]}'),
];

/** Notes are read, or refused with a code. */
export function target(input: Uint8Array): void {
  parseNotes(input, 'cves.yaml');
}
