// SPDX-License-Identifier: GPL-2.0-or-later
import type { Code, Finding, Place } from '@uptide/base';
import type { Proof } from '@uptide/lab';

/** A patch of the folder, with what the folder's manifest says of it. */
export interface Fix {
  /** The name of the file without `.patch`. */
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly title?: string;
  readonly cves: readonly string[];
}

/**
 * How a create of the corpus ended. `not-built`, `no-change` and `init-only` say that this kernel runs no code that
 * is to be mended; `error` is a fault of Uptide or of the machine, never of the patch.
 */
export type CorpusVerdict = 'made' | 'refused' | 'init-only' | 'no-change' | 'not-built' | 'error';

/** An error of the catalogue that ended a create, as data. */
export interface Problem {
  readonly code: Code;
  readonly place: Place;
  readonly reason: string;
  readonly remedy: string;
}

/** A named step and how long it took, in milliseconds of wall time beside the others. */
export interface StepTime {
  readonly step: string;
  readonly took: number;
}

/** What an update of the corpus replaces in one object. */
export interface ReplacedObject {
  readonly name: string;
  readonly functions: readonly string[];
  readonly callbacks: readonly string[];
}

/** What came of one create. */
export interface CreateRecord {
  readonly verdict: CorpusVerdict;
  /** Empty unless `made`. */
  readonly objects: readonly ReplacedObject[];
  /** Translation units that were compiled, each before and after the patch, or taken from the store. */
  readonly units: number;
  readonly times: readonly StepTime[];
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  /** What ended the create before it could say more. */
  readonly problem?: Problem;
}

/** What came of one proof. */
export interface ProofRecord {
  /** Digest of all that the proof is a function of: the module, and the code that proves. */
  readonly key: string;
  readonly proof: Proof;
  readonly times: readonly StepTime[];
}

/** A patch of the corpus and what came of it; the kept form and the published one. */
export interface CorpusEntry {
  readonly form: string;
  /** Digest of all that the create is a function of. */
  readonly key: string;
  readonly patch: string;
  readonly title?: string;
  readonly cves: readonly string[];
  readonly create: CreateRecord;
  /** There when the update was made and a proof was asked for. */
  readonly proof?: ProofRecord;
}
