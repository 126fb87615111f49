// SPDX-License-Identifier: GPL-2.0-or-later

/** A fix of the corpus whose create is measured. */
export interface Case {
  readonly patch: string;
  readonly what: string;
  readonly sources: readonly string[];
}

export const CASES: readonly Case[] = [
  {
    patch: 'CVE-2026-99225',
    what: 'a small TU',
    sources: ['security/keys/process_keys.c'],
  },
  {
    patch: 'CVE-2026-90146',
    what: 'a large TU',
    sources: ['net/core/dev.c'],
  },
  {
    patch: 'CVE-2026-45961',
    what: 'a module, two TUs',
    sources: ['fs/gfs2/ops_fstype.c', 'fs/gfs2/super.c'],
  },
];

/** TUs whose objects are large, for the throughput of compare. */
export const LARGE_SOURCES: readonly string[] = [
  'kernel/sched/core.c',
  'net/ipv4/tcp_input.c',
  'fs/ext4/inode.c',
  'fs/ext4/super.c',
  'kernel/bpf/verifier.c',
];

/** What create may take besides compiling, in milliseconds. */
export const AIM_MILLISECONDS = 1500;
/** Compilations of the TU that it may take: pre and post, or post alone where pre is in the store. */
export const AIM_COMPILES = { cold: 2, warm: 1 } as const;
