// SPDX-License-Identifier: GPL-2.0-or-later
export { indexSources } from './affected/affected.ts';
export { diffObjects, type ObjectDiff } from './compare/diff-objects.ts';
export { createUpdate, examinePatches } from './create/create.ts';
export { type KernelSideFile, kernelSideFiles } from './create/kernel-side.ts';
export type {
  CompiledFrom,
  CreatedFunction,
  CreatedObject,
  CreatedState,
  CreatedUpdate,
  CreateOutcome,
  CreateRequest,
  Examination,
  PatchFile,
} from './create/model.ts';
export { shippedObject } from './create/shipped-objects.ts';
export { ForgeError } from './error.ts';
export { sourceNameOf } from './examine/source.ts';
export { matchObject, type ObjectMatch } from './match/match-object.ts';
export type { MatchRecord } from './match/record.ts';
export { type FileChange, type Hunk, type Patch, type PatchSet, pathOf } from './patch/model.ts';
export { parsePatchSet } from './patch/parse.ts';
export { withWorkFolder } from './work-folder.ts';
