// SPDX-License-Identifier: GPL-2.0-or-later
import { type ElfSymbol, STT } from '@uptide/elf';

/**
 * Kernels with CONFIG_CALL_PADDING put no-operations before the entry of each function, into which they write at
 * the start what accounts for calls (callthunks_patch_builtin_calls, arch/x86/kernel/callthunks.c). The
 * compiler leaves them without a name; `objtool --prefix` names them `__pfx_` and the function. They belong to
 * the function and are no function of their own.
 */
const PREFIX = '__pfx_';

/** The symbols of a section without those of prefixes, and the size of the prefix of each function that has one. */
export interface Prefixes {
  readonly symbols: readonly ElfSymbol[];
  readonly sizes: ReadonlyMap<ElfSymbol, number>;
}

/** Finds the prefixes among the symbols of a section. One that does not end where its function begins is none. */
export function prefixesOf(symbols: readonly ElfSymbol[]): Prefixes {
  const byName = Map.groupBy(symbols, ({ name }) => name);
  const sizes = new Map<ElfSymbol, number>();
  const rest = symbols.filter((symbol) => {
    if (symbol.type !== STT.FUNC || !symbol.name.startsWith(PREFIX)) return true;
    const end = symbol.value + symbol.size;
    const own = byName.get(symbol.name.slice(PREFIX.length))?.find(({ value }) => value === end);
    if (own === undefined) return true;
    sizes.set(own, symbol.size);
    return false;
  });
  return { symbols: rest, sizes };
}
