// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way of a patch, from the file to the module. Each pass hands its findings on; the way ends early only
 * where there is nothing left to look at.
 */
import type { Finding } from '@uptide/base';
import { type ElfObject, readObject } from '@uptide/elf';
import type { Baseline } from '@uptide/kernel';
import { findAffected } from '../affected/affected.ts';
import { applyIgnores } from '../author/apply.ts';
import { readMarks } from '../author/marks.ts';
import { compareObjects } from '../compare/compare.ts';
import { leaveRunOnce, refuseWithLayouts } from '../compare/run-once.ts';
import { type CompileOptions, compileUnits } from '../compile/compile.ts';
import type { CompiledUnit } from '../compile/model.ts';
import { compileSource } from '../compile/source.ts';
import { replaceCallers } from '../cut/callers.ts';
import { type Cut, cutUnits } from '../cut/cut.ts';
import type { KernelSymbols } from '../cut/kernel-symbols.ts';
import type { CutUnit } from '../cut/unit.ts';
import { disassemblyOf } from '../disassembly/disassembly.ts';
import { ForgeError, finding } from '../error.ts';
import { examineUnits } from '../examine/examine.ts';
import { linkModule } from '../link/link.ts';
import { judgeMatch } from '../match/judge.ts';
import { matchUnit } from '../match/match.ts';
import type { Shipped } from '../match/shipped.ts';
import type { PatchSet } from '../patch/model.ts';
import { parsePatchSet } from '../patch/parse.ts';
import { withWorkFolder } from '../work-folder.ts';
import { withAuthorHeader } from './author-header.ts';
import { nameFields } from './data-fields.ts';
import { withDefaults } from './defaults.ts';
import { describeObjects } from './describe.ts';
import { replaceFarCallers } from './far-callers.ts';
import { frameUnit } from './frame-unit.ts';
import { moduleIdentity, moduleNameOf, updateId } from './identity.ts';
import { DEFAULTS, FRAME, kernelSideFiles, readKernelSide } from './kernel-side.ts';
import { layoutFindings, unitTypes } from './layouts.ts';
import type { CompiledFrom, CreatedUpdate, CreateOutcome, CreateRequest, Examination } from './model.ts';
import { type PlaceSources, withLines } from './places.ts';
import { readAhead } from './read-ahead.ts';
import { READ_KEYS, readKeys, sourcesWithKeys, withKeysHeader } from './read-keys.ts';
import { shippedExporters, shippedObjects } from './shipped-objects.ts';
import { unitFacts } from './unit-facts.ts';

/**
 * Makes a live update out of patches for one kernel, or says why there is none.
 *
 * @throws ForgeError PATCH_*, COMPILE_* when the patches cannot be read, applied or compiled.
 */
export async function createUpdate(request: CreateRequest): Promise<CreateOutcome> {
  return await withWorkFolder(request.scratch, (workFolder) =>
    judge(request, workFolder, (judged) => makeModule(request, workFolder, judged)),
  );
}

/**
 * Goes the way of the patches up to the module, which is not made, and says all that was found.
 *
 * @throws ForgeError as `createUpdate`
 */
export async function examinePatches(request: CreateRequest): Promise<Examination> {
  return await withWorkFolder(request.scratch, (workFolder) =>
    judge(
      request,
      workFolder,
      ({ findings, notes, compiledFrom, code }): Promise<Examination> =>
        Promise.resolve({
          verdict: 'examined',
          findings,
          notes,
          compiledFrom,
          ...(request.disassemble === true ? { disassembly: Buffer.from(disassemblyOf(code)) } : {}),
        }),
    ),
  );
}

/** Patches that nothing refuses, with what a module is made of. */
interface Judged {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  readonly compiledFrom: CompiledFrom;
  readonly patchSets: readonly PatchSet[];
  readonly compiled: readonly CompiledUnit[];
  readonly units: readonly CutUnit[];
  readonly cut: Cut;
  /** The units as they were cut. */
  readonly code: readonly CutUnit[];
}

/** Where the way ends early: nothing is left to look at, or something refuses. */
type Ended = CreateOutcome & { readonly verdict: 'refused' | 'no-change' };

