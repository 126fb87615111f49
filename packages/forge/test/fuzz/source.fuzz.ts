// SPDX-License-Identifier: GPL-2.0-or-later

import { Pairing } from '../../src/compare/pairing.ts';
import { RULES } from '../../src/examine/rules.ts';
import { readSource, touchedFunctions } from '../../src/examine/source.ts';

const SOURCE = `#include <x.h>
#define LIMIT (1 << 4)
#define FOO_IOC _IOR('f', 1, struct foo)
static int probe_one(struct dev *d) __acquires(d) { if (!d) return -EINVAL; return 0; }
static struct x_driver drv = { .probe = probe_one, .name = "x" };
SYSCALL_DEFINE2(open, int, a, char *, b) { return a; }
module_param(depth, int, 0644);
`;

export const seeds: readonly Uint8Array[] = [Buffer.from(SOURCE), Buffer.from('int f(void) { return 1; }')];

/** Any text is read, and no rule that reads texts falls over it. */
export function target(bytes: Uint8Array): void {
  const [pre, post] = [readSource(SOURCE), readSource(Buffer.from(bytes).toString('latin1'))];
  touchedFunctions(pre, post);
  const nothing = { pieces: [], named: new Map(), literals: [], orphans: [] };
  const comparison = {
    pre: nothing,
    post: nothing,
    pairing: new Pairing(),
    changed: [],
    added: [],
    removed: [],
    addedData: [],
    findings: [],
  };
  for (const path of ['a.c', 'include/uapi/a.h']) {
    const changes = [{ path, pre, post }];
    const types = { kind: 'unknown' } as const;
    for (const { examine } of RULES) {
      const unit = { source: 'a.c', object: 'vmlinux', comparison };
      examine({ ...unit, types, changes, text: post, origins: new Map(), resting: [] });
    }
  }
}
