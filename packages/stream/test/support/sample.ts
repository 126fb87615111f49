// SPDX-License-Identifier: GPL-2.0-or-later
import type { Description, Update } from '@uptide/stream';

const DIGEST = 'ab'.repeat(32);

/** A description with one of everything. */
export function sampleDescription(changes: Record<string, unknown> = {}): Description {
  return {
    id: DIGEST,
    module: 'uptide_0123456789ab',
    kernel: { release: '6.1.0-50-amd64', buildId: 'c0ffee'.repeat(6), architecture: 'x86_64' },
    level: 1,
    title: 'keys: hold the reference',
    cves: ['CVE-2024-0001'],
    objects: [
      {
        name: 'vmlinux',
        functions: [
          {
            name: 'join_session_keyring',
            position: 0,
            size: 320,
            reason: 'first differing instruction at keyctl.c:42',
            match: {
              sha256: DIGEST,
              masks: [
                { offset: 0, length: 5, kind: 'fentry' },
                { offset: 40, length: 4, kind: 'relocation' },
              ],
            },
          },
        ],
      },
    ],
    findings: [
      {
        code: 'INTERNAL',
        verdict: 'review',
        place: { file: 'security/keys/process_keys.c', line: 3 },
        reason: 'a reason',
        remedy: 'a remedy',
        signedOff: { name: 'A Maker', reason: 'judged', date: '2024-02-29' },
      },
    ],
    compiler: 'gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0',
    source: { package: 'linux-source-6.1', version: '6.1.176-1', baseline: DIGEST },
    ...changes,
  };
}

export function sampleUpdate(changes: Partial<Update> = {}): Update {
  return {
    description: sampleDescription(),
    module: Uint8Array.from({ length: 700 }, (_, index) => index % 251),
    patches: [
      { name: 'first.patch', bytes: Buffer.from('--- a/x\n+++ b/x\n') },
      { name: 'second.patch', bytes: Buffer.from('') },
    ],
    proof: Buffer.from('{"schema":1}'),
    ...changes,
  };
}
