// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, Reporter, Slots } from '@uptide/base';
import type { Baseline, RestingFunction } from '@uptide/kernel';
import type { CallbackKind } from '../author/marks.ts';
import type { MatchRecord } from '../match/record.ts';
import type { KernelSideFile } from './kernel-side.ts';

/** A patch file as it was given. */
export interface PatchFile {
  /** Its name, for messages and for the update. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What `createUpdate` is asked for. */
export interface CreateRequest {
  readonly baseline: Baseline;
  /** In the order in which they are applied. */
  readonly patches: readonly PatchFile[];
  /** Folder for scratch files, on the disk of the store. */
  readonly scratch: string;
  /** Compilers at a time; by default one for each processor. */
  readonly jobs?: number | undefined;
  /** The compilers of all creates that share it; each still keeps to its own `jobs`. */
  readonly compilers?: Slots | undefined;
  /** Units that changed headers may reach without asking; 400 when it is not said. */
  readonly maxUnits?: number | undefined;
  /** Asked before more units than that are compiled; without it the patch is refused then. */
  readonly mayCompile?: ((units: number) => Promise<boolean>) | undefined;
  /** Whether an examination disassembles the functions that would be replaced. */
  readonly disassemble?: boolean | undefined;
  /** In which functions tasks of the booted kernel rest; asked when there is something to examine. */
  readonly stacks: () => Promise<readonly RestingFunction[]>;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/** A function that the update replaces. */
export interface CreatedFunction {
  readonly name: string;
  /** klp's sympos. */
  readonly position: number;
  /** Bytes of the shipped function. */
  readonly size: number;
  /** Why it is replaced: the first instruction that differs, with its place in the source. */
  readonly reason: string;
  readonly match: MatchRecord;
}

/** What the update replaces in one klp object. */
export interface CreatedObject {
  readonly name: string;
  readonly functions: readonly CreatedFunction[];
  /** The callbacks that klp calls for it, by their names in struct klp_callbacks. */
  readonly callbacks: readonly CallbackKind[];
}

/** A state that the module lists as `struct klp_state`. */
export interface CreatedState {
  /** An unsigned long of the author's choice. */
  readonly id: bigint;
  readonly version: number;
}

/** Which files each unit is compiled from, of those that the patches change: what a finding of the unit rests on. */
export interface CompiledFrom {
  /** Every file that the patches change. */
  readonly changed: ReadonlySet<string>;
  /** By the path of the unit's source. */
  readonly units: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The answer of `createUpdate`: an update, or why there is none. */
export interface CreateOutcome {
  readonly verdict: 'made' | 'refused' | 'no-change';
  readonly findings: readonly Finding[];
  /** Remarks that judge nothing. */
  readonly notes: readonly string[];
  /** Absent when nothing was compiled. */
  readonly compiledFrom?: CompiledFrom;
  /** There exactly when the verdict is `made`. */
  readonly update: CreatedUpdate | undefined;
}

/** The answer of `examinePatches`: what was found, and whether the findings let an update be made. */
export interface Examination extends Pick<CreateOutcome, 'findings' | 'notes' | 'compiledFrom'> {
  readonly verdict: 'examined' | 'refused' | 'no-change';
  /** As in `CreatedUpdate`; there when it was asked for and nothing refuses. */
  readonly disassembly?: Uint8Array;
}

/** What an update is made of, before it is packed. */
export interface CreatedUpdate {
  /** SHA-256 over kernel, patches and our own C; equal input, equal id. */
  readonly id: string;
  readonly moduleName: string;
  readonly module: Uint8Array;
  readonly objects: readonly CreatedObject[];
  /** The states that it knows, by rising id; klp compares them when updates replace each other. */
  readonly states: readonly CreatedState[];
  /** What of the code of each function changes, as text; `disassembly/disassembly.ts` says in which form. */
  readonly disassembly: Uint8Array;
  /** Our own C that it is made of. */
  readonly kernelSide: readonly KernelSideFile[];
  /** Subject of the first patch that has one. */
  readonly subject: string | undefined;
  /** CVE ids that the patches name. */
  readonly cves: readonly string[];
}
