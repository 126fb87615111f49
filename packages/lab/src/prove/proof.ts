// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { Outcome } from '../outcome.ts';
import type { BootName, LegName, State } from './legs.ts';
import type { ProbeName } from './plan.ts';

/**
 * `proven`: all that the update replaces was replaced in a running kernel and restored. `partly`: some objects could
 * not be loaded, and were checked against their files instead. `failed`: something speaks against the update, or
 * nothing could be shown.
 */
export type ProofVerdict = 'proven' | 'partly' | 'failed';

/** One command of the plan that is not a probe. */
export interface ProofStep {
  readonly boot: BootName;
  readonly name: string;
  /** Exit status; null when the boot ended before it did. */
  readonly status: number | null;
}

/** How far something is shown: in a running kernel, against the shipped file, or not at all. */
export type Shown = 'live' | 'static' | 'none';

export interface ObjectProof {
  readonly name: string;
  readonly loaded: boolean;
  readonly shown: Shown;
  /** Whether it was patched when it was loaded after the update; null where that was not tried. */
  readonly late: boolean | null;
  /** Why it was not loaded. */
  readonly reason?: string;
}

export interface FunctionProof {
  readonly object: string;
  readonly name: string;
  readonly sympos: number;
  readonly shown: Shown;
}

/** One run of a probe. */
export interface ProbeRun {
  readonly probe: ProbeName | 'fix';
  /** The fix, for a probe of one. */
  readonly fix?: string;
  readonly state: State;
  /**
   * Whether this probe has to end with status 0 in this state. The probe of a fix has to end with status 1, that is
   * to show the fault, where it has not.
   */
  readonly mustPass: boolean;
  /** Exit status; null when the boot ended before it did. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Something that was asked with a proof, by the digest of its bytes. */
export interface AskedScript {
  readonly name: string;
  readonly sha256: string;
}

/**
 * What a proof was made of besides the kernel and the module that it names. A proof of the same is not made again.
 */
export interface ProofInputs {
  /** Raised when proofs show more than they did. */
  readonly plan: number;
  readonly level: number | null;
  /** SHA-256 of the module of the level before; null without one. */
  readonly previous: string | null;
  /** The probes `before` and `after`, and those of fixes by `fix:` and their names. */
  readonly probes: readonly AskedScript[];
  readonly loads: readonly AskedScript[];
  readonly files: readonly AskedScript[];
}

/** A step from one level to another. Level 0 is none. */
export interface LevelStep {
  readonly boot: BootName;
  readonly step: LegName;
  readonly from: number;
  /** The level that is live after it: the same as before where the kernel has to refuse the other. */
  readonly to: number;
  /** Whether the machine came there: loaded, every function redirected, what was replaced unloaded. */
  readonly shown: boolean;
}

/** What a proof shows of a level of a series. */
export interface LevelsProof {
  readonly level: number;
  /** The level that it replaced; null when none was given. */
  readonly previous: { readonly level: number; readonly update: string; readonly module: string } | null;
  /**
   * Whether that level replaced this one again; false where states forbid it, and then it was shown that the kernel
   * refuses. Null without a level before.
   */
  readonly back: boolean | null;
  readonly steps: readonly LevelStep[];
}

/** What one step happened to look like when it was taken; different each time. */
export interface StepRun {
  readonly boot: BootName;
  readonly step: LegName;
  /** Milliseconds from the start of the transition to its end, by the guest's clock; null when it was not seen. */
  readonly transition: number | null;
  /** How many rounds the workers of each load had ended in this boot when the step was over. */
  readonly rounds: readonly { readonly load: string; readonly rounds: number }[];
  /** What the kernel logged meanwhile. */
  readonly log: readonly string[];
}

/**
 * The proof of an update. Written as JSON; a function of kernel, update and what was asked (probes, loads, files) as
 * far as those are, but for `runs`.
 */
export interface Proof {
  readonly schema: 1;
  readonly release: string;
  readonly buildId: string;
  /** Name of the update's module. */
  readonly update: string;
  /** SHA-256 of the module's bytes. */
  readonly module: string;
  readonly verdict: ProofVerdict;
  /** Of the virtual machine. Proofs of plan 1 do not say it, and were made on one. */
  readonly processors: number;
  readonly steps: readonly ProofStep[];
  readonly objects: readonly ObjectProof[];
  readonly functions: readonly FunctionProof[];
  readonly probes: readonly ProbeRun[];
  readonly findings: readonly Finding[];
  readonly inputs: ProofInputs;
  /** There when the update is a level of a series. */
  readonly levels?: LevelsProof;
  readonly runs: readonly StepRun[];
}

/** What one run of the proof happened to look like: for people, and different each time. */
export interface BootRecord {
  readonly boot: BootName;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly log: string;
  readonly autopsy: string;
  /** Milliseconds from the boot to the start of each command, and that it took. */
  readonly times: readonly { readonly name: string; readonly began: number; readonly took: number }[];
}
