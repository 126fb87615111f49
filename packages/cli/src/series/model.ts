// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { PatchFile } from '@uptide/forge';
import type { BootRecord } from '@uptide/lab';
import type { LevelFix } from '@uptide/stream';

/** One fix of a series. */
export interface SeriesEntry extends LevelFix {
  /** Its patch files in the order in which they are applied, as paths below the folder of series.yaml. */
  readonly patches: readonly string[];
  /** The script that shows the fault, where the entry names it. */
  readonly probe?: string | undefined;
  /** Ids of earlier entries whose fixes its patches take back. */
  readonly undoes?: readonly string[] | undefined;
}

/** The fixes of one kernel release: the n-th entry makes level n out of level n-1. */
export interface Series {
  readonly kernel: string;
  readonly entries: readonly SeriesEntry[];
}

/** A level that is to be built. */
export interface PlannedLevel {
  /** From 1. */
  readonly level: number;
  /** What it has more than the level before it. */
  readonly entry: SeriesEntry;
  /** SHA-256 over all that the entry says. */
  readonly entryDigest: string;
  /** The patches of the entry. */
  readonly own: readonly PatchDigest[];
  /** The patches of this entry and all before it. */
  readonly patches: readonly PatchFile[];
  /** The fixes of this entry and all before it, without those that were taken back. */
  readonly fixes: readonly LevelFix[];
  /** Those that were taken back, with every CVE that they or their patches name. */
  readonly undone: readonly LevelFix[];
}

/** A patch file as the lock file names it. */
export interface PatchDigest {
  readonly path: string;
  readonly sha256: string;
}

/** The file of a level, in the folder of the levels. */
export function levelFile(level: number): string {
  return `level-${level}.uptide`;
}

/** How a level came to its proof: `proven` now, or `kept` from before. */
export interface LevelProof {
  readonly level: number;
  readonly how: 'proven' | 'kept';
  readonly verdict: string;
  /** Whether the level before replaces it again; null where that is no question. */
  readonly back: boolean | null;
  readonly findings: readonly Finding[];
  readonly boots: readonly BootRecord[];
}

/** Whether a proof of some level failed. */
export function anyFailed(proofs: readonly LevelProof[]): boolean {
  return proofs.some(({ verdict }) => verdict === 'failed');
}
