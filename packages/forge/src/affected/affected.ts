// SPDX-License-Identifier: GPL-2.0-or-later
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Finding } from '@uptide/base';
import type { Baseline, TranslationUnit } from '@uptide/kernel';
import { ForgeError, finding } from '../error.ts';
import type { PatchSet } from '../patch/model.ts';
import { hostPrograms, judge, type PolicyContext, rulePath } from '../patch/policy.ts';
import { applyPatches } from './apply.ts';
import {
  headerInclusions,
  type Inclusion,
  includersOf,
  inclusionsIn,
  sourceInclusions,
} from './includers.ts';
import type { AffectedResult, AffectedUnit } from './model.ts';

/** What the search for affected units works on. */
export interface AffectedOptions {
  readonly baseline: Pick<Baseline, 'tree' | 'digest' | 'cache' | 'units'>;
  /** The patch files in the order in which they are applied. */
  readonly patchSets: readonly PatchSet[];
  /** A folder for scratch files. */
  readonly workFolder: string;
  readonly signal?: AbortSignal | undefined;
}

/** Files through which inclusion is followed at most; the longest chain of the kernel has three. */
const MAX_INCLUDERS = 1000;

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
  if (refused()) return { ...result, findings };

  const applied = await applyPatches(patches, { tree: baseline.tree, workFolder, signal });
  const search = new UnitSearch({ baseline, units, post: applied.files, context, signal });
  const postFiles = new Map<string, Uint8Array>();
  const found = new Map<
    string,
    { unit: TranslationUnit; sources: Set<string>; reason: AffectedUnit['reason'] }
  >();
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
    const users = await search.unitsFrom(path);
    findings.push(...search.judge(path, { pre, post, users }));
    if (post !== undefined) postFiles.set(path, post);
    for (const { unit, reason } of users) {
      const entry = found.get(unit.source) ?? { unit, sources: new Set<string>(), reason };
      entry.sources.add(path);
      if (reason === 'source') entry.reason = 'source';
      found.set(unit.source, entry);
    }
  }
  if (refused()) return { ...result, findings };
  if (found.size === 0) refuseNothing(findings);
  const affected = [...found.values()].map(({ unit, sources, reason }) => ({
    unit,
    owners: unit.owners,
    changedSources: [...sources].sort(),
    reason,
  }));
  affected.sort((a, b) => (a.unit.source < b.unit.source ? -1 : 1));
  return { units: affected, postFiles, findings, ignored: policy.ignored, notes: applied.notes };
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

interface Judged {
  readonly pre: Uint8Array | undefined;
  readonly post: Uint8Array | undefined;
  readonly users: readonly { readonly unit: TranslationUnit }[];
}

interface Searched {
  readonly baseline: AffectedOptions['baseline'];
  readonly units: ReadonlyMap<string, TranslationUnit>;
  /** What the patches made of the files that they touch. */
  readonly post: ReadonlyMap<string, Uint8Array | undefined>;
  readonly context: PolicyContext;
  readonly signal: AbortSignal | undefined;
}

/** Follows changed files to the units that are compiled from them. */
class UnitSearch {
  readonly #searched: Searched;
  #inclusions: readonly Inclusion[] | undefined;
  /** Includers that belong to an image apart from the kernel, by changed file. */
  readonly #otherImages = new Map<string, string[]>();

  constructor(searched: Searched) {
    this.#searched = searched;
  }

  /** The unit of a file and those that include it, over any number of files. */
  async unitsFrom(path: string): Promise<{ unit: TranslationUnit; reason: AffectedUnit['reason'] }[]> {
    const seen = new Set([path]);
    const found: { unit: TranslationUnit; reason: AffectedUnit['reason'] }[] = [];
    for (const file of seen) {
      const unit = this.#searched.units.get(file);
      if (unit !== undefined) found.push({ unit, reason: file === path ? 'source' : 'includes' });
      for (const includer of await this.#includers(file)) seen.add(includer);
      if (seen.size > MAX_INCLUDERS) {
        throw new ForgeError('PATCH_TOO_LARGE', `${path} is included by more than ${MAX_INCLUDERS} files`);
      }
    }
    const apart = [...seen].filter((file) => this.#isApart(file));
    if (apart.length > 0) this.#otherImages.set(path, apart.sort());
    return found;
  }

  async #includers(path: string): Promise<string[]> {
    const exists = (file: string): boolean => existsSync(join(this.#searched.baseline.tree, file));
    if (path.endsWith('.h')) {
      return includersOf(
        path,
        await headerInclusions(this.#searched.baseline.tree, path, this.#searched.signal),
        exists,
      );
    }
    this.#inclusions ??= [
      ...(await sourceInclusions(this.#searched.baseline, this.#searched.signal)),
      ...[...this.#searched.post].flatMap(([file, bytes]) =>
        bytes === undefined ? [] : inclusionsIn(file, Buffer.from(bytes).toString('latin1')),
      ),
    ];
    return includersOf(path, this.#inclusions, exists);
  }

  #isApart(file: string): boolean {
    if (this.#searched.units.has(file)) return false;
    const ruling = rulePath(file, this.#searched.context);
    return ruling.kind === 'refused' && ruling.code === 'PATCH_OTHER_IMAGE';
  }

  /** What is to be said of one changed file. */
  judge(path: string, { pre, post, users }: Judged): Finding[] {
    const place = { file: path };
    const findings: Finding[] = [];
    if (users.length === 0) {
      if (pre === undefined) {
        return [
          finding(
            'PATCH_NEW_FILE',
            'refuse',
            place,
            `no file that this kernel is built from includes ${path}`,
          ),
        ];
      }
      return [finding('PATCH_NOT_BUILT', 'ok', place, `no object of this kernel is made from ${path}`)];
    }
    if (post === undefined) {
      const units = users.map(({ unit }) => unit.source).join(', ');
      return [finding('PATCH_FILE_REMOVED', 'refuse', place, `${path} is compiled into ${units}`)];
    }
    const apart = this.#otherImages.get(path);
    if (apart !== undefined) {
      findings.push(
        finding(
          'PATCH_OTHER_IMAGE',
          'review',
          place,
          `${path} is also compiled into an image apart from the kernel (${apart.join(', ')}), which stays as it is`,
        ),
      );
    }
    return findings;
  }
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
function refuseNothing(findings: readonly Finding[]): never {
  const said = (code: 'PATCH_NOT_BUILT' | 'PATCH_NO_CHANGE' | 'PATCH_NO_CODE'): Finding[] =>
    findings.filter((entry) => entry.code === code);
  for (const code of ['PATCH_NOT_BUILT', 'PATCH_NO_CHANGE'] as const) {
    const reasons = said(code).map(({ reason }) => reason);
    if (reasons.length > 0) throw new ForgeError(code, reasons.join('; '));
  }
  throw new ForgeError(
    'PATCH_NO_CODE',
    said('PATCH_NO_CODE')
      .map(({ reason }) => reason)
      .join('; '),
  );
}
