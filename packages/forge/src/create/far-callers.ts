// SPDX-License-Identifier: GPL-2.0-or-later
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '@uptide/base';
import { type Address, type ElfObject, readObject, relocationsOf, SHF, STB, STT } from '@uptide/elf';
import type { Baseline, TranslationUnit } from '@uptide/kernel';
import { sourcesSaying } from '../affected/affected.ts';
import { readMarks } from '../author/marks.ts';
import { compareObjects, hasFtraceSite, isStartOrEndCode } from '../compare/compare.ts';
import type { FunctionChange } from '../compare/comparison.ts';
import { exportedName } from '../compare/reach.ts';
import type { CompiledUnit } from '../compile/model.ts';
import { compilePristine, type PristineOptions } from '../compile/pristine.ts';
import { callerChange, usersOf, wholeOf } from '../cut/callers.ts';
import { type CallingUnit, explainImage, explainModule, type FarCallers } from '../cut/far-callers.ts';
import { isFreedAt } from '../cut/kernel-symbols.ts';
import type { CutUnit } from '../cut/unit.ts';
import type { Piece } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import { mentionsInImage } from '../match/image-mentions.ts';
import { matchUnit } from '../match/match.ts';
import { shippedObject } from './shipped-objects.ts';

/** A unit before it is matched. */
type ComparedUnit = Omit<CutUnit, 'match'>;

/** What the search works on. */
export type FarOptions = Omit<PristineOptions, 'units' | 'baseline'> & { readonly baseline: Baseline };

/** The units of the patch, and those that have callers to be replaced. */
export interface WithFarCallers {
  readonly units: readonly ComparedUnit[];
  readonly compiled: readonly CompiledUnit[];
}

/** Functions that are followed to their callers; the deepest of lib/ ucs2_string takes five. */
const MAX_FOLLOWED = 64;
/** Units that are compiled to find the callers of one function: a minute or two. */
const MAX_UNITS = 100;
const ELF_MAGIC = 0x7f;

/**
 * Replaces all callers, wherever they are, of changed functions of vmlinux that have no ftrace site. Where they
 * cannot all be known the refusal stays, and says why. See cut/far-callers.ts.
 *
 * @throws ForgeError COMPILE_COMMAND; KernelError MODULE_*; UptideError DISK_FULL, INTERRUPTED
 */
export async function replaceFarCallers(
  units: readonly ComparedUnit[],
  compiled: readonly CompiledUnit[],
  options: FarOptions,
): Promise<WithFarCallers> {
  const hidden = units.flatMap((unit) =>
    unit.object === 'vmlinux'
      ? unit.comparison.changed.filter(isHidden).map((change) => ({ unit, change }))
      : [],
  );
  const unsettled = units.some(({ comparison }) =>
    comparison.findings.some(
      ({ code, verdict }) => code !== 'COMPARE_NO_FTRACE_SITE' && verdict === 'refuse',
    ),
  );
  if (hidden.length === 0 || unsettled) return { units, compiled };
  const search = new CallerSearch(units, options);
  const reason = await search.follow(hidden.map(({ unit, change }) => ({ unit, piece: change.pre })));
  if (reason !== undefined) return { units: units.map((unit) => explained(unit, reason)), compiled };
  const replaced = search.replaced();
  const sources = new Set(replaced.map(({ source }) => source));
  return {
    units: replaced,
    compiled: [...compiled, ...search.compiled.filter(({ unit }) => sources.has(unit.source))],
  };
}

function isHidden({ pre }: FunctionChange): boolean {
  return !hasFtraceSite(pre) && !isStartOrEndCode(pre);
}

/** The refusals of a unit with the reason why the callers are not replaced. */
function explained(unit: ComparedUnit, reason: string): ComparedUnit {
  const findings = unit.comparison.findings.map((found) =>
    found.code === 'COMPARE_NO_FTRACE_SITE'
      ? { ...found, reason: `${found.reason}; its callers are not replaced: ${reason}` }
      : found,
  );
  return { ...unit, comparison: { ...unit.comparison, findings } };
}

/** A function of the original object of a unit. */
interface Place {
  readonly unit: ComparedUnit;
  readonly piece: Piece;
}

class CallerSearch {
  readonly compiled: CompiledUnit[] = [];
  readonly #units: ComparedUnit[];
  readonly #options: FarOptions;
  readonly #tried = new Set<string>();
  readonly #matched = new Map<ComparedUnit, CallingUnit>();
  /** Functions without a site, whose new copies go along, with their callers. */
  readonly #carried = new Map<Piece, { readonly unit: ComparedUnit; readonly callers: readonly Place[] }>();

  constructor(units: readonly ComparedUnit[], options: FarOptions) {
    this.#units = [...units];
    this.#options = options;
  }

