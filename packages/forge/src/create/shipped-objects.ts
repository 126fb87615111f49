// SPDX-License-Identifier: GPL-2.0-or-later
import type { Baseline } from '@uptide/kernel';
import { ForgeError } from '../error.ts';
import type { Shipped } from '../match/shipped.ts';
import { shippedImage } from '../match/shipped-image.ts';
import { shippedModule } from '../match/shipped-module.ts';

/**
 * Reads the shipped code of objects of a kernel.
 *
 * @throws ForgeError MATCH_OBJECT_UNKNOWN for a name that is neither vmlinux nor a module of the kernel.
 */
export async function shippedObjects(
  baseline: Baseline,
  names: readonly string[],
): Promise<ReadonlyMap<string, Shipped>> {
  const shipped = new Map<string, Shipped>();
  for (const name of [...new Set(names)].sort()) {
    shipped.set(name, await shippedObject(baseline, name));
  }
  return shipped;
}

/** Reads the shipped code of one object. */
export async function shippedObject(baseline: Baseline, name: string): Promise<Shipped> {
  if (name === 'vmlinux') return shippedImage(await baseline.image());
  const module = await baseline.module(name);
  if (module === undefined) {
    throw new ForgeError('MATCH_OBJECT_UNKNOWN', `${baseline.release} has no module ${name}`, {
      place: { object: name },
    });
  }
  return shippedModule(name, module);
}