async function judge<Outcome>(
  request: CreateRequest,
  workFolder: string,
  finish: (judged: Judged) => Promise<Outcome>,
): Promise<Outcome | Ended> {
  const { baseline, reporter, signal } = request;
  const patchSets = request.patches.map(({ path, bytes }) => parsePatchSet(bytes, path));
  // Which translation units do the patches change?
  const affected = await reporter.step('affected', () =>
    findAffected({
      baseline,
      patchSets,
      maxUnits: request.maxUnits,
      mayCompile: request.mayCompile,
      workFolder,
      signal,
    }),
  );
  const findings: Finding[] = [...affected.findings];
  const notes: string[] = [...affected.notes];
  if (affected.units.length === 0) return ended(findings, notes);
  // Compile each of them as it is and as it is patched.
  const postFiles = await withAuthorHeader(affected.postFiles);
  const options = {
    baseline,
    units: affected.units,
    postFiles,
    workFolder,
    jobs: request.jobs,
    compilers: request.compilers,
    reporter,
    signal,
  };
  void readAhead(baseline);
  const compiled = await reporter.step('compile', () => compileUnits(options));
  findings.push(...compiled.findings);
  notes.push(...compiled.notes, ...compiled.units.flatMap((unit) => unit.notes));
  // What changed, in each object that a unit is a part of?
  const own = await reporter.step('compare', () =>
    Promise.resolve(leaveRunOnce(compiled.units.flatMap(compareUnit))),
  );
  // Which variables can get the values that the patch gives them?
  const valued = await withDefaults(own, compiled.units, baseline, { workFolder, signal });
  // Whom else must the update replace, in the place of functions without an ftrace site?
  const { units: compared, compiled: objects } = await replaceFarCallers(valued, compiled.units, options);
  const differences = compared.flatMap(findingsOf);
  findings.push(...(await nameFields(differences, objects, { workFolder, signal })));
  const sources: PlaceSources = {
    tree: baseline.tree,
    postFiles: affected.postFiles,
    units: objects.map(({ unit }) => unit.source),
  };
  if (!compared.some(isLive)) return ended(await withLines(findings, sources), notes);
  // Do objects that exist keep their shape?
  const live = new Set(compared.filter(givesCode).map(({ source }) => source));
  const types = await reporter.step('layouts', () =>
    unitTypes(
      objects.filter(({ unit }) => live.has(unit.source)),
      { workFolder, signal },
    ),
  );
  findings.push(...layoutFindings(types));
  findings.splice(0, findings.length, ...refuseWithLayouts(findings));
  // What must a person judge?
  const facts = await reporter.step('examine', () =>
    unitFacts(
      compared.filter(givesCode),
      objects,
      { tree: baseline.tree, postFiles: affected.postFiles, types },
      { workFolder, signal },
    ),
  );
  const resting = await request.stacks();
  findings.push(...examineUnits(compared.filter(givesCode), facts, resting));
  // Is what we compiled what was shipped?
  const { shipped, units } = await reporter.step('match', () => matchUnits(baseline, compared));
  findings.push(...units.flatMap(judgeUnit));
  // Take the changes out of their objects.
  const exports = await baseline.exports();
  const exporters = await shippedExporters(baseline, units, exports);
  const kernel: KernelSymbols = { exports, shipped: new Map([...exporters, ...shipped]) };
  const switched = await reporter.step('cut', () => Promise.resolve(cutUnits(units, kernel)));
  // Where a replaced function switches on a key of a module, let it read the key.
  const keyed = sourcesWithKeys(switched.findings);
  const { cut, code } =
    keyed.size === 0
      ? { cut: switched, code: units }
      : await reporter.step('keys', () => cutWithKeysRead(options, keyed, units, kernel));
  findings.push(...cut.findings);
  // On which lines is what they speak of?
  const located = await withLines(findings, sources);
  if (located.some(({ verdict }) => verdict === 'refuse')) return ended(located, notes);
  const compiledFrom: CompiledFrom = {
    changed: new Set(affected.postFiles.keys()),
    units: new Map(objects.map(({ unit, changedSources }) => [unit.source, new Set(changedSources)])),
  };
  return await finish({
    findings: located,
    notes,
    compiledFrom,
    patchSets,
    compiled: objects,
    units,
    cut,
    code,
  });
}

/** Makes the module and describes it: from here on the update exists. */
async function makeModule(
  request: CreateRequest,
  workFolder: string,
  { findings, notes, compiledFrom, patchSets, compiled, units, cut, code }: Judged,
): Promise<CreateOutcome> {
  const { baseline, reporter, signal } = request;
  const kernelSide = await kernelSideFiles();
  const id = updateId(baseline, kernelSide, request.patches);
  const module = await reporter.step('link', () => link(request, cut, moduleNameOf(id), workFolder));
  const objects = await reporter.step('describe', () =>
    describeObjects(units, cut, compiled, workFolder, signal),
  );
  const subjects = patchSets.flatMap((set) => set.patches.map(({ title }) => title));
  const update: CreatedUpdate = {
    id,
    moduleName: moduleNameOf(id),
    module,
    objects,
    states: cut.states.map(({ id: number, version }) => ({ id: number, version })),
    kernelSide,
    disassembly: Buffer.from(disassemblyOf(code)),
    subject: subjects.find((subject) => subject !== undefined && subject !== ''),
    cves: [...new Set(patchSets.flatMap((set) => set.patches.flatMap(({ cves }) => cves)))].sort(),
  };
  return { verdict: 'made', findings, notes, compiledFrom, update };
}

