// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { Outcome } from '../outcome.ts';
import type { BootName, ProbeName, State } from './plan.ts';

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
  readonly probe: ProbeName;
  readonly state: State;
  /** Whether this probe has to end with status 0 in this state. */
  readonly mustPass: boolean;
  /** Exit status; null when the boot ended before it did. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The proof of an update. Written as JSON; a function of kernel, update and probes as far as those are. */
export interface Proof {
  readonly schema: 1;
  readonly release: string;
  readonly buildId: string;
  /** Name of the update's module. */
  readonly update: string;
  /** SHA-256 of the module's bytes. */
  readonly module: string;
  readonly verdict: ProofVerdict;
  readonly steps: readonly ProofStep[];
  readonly objects: readonly ObjectProof[];
  readonly functions: readonly FunctionProof[];
  readonly probes: readonly ProbeRun[];
  readonly findings: readonly Finding[];
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
