// SPDX-License-Identifier: GPL-2.0-or-later
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Baseline, TranslationUnit } from '@uptide/kernel';
import { ForgeError } from '../error.ts';
import { type PolicyContext, rulePath } from '../patch/policy.ts';
import {
  headerInclusions,
  type Inclusion,
  includersOf,
  inclusionsIn,
  sourceInclusions,
} from './includers.ts';
import type { AffectedUnit } from './model.ts';

/** What a search works on. */
export interface SearchOptions {
  readonly baseline: Pick<Baseline, 'tree' | 'digest' | 'cache' | 'unit'>;
  readonly units: ReadonlyMap<string, TranslationUnit>;
  /** What the patches made of the files that they touch; undefined when they deleted one. */
  readonly post: ReadonlyMap<string, Uint8Array | undefined>;
  readonly context: PolicyContext;
  readonly signal?: AbortSignal | undefined;
}

/** What a changed file is compiled into. */
export interface Users {
  /** The units of klp objects. */
  readonly units: readonly { readonly unit: TranslationUnit; readonly reason: AffectedUnit['reason'] }[];
  /** Sources of images apart from the kernel, sorted, each with the reason why it is none of the kernel's. */
  readonly apart: readonly string[];
}

/** Files through which inclusion is followed at most; the longest chain of the kernel has three. */
const MAX_INCLUDERS = 1000;

/** Follows changed files to the units that are compiled from them. */
export class UnitSearch {
  readonly #options: SearchOptions;
  #inclusions: readonly Inclusion[] | undefined;

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  /**
   * The unit of a file, and those that include it over any number of files.
   *
   * @throws KernelError UNIT_AMBIGUOUS when several klp objects are made from one source
   */
  async usersOf(path: string): Promise<Users> {
    const units: { unit: TranslationUnit; reason: AffectedUnit['reason'] }[] = [];
    const apart: string[] = [];
    const seen = new Set([path]);
    for (const file of seen) {
      const known = this.#options.units.has(file) ? await this.#options.baseline.unit(file) : undefined;
      if (known !== undefined && known.owners.length > 0) {
        units.push({ unit: known, reason: file === path ? 'source' : 'includes' });
      } else if (known !== undefined) apart.push(`${file}: ${known.outside ?? 'no object of the kernel'}`);
      else if (this.#isApart(file)) apart.push(`${file}: code of an image apart from the kernel`);
      for (const includer of await this.#includers(file)) seen.add(includer);
      if (seen.size > MAX_INCLUDERS) {
        throw new ForgeError('PATCH_TOO_LARGE', `${path} is included by more than ${MAX_INCLUDERS} files`);
      }
    }
    return { units, apart: apart.sort() };
  }

  async #includers(path: string): Promise<string[]> {
    const { baseline, post, signal } = this.#options;
    const exists = (file: string): boolean => existsSync(join(baseline.tree, file));
    if (path.endsWith('.h')) {
      return includersOf(path, await headerInclusions(baseline.tree, path, signal), exists);
    }
    this.#inclusions ??= [
      ...(await sourceInclusions(baseline, signal)),
      ...[...post].flatMap(([file, bytes]) =>
        bytes === undefined ? [] : inclusionsIn(file, Buffer.from(bytes).toString('latin1')),
      ),
    ];
    return includersOf(path, this.#inclusions, exists);
  }

  #isApart(file: string): boolean {
    const ruling = rulePath(file, this.#options.context);
    return ruling.kind === 'refused' && ruling.code === 'PATCH_OTHER_IMAGE';
  }
}
