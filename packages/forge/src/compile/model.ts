// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { TranslationUnit } from '@uptide/kernel';

/** A translation unit with its two objects, after objtool. */
export interface CompiledUnit {
  readonly unit: TranslationUnit;
  /** The changed files that the unit is compiled from, sorted. */
  readonly changedSources: readonly string[];
  /** The whole object file from the pristine source, and from the patched one. */
  readonly pre: Uint8Array;
  readonly post: Uint8Array;
  /** Digest of all that the object was made from. */
  readonly preKey: string;
  readonly postKey: string;
  /** Warnings of the compiler that only post has. */
  readonly notes: readonly string[];
}

/** What compiling came to. */
export interface CompileResult {
  /** In the order of the affected units, without those that do not read a changed file after all. */
  readonly units: readonly CompiledUnit[];
  readonly findings: readonly Finding[];
  /** How many units that a changed header could reach came out the same. */
  readonly unchanged: number;
  readonly notes: readonly string[];
}
