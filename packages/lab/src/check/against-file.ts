// SPDX-License-Identifier: GPL-2.0-or-later

// The check of an update against the file of a module that it patches.
//
// It stands in for the boot where the module would not load in the virtual machine for want of hardware, and adds to it
// where it did: a position that means one symbol in a module that runs and another in one that is being loaded
// (`module-symbols.ts`) need not show in the boots.
//
// The live boot shows that the kernel takes the update. What is left is what the kernel does when the module is there:
// klp resolves the symbols that the update's relocations for this module name, writes the relocations, finds the
// functions to replace, and asks ftrace for their entries. Each of these can refuse, and then the module does not load,
// or the update does not. This check asks the same questions of the shipped file:
//
//   what the loader asks of the update   livepatch=Y, vermagic, exports and their CRCs (kernel/module/main.c)
//   klp_apply_section_relocs             names of sections and symbols, where they apply, SHF_RELA_LIVEPATCH
//   klp_find_object_symbol               each name and position, counted as the kernel counts (module-symbols.ts)
//   apply_relocate_add                   types, bounds, and zero bytes at the place (arch/x86/kernel/module.c)
//   klp_patch_func                       an ftrace site at each function to be replaced
//
// It does not show that the replacement does what it should. That is for a machine with the hardware.

import type { Finding } from '@uptide/base';
import { type ElfObject, type ElfSection, SHF, SHN, SHT, STT } from '@uptide/elf';
import { dependsOf, type ExportedSymbol, readModinfo } from '@uptide/kernel';
import { type ProvenFunction, VMLINUX } from '../prove/input.ts';
import { ftraceSites, hasFtraceSite } from './ftrace-sites.ts';
import {
  KLP_SECTION_PREFIX,
  KLP_SYMBOL_PREFIX,
  type KlpSymbolName,
  parseKlpSection,
  parseKlpSymbol,
} from './klp-names.ts';
import { checkLoading } from './loading.ts';
import { type Lookup, ModuleSymbols } from './module-symbols.ts';
import { checkPlaces } from './places.ts';
import { Report } from './report.ts';

/** What the check needs. */
export interface FileCheckInput {
  readonly release: string;
  /** The livepatch module. */
  readonly update: ElfObject;
  /** Name of the module. */
  readonly object: string;
  readonly functions: readonly ProvenFunction[];
  /** The shipped module of a name; undefined when the kernel package has none. */
  readonly module: (name: string) => ElfObject | undefined;
  /** What the kernel and its modules export. */
  readonly exports: ReadonlyMap<string, ExportedSymbol>;
}

/**
 * Checks an update against the file of one module that it patches. No finding: the kernel would take it.
 *
 * @throws KernelError MODULE_BAD_INFO when the shipped module itself is damaged.
 */
export function checkAgainstFile(input: FileCheckInput): readonly Finding[] {
  const { update, object } = input;
  const shipped = input.module(object);
  const report = new Report(input);
  if (shipped === undefined) {
    report.refuse('CHECK_MODULE_MISSING', {}, `the kernel has no module ${object}`);
    return report.findings;
  }
  checkLoading(update, shipped, input.exports, report);
  checkFunctions(input.functions, shipped, report);
  for (const section of update.sections) checkSection(section, input, report);
  return report.findings;
}

function checkFunctions(functions: readonly ProvenFunction[], shipped: ElfObject, report: Report): void {
  const symbols = new ModuleSymbols(shipped);
  const sites = ftraceSites(shipped);
  for (const { name, sympos } of functions) {
    const found = symbols.find(name, sympos);
    if ('problem' in found) {
      report.refuse('CHECK_FUNCTION_MISSING', { symbol: name }, `position ${sympos}: ${found.problem}`);
    } else if (found.symbol.type !== STT.FUNC) {
      report.refuse('CHECK_FUNCTION_MISSING', { symbol: name }, `position ${sympos} is no function`);
    } else if (!hasFtraceSite(shipped, sites, found.symbol)) {
      report.refuse('CHECK_NO_FENTRY', { symbol: name }, 'ftrace has no site in the function');
    }
  }
}