  /** Goes up from functions to callers that can be replaced. Returns why it cannot, if so. */
  async follow(starts: readonly Place[]): Promise<string | undefined> {
    const open = [...starts];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const { unit, piece } = place;
      if (this.#carried.has(piece)) continue;
      if (this.#carried.size === MAX_FOLLOWED)
        return `more than ${MAX_FOLLOWED} functions would have to be followed`;
      const found = await this.#callersOf(place);
      if (!found.known) return `${piece.name}: ${found.reason}`;
      const callers = found.callers.filter(({ piece: caller }) => caller !== piece);
      this.#carried.set(piece, { unit, callers });
      open.push(...callers.filter(({ piece: caller }) => !hasFtraceSite(caller)));
    }
    return undefined;
  }

  /** The units with the callers replaced and the new copies carried; only to be asked when all is settled. */
  replaced(): ComparedUnit[] {
    const callers = new Map<Piece, { readonly unit: ComparedUnit; readonly callee: string }>();
    for (const [callee, { callers: known }] of this.#carried) {
      for (const { unit, piece } of known) {
        if (!this.#carried.has(piece)) callers.set(piece, { unit, callee: callee.name });
      }
    }
    return this.#units.flatMap((unit): ComparedUnit[] => {
      const carried = [...this.#carried].filter(([, of]) => of.unit === unit);
      const replaced = [...callers].filter(([, of]) => of.unit === unit);
      if (carried.length + replaced.length === 0) return this.#tried.has(unit.source) ? [] : [unit];
      return [withCallers(unit, carried, replaced)];
    });
  }

  async #callersOf(
    place: Place,
  ): Promise<{ known: true; callers: Place[] } | { known: false; reason: string }> {
    const { unit, piece } = place;
    const { pre } = unit.comparison;
    const near = usersOf(pre).get(piece);
    if (near?.onlyCalled === false) return { known: false, reason: 'its address is kept' };
    if (piece.symbol?.bind === STB.LOCAL) {
      const callers = [...(near?.callers ?? [])].filter((caller) => !isStartOrEndCode(caller));
      if (unit.object !== 'vmlinux' && callers.length !== near?.callers.size) {
        return { known: false, reason: `code of ${unit.object} that runs once calls it` };
      }
      return { known: true, callers: callers.map((caller) => ({ unit, piece: wholeOf(pre, caller) })) };
    }
    if (unit.object !== 'vmlinux')
      return { known: false, reason: `it is a function of ${unit.object} that others may import` };
    const names = new Set(piece.aliases);
    const modules = await this.#importers(names);
    const objects = new Set(['vmlinux', ...modules.keys()]);
    let problem = await this.#addUnits(names, objects);
    let answers = problem === undefined ? await this.#explain(place, names, modules) : [];
    const unexplained = answers.flatMap((answer) => (answer.known ? [] : (answer.unexplained ?? [])));
    if (unexplained.length > 0) {
      // GCC's clones have the name of the function before the first dot.
      problem = await this.#addUnits(new Set(unexplained.map((name) => name.replace(/\..*/, ''))), objects);
      answers = problem === undefined ? await this.#explain(place, names, modules) : [];
    }
    if (problem !== undefined) return { known: false, reason: problem };
    const callers: Place[] = [];
    for (const answer of answers) {
      if (!answer.known) return answer;
      for (const { unit: calling, caller } of answer.callers) {
        const owner = this.#units.find((candidate) => this.#matched.get(candidate) === calling);
        if (owner !== undefined) callers.push({ unit: owner, piece: caller });
      }
    }
    return { known: true, callers };
  }

