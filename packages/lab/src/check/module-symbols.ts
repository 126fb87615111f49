// SPDX-License-Identifier: GPL-2.0-or-later

// Which symbols of a module klp can name, and at which position.
//
// klp counts the symbols of a name in the module's own symbol table as the kernel keeps it (klp_find_object_symbol,
// module_kallsyms_on_each_symbol), and the kernel keeps two. While a module is being loaded, all its symbols are there
// (add_kallsyms); once it runs, only those in sections that stay (is_core_symbol). A module that was there before the
// update is counted in the second table, one that comes after it in the first.
//
// Example, as measured on Debian's 6.1.176 and 6.12.117: a module has `shadow` in .init.text and, later in its symbol
// table, `shadow` in .text; the update replaces position 1. With the module there before the update, the one in .text
// is replaced. With the module loaded after it, the one in .init.text is: sysfs says patched, the module runs its old
// code, and when it is unloaded __klp_unpatch_object warns. A relocation would take the address of the wrong one
// without any warning.
//
// So a position is good when both counts lead to the same symbol, and not otherwise.

import { type ElfObject, type ElfSymbol, SHF } from '@uptide/elf';

/** Sections that are there only while a module is loaded (kernel/module/main.c, module_init_section). */
const INIT_PREFIX = '.init';
/** Sections that the loader reads and does not keep (rewrite_section_headers). */
const NOT_KEPT = new Set(['.modinfo', '__versions']);
/** Of these only the ones of the per-CPU section stay, which the loader moves to a place of its own. */
const PER_CPU = '.data..percpu';

/** A symbol that was found, or why none was. */
export type Lookup = { readonly symbol: ElfSymbol } | { readonly problem: string };

/** The symbols of a shipped module as klp sees them. */
export class ModuleSymbols {
  readonly #loading = new Map<string, ElfSymbol[]>();
  readonly #running = new Map<string, ElfSymbol[]>();

  constructor(module: ElfObject) {
    const kept = new Set(module.sections.filter(isKept).map(({ index }) => index));
    for (const symbol of module.symbols) {
      if (symbol.home.kind === 'undefined') continue;
      add(this.#loading, symbol);
      if (symbol.name !== '' && symbol.home.kind === 'section' && kept.has(symbol.home.section)) {
        add(this.#running, symbol);
      }
    }
  }

  /** Finds the symbol that klp takes for a name and position, whenever the module is loaded. */
  find(name: string, sympos: number): Lookup {
    const running = this.findRunning(name, sympos);
    const loading = pick(this.#loading.get(name) ?? [], sympos);
    if ('problem' in running) return running;
    if ('problem' in loading) return { problem: `${loading.problem} while the module is being loaded` };
    if (running.symbol !== loading.symbol) {
      return { problem: 'the position means another symbol while the module is being loaded' };
    }
    return running;
  }

  /** Finds the symbol that klp takes while the module runs. */
  findRunning(name: string, sympos: number): Lookup {
    return pick(this.#running.get(name) ?? [], sympos);
  }
}

/** klp_find_object_symbol. */
function pick(symbols: readonly ElfSymbol[], sympos: number): Lookup {
  const symbol = symbols[Math.max(sympos, 1) - 1];
  if (symbols.length === 0) return { problem: 'there is no symbol of the name' };
  if (sympos === 0 && symbols.length > 1)
    return { problem: `there are ${symbols.length} symbols of the name` };
  if (symbol === undefined) return { problem: `there are only ${symbols.length} symbols of the name` };
  return { symbol };
}

function isKept({ name, flags }: ElfObject['sections'][number]): boolean {
  if (name === PER_CPU) return true;
  return (flags & SHF.ALLOC) !== 0 && !name.startsWith(INIT_PREFIX) && !NOT_KEPT.has(name);
}

function add(map: Map<string, ElfSymbol[]>, symbol: ElfSymbol): void {
  const list = map.get(symbol.name);
  if (list === undefined) map.set(symbol.name, [symbol]);
  else list.push(symbol);
}
