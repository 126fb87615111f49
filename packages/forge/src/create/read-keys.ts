// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Static keys of modules.
 *
 * A static key is asked by a jump that the kernel rewrites. It finds the jumps of a module in the module's own
 * table when that is loaded, with the addresses of the keys. Our module may be loaded before the module that
 * has the key, and klp writes the address later: too late for the table. Others refuse here and ask the author
 * to write static_key_enabled() into the fix.
 *
 * We do that for the author: the units in question are compiled once more with a header in which the macros
 * read the key (kernel-side/include/uptide-keys.h). The fix is the same, the functions that are replaced are
 * the same; only how they ask differs. A tracepoint of the module is heard again by the same means.
 *
 * The same is done for a key, wherever it is, whose first value the patch changes; see cut/defaults.ts.
 *
 * Example. A fix in kvm_intel changes one function, which asks `enable_evmcs`. Compiled with the header all
 * functions of the file that ask a key differ from the original; of these only the one is taken.
 *
 * Limits: code that asks by arch_static_branch itself stays refused. Cost: one more compilation of the unit.
 */
import type { Finding } from '@uptide/base';
import { readObject } from '@uptide/elf';
import { readMarks } from '../author/marks.ts';
import { compareObjects } from '../compare/compare.ts';
import type { Comparison, FunctionChange } from '../compare/comparison.ts';
import { stableName } from '../compare/names.ts';
import { reachableFrom } from '../compare/reach.ts';
import type { CompiledUnit } from '../compile/model.ts';
import type { CutUnit } from '../cut/unit.ts';
import type { Piece } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import { matchUnit } from '../match/match.ts';
import { KEYS_HEADER, readKernelSide } from './kernel-side.ts';

/** Where it stands in the patched source. */
const IN_TREE = 'include/uptide-keys.h';

/** By which the compiler reads the header before everything else. */
export const READ_KEYS: readonly string[] = ['-include', `./${IN_TREE}`];

/** The patched files with the header among them. */
export async function withKeysHeader(
  postFiles: ReadonlyMap<string, Uint8Array>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  return new Map([...postFiles, [IN_TREE, await readKernelSide(KEYS_HEADER)]]);
}

/** What the cut says when a switched jump stands in the way, or loses its meaning. */
const ABOUT_KEYS: ReadonlySet<string> = new Set([
  'CUT_TABLE_KEY_IN_MODULE',
  'CUT_TABLE_KEY_CHANGED',
  'CUT_TRACEPOINT_SILENT',
]);

/** The sources whose replaced functions switch on keys of modules. */
export function sourcesWithKeys(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(
    findings.flatMap(({ code, place }) =>
      ABOUT_KEYS.has(code) && place.file !== undefined ? [place.file] : [],
    ),
  );
}

/**
 * Puts the same changes of a unit, compiled with keys that are read, in the place of those compiled with keys
 * that switch.
 *
 * @param unit the unit with its changes
 * @param compiled the same unit, compiled with `READ_KEYS`
 * @returns the unit for the cut and a finding that says so; undefined when the changes are not found again.
 */
export function readKeys(
  unit: CutUnit,
  compiled: CompiledUnit,
): { readonly unit: CutUnit; readonly finding: Finding } | undefined {
  const wide = compareObjects(readObject(compiled.pre), readObject(compiled.post));
  const comparison = narrow(wide, unit.comparison);
  if (comparison === undefined) return undefined;
  const names = comparison.changed.map(({ name }) => name).sort();
  const reason = `static keys are read instead of switched in ${names.join(', ')}`;
  return {
    unit: {
      ...unit,
      comparison,
      match: matchUnit(comparison.pre, unit.match.shipped),
      marks: readMarks(comparison.post),
    },
    finding: finding('CUT_KEYS_READ', 'ok', { object: unit.object, file: unit.source }, reason),
  };
}

/** The changes of `wide` that `wanted` has too, with the new functions that they need. */
function narrow(wide: Comparison, wanted: Comparison): Comparison | undefined {
  const changed: FunctionChange[] = [];
  for (const { name, difference } of wanted.changed) {
    const found = wide.changed.find((change) => change.name === name);
    if (found === undefined) return undefined;
    changed.push({ ...found, difference });
  }
  const names = new Set(wanted.added.map(({ name }) => name));
  const named = wide.added.filter(({ name }) => names.has(name));
  if (named.length !== names.size) return undefined;
  const roots = [
    ...changed.flatMap(({ post, postCold }) => (postCold === undefined ? [post] : [post, postCold])),
    ...named,
  ];
  const clones = partClones(roots, wide, changed);
  const reached = reachableFrom([...roots, ...clones]);
  const added = [...wide.added.filter((piece) => reached.has(piece)), ...clones];
  const addedData = wide.addedData.filter((piece) => reached.has(piece));
  return { ...wide, changed, added, addedData, findings: wanted.findings };
}

/**
 * Parts the clones (foo.isra.0) that came out otherwise, are not replaced and are called by what is carried: a
 * clone takes what the compiler chose, and the one that runs may take something else. They are carried too, for
 * these callers alone.
 */
function partClones(
  callers: readonly Piece[],
  wide: Comparison,
  replaced: readonly FunctionChange[],
): readonly Piece[] {
  const kept = wide.changed.filter((change) => !replaced.some(({ post }) => post === change.post));
  const others = new Map(
    kept.filter(({ post }) => stableName(post.name) !== post.name).map((change) => [change.post, change]),
  );
  const parted = new Set<Piece>();
  const open = [...callers];
  for (let piece = open.pop(); piece !== undefined; piece = open.pop()) {
    for (const { target } of piece.references) {
      const change = target.kind === 'piece' ? others.get(target.piece) : undefined;
      if (change === undefined || parted.has(change.post)) continue;
      wide.pairing.remove(change.pre, change.post);
      parted.add(change.post);
      open.push(change.post, ...(change.postCold === undefined ? [] : [change.postCold]));
    }
  }
  return [...parted];
}
