// SPDX-License-Identifier: GPL-2.0-or-later
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Finding } from '@uptide/base';
import type { Baseline, TranslationUnit } from '@uptide/kernel';
import { ForgeError, finding } from '../error.ts';
import type { PatchSet } from '../patch/model.ts';
import { hostPrograms, judge } from '../patch/policy.ts';
import { applyPatches } from './apply.ts';
import { generatorsOf, HeaderSearch, type HeaderUsers, isGenerator } from './header-users.ts';
import { sourceInclusions } from './includers.ts';
import type { AffectedResult, AffectedUnit, HeaderReach } from './model.ts';
import { UnitSearch, type Users } from './search.ts';
import { sourceIndex } from './source-index.ts';
import { filesSaying } from './word-search.ts';

/** What the search for affected units works on. */
export interface AffectedOptions {
  readonly baseline: Pick<Baseline, 'tree' | 'digest' | 'cache' | 'unit' | 'units'>;
  /** Units that changed headers may reach without asking; 400 when it is not said. */
  readonly maxUnits?: number | undefined;
  /** Asked before more units than that are compiled. */
  readonly mayCompile?: ((units: number) => Promise<boolean>) | undefined;
  /** The patch files in the order in which they are applied. */
  readonly patchSets: readonly PatchSet[];
  /** A folder for scratch files. */
  readonly workFolder: string;
  readonly signal?: AbortSignal | undefined;
}

/** An hour of two processors at some 10 s a unit: nobody should spend that unawares. */
const MAX_UNITS = 400;
/** In the place of a header that a patch deletes: whoever still includes it does not compile. */
const DELETED_HEADER = Buffer.from('#error the patch deletes this header\n');

/**
 * Finds the translation units that patches change, and the content of the changed files after all patches.
 * A refusal is a finding: then `units` is empty.
 *
 * @throws ForgeError PATCH_DOES_NOT_APPLY, PATCH_NOT_P1, PATCH_SYMLINK, PATCH_MALFORMED, PATCH_AMBIGUOUS;
 * PATCH_NOT_BUILT, PATCH_NO_CODE or PATCH_NO_CHANGE when there is nothing to be made live
 */
export async function findAffected(options: AffectedOptions): Promise<AffectedResult> {
  const { baseline, workFolder, signal } = options;
  const patches = options.patchSets.flatMap((set) => set.patches);
  const units = await baseline.units();
  const context = { architectures: architecturesOf(units) };

  const policy = judge(patches, context);
  const findings: Finding[] = [...policy.findings];
  const refused = (): boolean => findings.some(({ verdict }) => verdict === 'refuse');
  const result = { units: [], postFiles: new Map<string, Uint8Array>(), ignored: policy.ignored, notes: [] };
  const headers: HeaderReach[] = [];
  if (refused()) return { ...result, headers, findings };

  const applied = await applyPatches(patches, { tree: baseline.tree, workFolder, signal });
  const search = new UnitSearch({ baseline, units, post: applied.files, context, signal });
  const postFiles = new Map<string, Uint8Array>();
  const found = new Map<
    string,
    { unit: TranslationUnit; sources: Set<string>; reason: AffectedUnit['reason'] }
  >();
  let headerSearch: HeaderSearch | undefined;
  for (const path of policy.sources) {
    const pre = await readTree(baseline.tree, path);
    const post = applied.files.get(path);
    if (pre === undefined && post === undefined) continue;
    if (pre !== undefined && post !== undefined && Buffer.compare(pre, post) === 0) {
      findings.push(finding('PATCH_NO_CHANGE', 'ok', { file: path }, `${path} is as it was before`));
      continue;
    }
    if (await isHostProgram(baseline.tree, path)) {
      findings.push(
        finding('PATCH_RUNS_ON_MAKER', 'refuse', { file: path }, `${path} is a program that the build runs`),
      );
      continue;
    }
    if (path.endsWith('.h')) {
      headerSearch ??= await searchHeaders(baseline, units, context.architectures, signal);
      const users = headerSearch.usersOf(path, pre, post);
      findings.push(...judgeHeader(path, users));
      const { including, everything } = users;
      headers.push({ path, including, considered: users.sources.length, everything });
      postFiles.set(path, post ?? DELETED_HEADER);
      for (const source of users.sources) {
        const unit = isGenerator(source) ? undefined : await baseline.unit(source);
        if (unit === undefined) continue;
        const entry = found.get(source) ?? { unit, sources: new Set<string>(), reason: 'header' };
        entry.sources.add(path);
        found.set(source, entry);
      }
      continue;
    }
    const users = await search.usersOf(path);
    findings.push(...judgeUse(path, { pre: pre !== undefined, post: post !== undefined }, users));
    if (post !== undefined) postFiles.set(path, post);
    for (const { unit, reason } of users.units) {
      const entry = found.get(unit.source) ?? { unit, sources: new Set<string>(), reason };
      entry.sources.add(path);
      if (reason === 'source' || entry.reason === 'header') entry.reason = reason;
      found.set(unit.source, entry);
    }
  }
  if (!refused()) findings.push(...(await judgeFanOut([...found.values()], headers, options)));
  if (refused()) return { ...result, headers, findings };
  if (found.size === 0) refuseNothing(findings, headers);
  const affected = [...found.values()].map(({ unit, sources, reason }) => ({
    unit,
    owners: unit.owners,
    changedSources: [...sources].sort(),
    reason,
  }));
  affected.sort((a, b) => (a.unit.source < b.unit.source ? -1 : 1));
  const notes = [...applied.notes, ...headers.map(describeReach)];
  return { units: affected, postFiles, headers, findings, ignored: policy.ignored, notes };
}

