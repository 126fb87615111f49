// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One livepatch module out of what was cut.
 *
 * A module is a relocatable object that the kernel itself links when it loads it. So there is nothing left
 * for a linker to do but to put pieces side by side, and Uptide writes the file itself: the same pieces give
 * the same bytes, and no tool in between rounds a section or drops one. What Kbuild adds to a module
 * (`struct module`, .modinfo, __versions) and what klp wants (`struct klp_patch` and its lists) is laid out
 * from the kernel's own type information, so no compiler has to run for it. The few lines of C that every
 * update shares are compiled once for a baseline (kernel-side/update.c).
 *
 * All code goes into `.text`: the kernel applies `.smp_locks` only there (module_finalize).
 */

import { UptideError } from '@uptide/base';
import type { ElfObject } from '@uptide/elf';
import type { Btf, ExportedSymbol } from '@uptide/kernel';
import type { Cut, CutCallback, CutPiece } from '../cut/cut.ts';
import { DEFAULT_CALLBACKS } from '../cut/defaults.ts';
import { dissect } from '../dissect/dissect.ts';
import { Assembly, type ModulePlace } from './assembly.ts';
import { writeDefaults } from './defaults-table.ts';
import { emitModule } from './emit.ts';
import { frameCode } from './frame-code.ts';
import { writeKlpTables } from './klp-tables.ts';
import { type ModuleIdentity, writeModinfo, writeThisModule, writeVersions } from './module-frame.ts';
import { type Places, placeOf, placePieces, placeReferences } from './place-pieces.ts';

/** What the link needs besides the cut. */
export interface LinkRequest {
  readonly cut: Cut;
  /** kernel-side/update.c, compiled for this kernel as a module. */
  readonly frame: ElfObject;
  /** kernel-side/defaults.c, compiled likewise; needed when the cut gives variables other values. */
  readonly defaults?: ElfObject | undefined;
  readonly btf: Btf;
  readonly exports: ReadonlyMap<string, ExportedSymbol>;
  readonly identity: Omit<ModuleIdentity, 'namespaces'>;
}

/**
 * Links a livepatch module.
 *
 * @returns the bytes of the `.ko`.
 * @throws ForgeError LINK_* when the kernel lacks what a module is made of.
 */
export function linkModule({ cut, frame, defaults, btf, exports, identity }: LinkRequest): Uint8Array {
  const assembly = new Assembly();
  const setting = defaults === undefined ? [] : frameCode(dissect(defaults), exports);
  const pieces: readonly CutPiece[] = [...cut.pieces, ...frameCode(dissect(frame), exports), ...setting];
  // Sections get their content; from here on every carried piece has a place.
  const places = placePieces(assembly, pieces);
  placeReferences(assembly, pieces, places);
  const callbacks = [...cut.callbacks, ...callbacksOfDefaults(cut, setting)];
  const patch = writeKlpTables(assembly, { ...cut, callbacks }, places, btf);
  const values = cut.defaults.length === 0 ? undefined : writeDefaults(assembly, cut.defaults, places);
  const imports = importsOf(assembly);
  writeModinfo(assembly, { ...identity, namespaces: namespacesOf(imports, exports) });
  writeVersions(assembly, imports, exports);
  const start = functionPlace(pieces, places, 'init_module');
  const end = functionPlace(pieces, places, 'cleanup_module');
  const thisModule = writeThisModule(assembly, identity.name, btf, start, end);
  // From here on no section is added.
  return emitModule(
    assembly,
    places,
    new Map([
      ['uptide_patch', patch],
      ['__this_module', thisModule],
      ...(values === undefined ? [] : [['uptide_defaults', values] as const]),
    ]),
  );
}

/** The callbacks by which variables get their values, for each object that has such. */
function callbacksOfDefaults({ defaults }: Cut, code: readonly CutPiece[]): CutCallback[] {
  const objects = [...new Set(defaults.map(({ symbol }) => symbol.object))];
  return objects.flatMap((object) =>
    DEFAULT_CALLBACKS.map(({ kind, name }): CutCallback => {
      const found = code.find(({ piece }) => piece.name === name);
      if (found === undefined) throw new UptideError('INTERNAL', `the code that sets values has no ${name}`);
      return { object, kind, piece: found.piece };
    }),
  );
}

function importsOf(assembly: Assembly): string[] {
  const names = assembly.fixups.flatMap(({ to }) => (to.kind === 'import' ? [to.name] : []));
  return [...new Set(names)].sort();
}

function namespacesOf(imports: readonly string[], exports: ReadonlyMap<string, ExportedSymbol>): string[] {
  const namespaces = imports.map((name) => exports.get(name)?.namespace ?? '');
  return [...new Set(namespaces)].filter((namespace) => namespace !== '').sort();
}

function functionPlace(pieces: readonly CutPiece[], places: Places, name: string): ModulePlace {
  const found = pieces.findLast(({ piece }) => piece.name === name);
  if (found === undefined) throw new UptideError('INTERNAL', `the frame has no function ${name}`);
  return placeOf(places, found.piece);
}
