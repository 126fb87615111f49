// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import type { KernelSideFile } from '@uptide/forge';
import type { Baseline } from '@uptide/kernel';
import type { RoledFile, Update } from '@uptide/stream';

/** The role of our own C in an update. */
const ROLE = 'kernel-side';
const FOLDER = 'kernel-side/';
/** The role of what changes in the code of each function. */
const DISASSEMBLY_ROLE = 'disassembly';

/** What a rebuild here would be made with. */
export interface Origin {
  readonly baseline: Pick<Baseline, 'release' | 'buildId' | 'digest'>;
  /** The version of this Uptide. */
  readonly version: string;
  readonly kernelSide: readonly KernelSideFile[];
}

/** Our own C as files of an update. */
export function carriedKernelSide(files: readonly KernelSideFile[]): readonly RoledFile[] {
  return files.map(({ path, bytes }) => ({ path: `${FOLDER}${path}`, role: ROLE, bytes }));
}

/** Whether a file of an update is our own C. */
function isKernelSide({ role }: RoledFile): boolean {
  return role === ROLE;
}

/** What changes in the code of each function, as a file of an update. */
export function carriedDisassembly(bytes: Uint8Array): RoledFile {
  return { path: 'functions.diff', role: DISASSEMBLY_ROLE, bytes };
}

/** The text of `carriedDisassembly` in an update; undefined when there is none. */
export function disassemblyIn({ others = [] }: Update): Uint8Array | undefined {
  return others.find(({ role }) => role === DISASSEMBLY_ROLE)?.bytes;
}

/** Whether a rebuild makes a file of an update: module, patches and proof are not among these. */
export function isRemade(file: RoledFile): boolean {
  return isKernelSide(file) || file.role === DISASSEMBLY_ROLE;
}

/**
 * Sees to it that a rebuild here is made of what the update was made of.
 *
 * @throws UptideError VERIFY_OTHER_KERNEL, VERIFY_OTHER_TOOL
 */
export function requireSameOrigin({ description, others = [] }: Update, origin: Origin): void {
  const { kernel, source } = description;
  const { baseline } = origin;
  const place = { kernel: kernel.release };
  if (baseline.buildId !== kernel.buildId) {
    const reason = `the update is for build id ${kernel.buildId}, the store has ${baseline.buildId}`;
    throw new UptideError('VERIFY_OTHER_KERNEL', reason, { place });
  }
  if (baseline.digest !== source.baseline) {
    const reason = `the update was compiled from a baseline with digest ${source.baseline}, the store has ${baseline.digest}`;
    throw new UptideError('VERIFY_OTHER_KERNEL', reason, { place });
  }
  if (source.tool?.version !== origin.version) {
    const version = source.tool === undefined ? 'an unnamed version' : `version ${source.tool.version}`;
    throw new UptideError('VERIFY_OTHER_TOOL', `${version} made it, this is ${origin.version}`);
  }
  const ours = new Map(carriedKernelSide(origin.kernelSide).map(({ path, bytes }) => [path, bytes]));
  const theirs = new Map(others.filter(isKernelSide).map(({ path, bytes }) => [path, bytes]));
  for (const file of [...new Set([...ours.keys(), ...theirs.keys()])].sort()) {
    const [here, there] = [ours.get(file), theirs.get(file)];
    if (here !== undefined && there !== undefined && Buffer.compare(here, there) === 0) continue;
    throw new UptideError('VERIFY_OTHER_TOOL', 'it was made with another file of this name than ours', {
      place: { file },
    });
  }
}