/**
 * Makes what the search for units keeps with a baseline, so that the first patch need not wait for it: which files
 * include which, and what they say. Nothing is done when it is there.
 *
 * @throws UptideError DISK_FULL, TOOL_FAILED, INTERRUPTED
 */
export async function indexSources(
  baseline: AffectedOptions['baseline'],
  signal?: AbortSignal,
): Promise<void> {
  const units = await baseline.units();
  await sourceInclusions(baseline, signal);
  await sourceIndex(baseline, { generators: generatorsOf(architecturesOf(units)), signal });
}

/**
 * The sources of units that may say one of some names themselves, sorted. What headers say for them is not told.
 *
 * @throws UptideError DISK_FULL, TOOL_FAILED, INTERRUPTED
 */
export async function sourcesSaying(
  baseline: AffectedOptions['baseline'],
  names: Iterable<string>,
  signal?: AbortSignal,
): Promise<string[]> {
  const units = await baseline.units();
  const index = await sourceIndex(baseline, { generators: generatorsOf(architecturesOf(units)), signal });
  const files = [...filesSaying(index, names)].map((file) => index.files[file] ?? '');
  return files.filter((file) => units.has(file)).sort();
}

async function searchHeaders(
  baseline: AffectedOptions['baseline'],
  units: ReadonlyMap<string, TranslationUnit>,
  architectures: Iterable<string>,
  signal: AbortSignal | undefined,
): Promise<HeaderSearch> {
  const index = await sourceIndex(baseline, { generators: generatorsOf(architectures), signal });
  return new HeaderSearch(baseline.tree, index, (path) => units.has(path) || isGenerator(path));
}

/** What is to be said of a changed header. */
function judgeHeader(path: string, { sources, including, everything }: HeaderUsers): Finding[] {
  const place = { file: path };
  if (including === 0) {
    return [finding('PATCH_NOT_BUILT', 'ok', place, `no unit of this kernel includes ${path}`)];
  }
  const generators = sources.filter(isGenerator);
  if (generators.length === 0) return [];
  const verdict = everything === undefined ? 'refuse' : 'review';
  return [
    finding('PATCH_GENERATOR', verdict, place, `${generators.join(', ')} may use what changed in ${path}`),
  ];
}