  async #explain(
    place: Place,
    names: ReadonlySet<string>,
    modules: ReadonlyMap<string, readonly string[]>,
  ): Promise<FarCallers[]> {
    const answers = [await this.#inImage(place, names)];
    for (const [name, calling] of modules) {
      answers.push(explainModule(names, name, calling, await this.#matches(name)));
    }
    return answers;
  }

  /** Compiles the units of some objects whose source says a name and that the patch does not touch. */
  async #addUnits(names: ReadonlySet<string>, objects: ReadonlySet<string>): Promise<string | undefined> {
    const { baseline, signal } = this.#options;
    const known = new Set(this.#units.map(({ source }) => source));
    const sources = (await sourcesSaying(baseline, names, signal)).filter((source) => !known.has(source));
    const units: TranslationUnit[] = [];
    for (const source of sources) {
      const unit = source.endsWith('.c') ? await baseline.unit(source).catch(() => undefined) : undefined;
      if (unit?.owners.some((object) => objects.has(object)) === true) units.push(unit);
    }
    if (units.length > MAX_UNITS) return `${units.length} files may call it, and ${MAX_UNITS} are looked at`;
    for (const made of await compilePristine({ ...this.#options, units })) {
      this.compiled.push(made);
      this.#tried.add(made.unit.source);
      for (const object of made.unit.owners) {
        const comparison = compareObjects(readObject(made.pre), readObject(made.post));
        this.#units.push({ source: made.unit.source, object, comparison, marks: readMarks(comparison.post) });
      }
    }
    return undefined;
  }

  async #inImage({ unit, piece }: Place, names: ReadonlySet<string>): Promise<FarCallers> {
    const image = await this.#options.baseline.image();
    const own = (await this.#matches('vmlinux')).find(({ comparison }) => comparison === unit.comparison);
    const verdict = own?.match.functions.get(piece);
    if (own === undefined || verdict?.state !== 'matched')
      return { known: false, reason: 'it is not the function that was shipped' };
    const nameOf = (place: Address): string => image.symbols.covering(place)[0]?.name ?? 'something';
    const calls: Address[] = [];
    for (const { at, branch } of mentionsInImage(image, new Set([verdict.address]))) {
      if (!branch) return { known: false, reason: `${nameOf(at)} of vmlinux may hold its address` };
      if (!isFreedAt(own.match.shipped, at)) calls.push(at);
    }
    return explainImage(names, { calls, nameOf }, await this.#matches('vmlinux'));
  }

  /** The modules that import a function, with the names of the functions that refer to it. */
  async #importers(names: ReadonlySet<string>): Promise<ReadonlyMap<string, readonly string[]>> {
    const { baseline } = this.#options;
    const importers = new Map<string, readonly string[]>();
    for (const [name, { path }] of await baseline.modules()) {
      const bytes = await readFile(join(baseline.moduleFolder, path));
      // The names of an ELF file stand in it as they are; one that is packed has to be read.
      if (bytes[0] === ELF_MAGIC && ![...names].some((wanted) => bytes.includes(`${wanted}\0`))) continue;
      const module = await baseline.module(name);
      const calling = module === undefined ? [] : referringTo(module, names);
      if (calling.length > 0) importers.set(name, calling);
    }
    return importers;
  }

  async #matches(object: string): Promise<CallingUnit[]> {
    const shipped = await shippedObject(this.#options.baseline, object);
    return this.#units
      .filter((unit) => unit.object === object)
      .map((unit) => {
        const known = this.#matched.get(unit);
        if (known !== undefined) return known;
        const match = matchUnit(unit.comparison.pre, shipped);
        const calling = { ...unit, match };
        this.#matched.set(unit, calling);
        return calling;
      });
  }
}

/** For each field of a module that refers to one of some names, the name of the function that it is in. */
function referringTo(module: ElfObject, names: ReadonlySet<string>): string[] {
  const calling: string[] = [];
  for (const { index, flags } of module.sections) {
    if ((flags & SHF.ALLOC) === 0) continue;
    const fields = relocationsOf(module, index).filter(({ symbol }) => {
      const target = module.symbols[symbol];
      return target?.home.kind === 'undefined' && names.has(target.name);
    });
    if (fields.length === 0) continue;
    const functions = module.symbols.filter(
      ({ home, type }) => type === STT.FUNC && home.kind === 'section' && home.section === index,
    );
    for (const { offset } of fields) {
      const found = functions.find(({ value, size }) => offset >= value && offset < value + size);
      calling.push(found?.name ?? '');
    }
  }
  return calling;
}

function withCallers(
  unit: ComparedUnit,
  carried: readonly (readonly [Piece, { readonly callers: readonly Place[] }])[],
  replaced: readonly (readonly [Piece, { readonly callee: string }])[],
): ComparedUnit {
  const { comparison } = unit;
  const { pairing, pre } = comparison;
  const changes: FunctionChange[] = [];
  for (const [original, { callee }] of replaced) {
    const post = pairing.post(original);
    if (post === undefined || comparison.changed.some((change) => change.pre === original)) continue;
    changes.push(callerChange(comparison.post, original, post, callee));
  }
  const copies: Piece[] = [];
  const said: Finding[] = [];
  const exports = new Set(pre.pieces.flatMap((piece) => exportedName(piece) ?? []));
  for (const [original, { callers }] of carried) {
    const post = pairing.post(original);
    if (post === undefined) continue;
    pairing.remove(original, post);
    copies.push(post);
    said.push(
      sayReplaced(
        original,
        callers,
        original.aliases.some((name) => exports.has(name)),
      ),
    );
  }
  const settled = new Set(carried.map(([{ name }]) => name));
  const findings = comparison.findings.filter(
    ({ code, place }) => code !== 'COMPARE_NO_FTRACE_SITE' || !settled.has(place.symbol ?? ''),
  );
  return {
    ...unit,
    comparison: {
      ...comparison,
      changed: [...comparison.changed.filter((change) => !settled.has(change.name)), ...changes],
      added: [...comparison.added, ...copies],
      findings: [...findings, ...said],
    },
  };
}

function sayReplaced({ name }: Piece, callers: readonly Place[], isExported: boolean): Finding {
  const names = [...new Set(callers.map(({ piece }) => piece.name))].sort();
  const whom =
    names.length === 0
      ? 'nothing that can still run calls it'
      : `${names.join(', ')}, which are all that call it, call its new copy`;
  const reason = `${name} has no ftrace site; ${whom}`;
  if (!isExported) return finding('COMPARE_CALLERS_REPLACED', 'ok', { symbol: name }, reason);
  return finding(
    'COMPARE_CALLERS_ELSEWHERE',
    'review',
    { symbol: name },
    `${reason}; modules from elsewhere may call the old one`,
  );
}