/** A unit before it is matched. */
type ComparedUnit = Omit<CutUnit, 'match'>;

/** Whether a unit gives something to the update. */
function isLive({ comparison, marks, defaults = [] }: ComparedUnit): boolean {
  return comparison.changed.length > 0 || marks.callbacks.length > 0 || defaults.length > 0;
}

/**
 * Whether code of a unit goes into the update. What is new in vmlinux may be called from the modules that the
 * patch changes.
 */
function givesCode(unit: ComparedUnit): boolean {
  return isLive(unit) || (unit.object === 'vmlinux' && unit.comparison.added.length > 0);
}

function findingsOf({ comparison, marks, source }: ComparedUnit): Finding[] {
  return [...comparison.findings, ...marks.findings].map((found) => placed(found, source));
}

/** Matches every unit of the objects that the update touches. */
async function matchUnits(
  baseline: Baseline,
  compared: readonly ComparedUnit[],
): Promise<{ readonly shipped: ReadonlyMap<string, Shipped>; readonly units: readonly CutUnit[] }> {
  const shipped = await shippedObjects(
    baseline,
    compared.filter(givesCode).map(({ object }) => object),
  );
  const units = compared.flatMap((unit): CutUnit[] => {
    const code = shipped.get(unit.object);
    return code === undefined ? [] : [{ ...unit, match: matchUnit(unit.comparison.pre, code) }];
  });
  return { shipped, units };
}

function judgeUnit({ match, comparison, source }: CutUnit): Finding[] {
  return judgeMatch(
    match,
    comparison.changed.map(({ pre }) => pre),
    source,
  );
}

async function compileReadingKeys(options: CompileOptions): Promise<readonly CompiledUnit[]> {
  try {
    const postFiles = await withKeysHeader(options.postFiles);
    return (await compileUnits({ ...options, postFiles, postArguments: READ_KEYS })).units;
  } catch (error) {
    if (error instanceof ForgeError && error.code === 'COMPILE_FAILED') return [];
    throw error;
  }
}

/**
 * Cuts again, with the units of the given sources compiled so that they read static keys. A file that does not
 * compile so stays as it was, with the refusals of the first cut.
 */
async function cutWithKeysRead(
  options: CompileOptions,
  sources: ReadonlySet<string>,
  units: readonly CutUnit[],
  kernel: KernelSymbols,
): Promise<{ readonly cut: Cut; readonly code: readonly CutUnit[] }> {
  const compiled = await compileReadingKeys({
    ...options,
    units: options.units.filter(({ unit }) => sources.has(unit.source)),
  });
  const said: Finding[] = [];
  const again = units.map((unit): CutUnit => {
    const other = compiled.find((candidate) => candidate.unit.source === unit.source);
    const read = other === undefined ? undefined : readKeys(unit, other);
    if (read !== undefined) said.push(read.finding);
    return read?.unit ?? unit;
  });
  const cut = cutUnits(again, kernel);
  return { cut: { ...cut, findings: [...said, ...cut.findings] }, code: again };
}

function compareUnit(compiled: CompiledUnit): ComparedUnit[] {
  const { unit, pre, post } = compiled;
  // A unit that is a part of several objects becomes several pieces of several patches: compared for each.
  return unit.owners.map((object) => {
    const comparison = compareObjects(readObject(pre), readObject(post));
    const marks = readMarks(comparison.post);
    return {
      source: unit.source,
      object,
      comparison: replaceCallers(applyIgnores(comparison, marks)),
      marks,
    };
  });
}

function placed(found: Finding, source: string): Finding {
  return { ...found, place: { file: source, ...found.place } };
}

async function link(request: CreateRequest, cut: Cut, name: string, workFolder: string): Promise<Uint8Array> {
  const { baseline, signal } = request;
  const like = await frameUnit(baseline);
  const compile = async (file: string, named: string): Promise<ElfObject> => {
    const source = await readKernelSide(file);
    const { object } = await compileSource({ baseline, name: named, source, like, workFolder, signal });
    return readObject(object);
  };
  return linkModule({
    cut,
    frame: await compile(FRAME, 'update'),
    defaults: cut.defaults.length === 0 ? undefined : await compile(DEFAULTS, 'defaults'),
    btf: await baseline.btf(),
    exports: await baseline.exports(),
    identity: await moduleIdentity(baseline, name),
  });
}

/** The outcome of a way that ends without a module. */
function ended(findings: readonly Finding[], notes: readonly string[]): Ended {
  const refused = findings.some(({ verdict }) => verdict === 'refuse');
  if (refused) return { verdict: 'refused', findings, notes, update: undefined };
  const reason = 'the compiled code stays the same';
  return {
    verdict: 'no-change',
    findings: [...findings, finding('COMPARE_NO_CHANGE', 'ok', {}, reason)],
    notes,
    update: undefined,
  };
}