/** Refuses more units than were allowed, unless whoever is asked wants them. */
async function judgeFanOut(
  found: readonly { readonly reason: AffectedUnit['reason'] }[],
  headers: readonly HeaderReach[],
  { maxUnits = MAX_UNITS, mayCompile }: AffectedOptions,
): Promise<Finding[]> {
  const count = found.filter(({ reason }) => reason === 'header').length;
  if (count <= maxUnits || (await mayCompile?.(count)) === true) return [];
  const [widest] = headers.toSorted((a, b) => b.considered - a.considered);
  const reason = `what changed in headers may reach ${count} units, and ${maxUnits} are allowed without asking`;
  const told = widest === undefined ? reason : `${reason}; ${describeReach(widest)}`;
  return [finding('PATCH_FAN_OUT', 'refuse', widest === undefined ? {} : { file: widest.path }, told)];
}

function describeReach({ path, including, considered, everything }: HeaderReach): string {
  const why = everything === undefined ? '' : ` (all that include it, because of: ${everything})`;
  return `${path}: of ${including} sources that can include it ${considered} may use what changed${why}`;
}

/** The folders of `arch/` that hold units. */
function architecturesOf(units: ReadonlyMap<string, TranslationUnit>): Set<string> {
  const names = new Set<string>();
  for (const source of units.keys()) {
    const name = /^arch\/([^/]+)\//.exec(source)?.[1];
    if (name !== undefined) names.add(name);
  }
  return names;
}

/** What is to be said of one changed file. */
function judgeUse(
  path: string,
  exists: { readonly pre: boolean; readonly post: boolean },
  { units, apart }: Users,
): Finding[] {
  const place = { file: path };
  if (units.length === 0) {
    if (apart.length > 0) return [finding('PATCH_OTHER_IMAGE', 'refuse', place, apart.join('; '))];
    return exists.pre
      ? [finding('PATCH_NOT_BUILT', 'ok', place, `no object of this kernel is made from ${path}`)]
      : [
          finding(
            'PATCH_NEW_FILE',
            'refuse',
            place,
            `no file that this kernel is built from includes ${path}`,
          ),
        ];
  }
  if (!exists.post) {
    const users = units.map(({ unit }) => unit.source).join(', ');
    return [finding('PATCH_FILE_REMOVED', 'refuse', place, `${path} is compiled into ${users}`)];
  }
  if (apart.length === 0) return [];
  const reason = `${path} is also compiled into what stays as it is: ${apart.join('; ')}`;
  return [finding('PATCH_OTHER_IMAGE', 'review', place, reason)];
}

async function readTree(tree: string, path: string): Promise<Uint8Array | undefined> {
  return existsSync(join(tree, path)) ? await readFile(join(tree, path)) : undefined;
}

/** Does the Makefile beside a file build a program of it that runs on the maker's machine? */
async function isHostProgram(tree: string, path: string): Promise<boolean> {
  const name = posix.basename(path, '.c');
  for (const makefile of ['Makefile', 'Kbuild']) {
    const text = await readTree(tree, posix.join(posix.dirname(path), makefile));
    if (text !== undefined && hostPrograms(Buffer.from(text).toString('latin1')).has(name)) return true;
  }
  return false;
}

/** Ends the way when no unit is affected: the findings say why, and the strongest of them names the ending. */
function refuseNothing(findings: readonly Finding[], headers: readonly HeaderReach[]): never {
  const said = (code: 'PATCH_NOT_BUILT' | 'PATCH_NO_CHANGE' | 'PATCH_NO_CODE'): Finding[] =>
    findings.filter((entry) => entry.code === code);
  for (const code of ['PATCH_NOT_BUILT', 'PATCH_NO_CHANGE'] as const) {
    const reasons = said(code).map(({ reason }) => reason);
    if (reasons.length > 0) throw new ForgeError(code, reasons.join('; '));
  }
  const [header] = headers;
  if (header !== undefined) {
    throw new ForgeError('PATCH_NOT_BUILT', `${header.path}: no unit of this kernel uses what changed in it`);
  }
  throw new ForgeError(
    'PATCH_NO_CODE',
    said('PATCH_NO_CODE')
      .map(({ reason }) => reason)
      .join('; '),
  );
}
