// SPDX-License-Identifier: GPL-2.0-or-later
import type { Baseline, ExportedSymbol } from '@uptide/kernel';
import { reachableFrom } from '../compare/reach.ts';
import type { CutUnit } from '../cut/unit.ts';
import { ForgeError } from '../error.ts';
import type { Shipped } from '../match/shipped.ts';
import { shippedImage } from '../match/shipped-image.ts';
import { shippedModule } from '../match/shipped-module.ts';

/** The parts of a baseline that hold shipped code. */
type ShippedFiles = Pick<Baseline, 'release' | 'image' | 'module'>;

/**
 * Reads the shipped code of objects of a kernel.
 *
 * @throws ForgeError MATCH_OBJECT_UNKNOWN for a name that is neither vmlinux nor a module of the kernel.
 */
export async function shippedObjects(
  baseline: ShippedFiles,
  names: readonly string[],
): Promise<ReadonlyMap<string, Shipped>> {
  const shipped = new Map<string, Shipped>();
  for (const name of [...new Set(names)].sort()) {
    shipped.set(name, await shippedObject(baseline, name));
  }
  return shipped;
}

/**
 * Reads the modules that export what replaced and new functions of other modules may refer to: klp looks a
 * name up among all symbols of the exporting module, statics included.
 */
export async function shippedExporters(
  baseline: Pick<Baseline, 'module'>,
  units: readonly CutUnit[],
  exports: ReadonlyMap<string, ExportedSymbol>,
): Promise<ReadonlyMap<string, Shipped>> {
  const names = new Set<string>();
  for (const { object, comparison } of units) {
    if (object === 'vmlinux') continue;
    const functions = comparison.changed.flatMap(({ post, postCold }) =>
      postCold === undefined ? [post] : [post, postCold],
    );
    for (const { references } of reachableFrom([...functions, ...comparison.added])) {
      for (const { target } of references) {
        const exporter = target.kind === 'external' ? exports.get(target.symbol.name)?.object : undefined;
        if (exporter !== undefined && exporter !== 'vmlinux' && exporter !== object) names.add(exporter);
      }
    }
  }
  const shipped = new Map<string, Shipped>();
  for (const name of [...names].sort()) {
    const module = await baseline.module(name);
    if (module !== undefined) shipped.set(name, shippedModule(name, module));
  }
  return shipped;
}

/** Reads the shipped code of one object. */
export async function shippedObject(baseline: ShippedFiles, name: string): Promise<Shipped> {
  if (name === 'vmlinux') return shippedImage(await baseline.image());
  const module = await baseline.module(name);
  if (module === undefined) {
    throw new ForgeError('MATCH_OBJECT_UNKNOWN', `${baseline.release} has no module ${name}`, {
      place: { object: name },
    });
  }
  return shippedModule(name, module);
}
