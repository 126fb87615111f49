// SPDX-License-Identifier: GPL-2.0-or-later
import type { Address } from '@uptide/elf';
import type { ExportedSymbol } from '@uptide/kernel';
import type { Shipped } from '../match/shipped.ts';
import type { LiveSymbol } from './destination.ts';

/** What is known of the symbols of a kernel, for resolving names. */
export interface KernelSymbols {
  /** Module.symvers, by name. */
  readonly exports: ReadonlyMap<string, ExportedSymbol>;
  /** The shipped code of an object: vmlinux and every object that the patch touches. */
  readonly shipped: ReadonlyMap<string, Shipped>;
}

/**
 * The klp name of a symbol at a known address; undefined when the object has no such symbol there, or when klp
 * would count it differently before and after the module has started: a position then means one symbol in a
 * module that is there before the update, and another in one that comes after it.
 */
export function liveSymbolAt(shipped: Shipped, name: string, address: Address): LiveSymbol | undefined {
  // The first per-CPU variable is at 0, which klp takes for not found (klp_find_object_symbol).
  if (address === 0) return undefined;
  const all = shipped.named(name);
  const rank = all.findIndex((symbol) => symbol.address === address);
  const staying = all.filter(({ passing }) => passing !== true);
  if (rank < 0 || staying.findIndex((symbol) => symbol.address === address) !== rank) return undefined;
  return { object: shipped.object, name, position: all.length === 1 ? 0 : rank + 1 };
}

/**
 * The klp name of the global symbol of a name. What another unit refers to by an undefined symbol is what
 * the linker found: the one global definition, never a static of some unit.
 */
export function globalLiveSymbol(shipped: Shipped, name: string): LiveSymbol | undefined {
  const globals = shipped.named(name).filter(({ type }) => type !== type.toLowerCase());
  const [only] = globals;
  return only === undefined || globals.length > 1 ? undefined : liveSymbolAt(shipped, name, only.address);
}

/**
 * Whether the kernel has freed what a symbol of vmlinux names. Per-CPU variables lie between the same symbols, and
 * have addresses from 0.
 */
export function isFreed(shipped: Shipped, { name, position }: LiveSymbol): boolean {
  const at = shipped.named(name)[Math.max(position - 1, 0)]?.address;
  return at !== undefined && isFreedAt(shipped, at);
}

/**
 * Whether the kernel frees a place of vmlinux after the start: it lies between these two symbols of
 * arch/x86/kernel/vmlinux.lds.S (free_initmem).
 */
export function isFreedAt(shipped: Shipped, at: Address): boolean {
  const [begin] = shipped.named('__init_begin');
  const [end] = shipped.named('__init_end');
  if (begin === undefined || end === undefined) return false;
  return at >= begin.address && at < end.address;
}
