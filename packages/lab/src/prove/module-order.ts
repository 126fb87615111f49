// SPDX-License-Identifier: GPL-2.0-or-later

// Which modules to load for some to load.
//
// What a module links against is in its `depends`. What it asks for while it starts is not: libcrc32c, which btrfs,
// xfs, sctp and nf_tables need, asks the crypto layer for "crc32c", the kernel calls modprobe, and there is none in
// the guest. Modules announce most of that as `softdep=pre: NAME...` (libcrc32c: `pre: crc32c`), for modprobe to load
// first. NAME is a module or an alias of some; of those with the alias, the one from kernel/crypto/ is in C and runs on
// every CPU. As for modprobe, a softdep that no module answers to is no fault.

import { type Baseline, dependsOf, moduleName, readModinfo, type ShippedModule } from '@uptide/kernel';

/** The parts of a baseline that the order depends on. */
export type ModuleSource = Pick<Baseline, 'modules' | 'module'>;

/** Where the modules are whose aliases softdeps name; the portable ones first. */
const CRYPTO_FOLDERS = ['kernel/crypto/', 'kernel/arch/'];

/**
 * Modules and all that they need, each after what it needs. The order is a function of the names alone.
 * A name that the kernel has no module of is left out, and so is what would close a circle: the kernel then says for
 * itself why a module does not load.
 *
 * @throws KernelError MODULE_BAD_INFO and what reading a module throws.
 */
export async function moduleOrder(
  source: ModuleSource,
  names: readonly string[],
): Promise<readonly string[]> {
  const shipped = await source.modules();
  const order = new Set<string>();
  const visited = new Set<string>();
  let aliases: ReadonlyMap<string, string> | undefined;
  const visit = async (name: string): Promise<void> => {
    if (visited.has(name)) return;
    visited.add(name);
    const module = await source.module(name);
    if (module === undefined) return;
    const info = readModinfo(module);
    for (const needed of dependsOf(info)) await visit(needed);
    for (const soft of softdepsOf(info)) {
      if (shipped.has(moduleName(soft))) await visit(moduleName(soft));
      else {
        aliases ??= await cryptoAliases(source, shipped);
        await visit(aliases.get(soft) ?? soft);
      }
    }
    order.add(name);
  };
  for (const name of [...new Set(names)].sort()) await visit(name);
  return [...order];
}

/** The names after `pre:` in all softdeps of a module. */
export function softdepsOf(info: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const names: string[] = [];
  for (const softdep of info.get('softdep') ?? []) {
    let isBefore = false;
    for (const word of softdep.split(/\s+/)) {
      if (word === 'pre:' || word === 'post:') isBefore = word === 'pre:';
      else if (isBefore && word !== '') names.push(word);
    }
  }
  return names;
}

/** The module to load for an alias of the crypto layer. */
async function cryptoAliases(
  source: ModuleSource,
  shipped: ReadonlyMap<string, ShippedModule>,
): Promise<ReadonlyMap<string, string>> {
  const aliases = new Map<string, string>();
  const modules = CRYPTO_FOLDERS.flatMap((folder) =>
    [...shipped.values()].filter(({ path }) => path.startsWith(folder)),
  );
  for (const { name } of modules) {
    const module = await source.module(name);
    const names = module === undefined ? undefined : readModinfo(module).get('alias');
    for (const alias of names ?? []) {
      if (!aliases.has(alias)) aliases.set(alias, name);
    }
  }
  return aliases;
}
