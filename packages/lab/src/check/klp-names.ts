// SPDX-License-Identifier: GPL-2.0-or-later

/** What the name of a livepatch symbol says: `.klp.sym.OBJECT.NAME,POSITION`. */
export interface KlpSymbolName {
  readonly object: string;
  readonly name: string;
  readonly sympos: number;
}

export const KLP_SYMBOL_PREFIX = '.klp.sym.';
export const KLP_SECTION_PREFIX = '.klp.rela.';

/** The field widths of the kernel's sscanf (kernel/livepatch/core.c, klp_resolve_symbols). */
const SYMBOL = /^\.klp\.sym\.([^.]{1,55})\.([^,]{1,511}),(\d{1,9})$/;
/** klp_apply_section_relocs reads the object; the rest is the name of the section, as objtool and kpatch write it. */
const SECTION = /^\.klp\.rela\.([^.]{1,55})\.(.+)$/;

/** Takes the name of a livepatch symbol apart; undefined when the kernel could not, or reads it in another way. */
export function parseKlpSymbol(text: string): KlpSymbolName | undefined {
  const [, object, name, sympos] = SYMBOL.exec(text) ?? [];
  if (object === undefined || name === undefined || sympos === undefined) return undefined;
  return { object, name, sympos: Number(sympos) };
}

/** Takes the name of a livepatch relocation section apart, into the object and the section that it applies to. */
export function parseKlpSection(
  text: string,
): { readonly object: string; readonly target: string } | undefined {
  const [, object, target] = SECTION.exec(text) ?? [];
  return object === undefined || target === undefined ? undefined : { object, target };
}
