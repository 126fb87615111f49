// SPDX-License-Identifier: GPL-2.0-or-later
import { sha256 } from '@uptide/base';
import { type Baseline, readModinfo } from '@uptide/kernel';
import { ForgeError } from '../error.ts';
import type { ModuleIdentity } from '../link/module-frame.ts';
import type { KernelSideFile } from './kernel-side.ts';
import type { PatchFile } from './model.ts';

/** Lines of .modinfo that the loader checks and that are the same in all modules of a kernel. */
const INHERITED = ['retpoline'];

/** Enough of the id to tell the updates of one kernel apart by name. */
const NAME_DIGITS = 12;

/** The id of the update that these patches, with our own C, make for this kernel. */
export function updateId(
  baseline: Pick<Baseline, 'release' | 'buildId' | 'digest'>,
  kernelSide: readonly KernelSideFile[],
  patches: readonly PatchFile[],
): string {
  return sha256(
    'uptide update 2',
    baseline.release,
    baseline.buildId,
    baseline.digest,
    String(kernelSide.length),
    ...kernelSide.flatMap(({ path, bytes }) => [path, bytes]),
    ...patches.map(({ bytes }) => bytes),
  );
}

/** The name of an update's module, from its id. */
export function moduleNameOf(id: string): string {
  return `uptide_${id.slice(0, NAME_DIGITS)}`;
}

/** What the module says of itself, taken from a module that the kernel was shipped with. */
export async function moduleIdentity(
  baseline: Baseline,
  name: string,
): Promise<Omit<ModuleIdentity, 'namespaces'>> {
  const [first] = [...(await baseline.modules()).keys()].sort();
  const shipped = first === undefined ? undefined : await baseline.module(first);
  if (shipped === undefined) {
    throw new ForgeError('MATCH_OBJECT_UNKNOWN', 'the kernel has no module whose vermagic could be taken');
  }
  const info = readModinfo(shipped);
  const vermagic = info.get('vermagic')?.[0];
  if (vermagic === undefined) throw new ForgeError('MATCH_OBJECT_UNKNOWN', `module ${first} has no vermagic`);
  const inherited = INHERITED.flatMap((key) => (info.get(key) ?? []).map((value) => `${key}=${value}`));
  return { name, vermagic, inherited };
}