/** Checks a section of the update, when it is a livepatch relocation section for the object. */
function checkSection(section: ElfSection, input: FileCheckInput, report: Report): void {
  const place = { section: section.name };
  const isMarked = (section.flags & SHF.RELA_LIVEPATCH) !== 0;
  const isNamed = section.name.startsWith(KLP_SECTION_PREFIX);
  if (!isMarked && !isNamed) return;
  const parsed = parseKlpSection(section.name);
  if (parsed === undefined) {
    report.refuse('CHECK_BAD_KLP_NAME', place, 'the kernel cannot read an object from the name');
    return;
  }
  if (parsed.object !== input.object) return;
  if (!isMarked || section.type !== SHT.RELA || section.content.kind !== 'relocations') {
    report.refuse('CHECK_BAD_KLP_SECTION', place, 'it is no relocation table with SHF_RELA_LIVEPATCH');
    return;
  }
  const target = input.update.sections[section.info];
  if (target === undefined || target.name !== parsed.target || (target.flags & SHF.ALLOC) === 0) {
    const what = target === undefined ? 'no section' : `${target.name}, flags 0x${target.flags.toString(16)}`;
    const reason = `it applies to section ${section.info}: ${what}`;
    report.refuse('CHECK_BAD_KLP_SECTION', place, reason);
    return;
  }
  checkPlaces(section.content.relocations, target, report);
  for (const index of new Set(section.content.relocations.map(({ symbol }) => symbol))) {
    checkSymbol(input.update.symbols[index], section, input, report);
  }
}

/** Checks a symbol that the relocations for the object use. */
function checkSymbol(
  symbol: ElfObject['symbols'][number] | undefined,
  section: ElfSection,
  input: FileCheckInput,
  report: Report,
): void {
  const place = { section: section.name, symbol: symbol?.name ?? '' };
  const isMarked = symbol?.home.kind === 'reserved' && symbol.home.index === SHN.LIVEPATCH;
  if (symbol === undefined || !isMarked || !symbol.name.startsWith(KLP_SYMBOL_PREFIX)) {
    report.refuse('CHECK_BAD_KLP_NAME', place, 'the symbol is not marked as a livepatch symbol');
    return;
  }
  const parsed = parseKlpSymbol(symbol.name);
  if (parsed === undefined) {
    report.refuse(
      'CHECK_BAD_KLP_NAME',
      place,
      'the kernel cannot read object, name and position from the name',
    );
    return;
  }
  const found = resolve(parsed, input);
  if (found === undefined) {
    const whose = parsed.object === VMLINUX ? 'the kernel itself' : `the module ${parsed.object}`;
    report.refuse('CHECK_FOREIGN_SYMBOL', place, `it belongs to ${whose}`);
  } else if ('problem' in found) {
    report.refuse('CHECK_SYMBOL_UNRESOLVED', place, `position ${parsed.sympos}: ${found.problem}`);
  }
}

/**
 * Finds what a livepatch symbol names. Relocations for a module may name its own symbols and those of the modules
 * that it needs, which are there before it (klp_apply_section_relocs), and nothing of the kernel itself
 * (klp_resolve_symbols, "Prevent module-specific KLP rela sections from referencing vmlinux symbols").
 *
 * @returns undefined when the symbol belongs to something else.
 */
function resolve({ object, name, sympos }: KlpSymbolName, input: FileCheckInput): Lookup | undefined {
  const owner = object === VMLINUX ? undefined : input.module(object);
  if (owner === undefined) return undefined;
  if (object === input.object) return new ModuleSymbols(owner).find(name, sympos);
  if (!needs(input.object, object, input.module, new Set())) return undefined;
  return new ModuleSymbols(owner).findRunning(name, sympos);
}

/** Whether a module needs another, itself or through others. */
function needs(name: string, wanted: string, module: FileCheckInput['module'], seen: Set<string>): boolean {
  const object = module(name);
  if (object === undefined || seen.has(name)) return false;
  seen.add(name);
  const direct = dependsOf(readModinfo(object));
  return direct.includes(wanted) || direct.some((next) => needs(next, wanted, module, seen));
}
