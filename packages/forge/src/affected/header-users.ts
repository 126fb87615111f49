// SPDX-License-Identifier: GPL-2.0-or-later
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { declarationsIn, type Rule } from '../source/declarations.ts';
import { followNames, includedBy, includersIn } from './closure.ts';
import { headerChange } from './header-change.ts';
import type { SourceIndex } from './source-index.ts';

/** The sources that a changed header can make come out different. */
export interface HeaderUsers {
  /** Sources of units, sorted; generators of headers are among them. */
  readonly sources: readonly string[];
  /** How many sources can include the header at all. */
  readonly including: number;
  /** Why every one of them counts; undefined when names decided. */
  readonly everything: string | undefined;
}

/** Finds the users of changed headers in one tree. */
export class HeaderSearch {
  readonly #tree: string;
  readonly #index: SourceIndex;
  readonly #isSource: (path: string) => boolean;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #rules = new Map<number, readonly Rule[]>();

  /** @param isSource is a file of the index compiled by itself? */
  constructor(tree: string, index: SourceIndex, isSource: (path: string) => boolean) {
    this.#tree = tree;
    this.#index = index;
    this.#isSource = isSource;
    this.#numbers = new Map(index.files.map((file, number) => [file, number]));
  }

  /**
   * The sources that can come out different.
   *
   * @param pre the header's content, bytes; undefined when it is new
   * @param post the same after the patches; undefined when it is deleted
   */
  usersOf(path: string, pre: Uint8Array | undefined, post: Uint8Array | undefined): HeaderUsers {
    const targets = this.#targets(path, pre === undefined);
    const including = [...includersIn(this.#index, targets)].filter((file) =>
      this.#isSource(this.#name(file)),
    );
    const answer = (files: readonly number[], everything?: string): HeaderUsers => ({
      sources: files.map((file) => this.#name(file)).sort(),
      including: including.length,
      everything,
    });
    if (including.length === 0) return answer([]);
    if (pre === undefined || post === undefined) return answer(including, 'the file comes or goes');
    const { names, everything } = headerChange(textOf(pre), textOf(post));
    if (everything !== undefined) return answer(including, everything);
    const meeting = includedBy(this.#index, including);
    const reached = followNames(
      this.#index,
      names,
      (file) => this.#rulesOf(file),
      (file) => meeting.has(file),
    );
    if (reached === undefined)
      return answer(including, `${names.join(', ')}: too many declarations use them`);
    const using = includersIn(this.#index, reached.files);
    return answer(including.filter((file) => using.has(file)));
  }

  /** A header that is new can take the place of another that is found by the same path. */
  #targets(path: string, isNew: boolean): number[] {
    const number = this.#numbers.get(path);
    if (number !== undefined) return [number];
    if (!isNew) return [];
    const tail = path.split('/').slice(-2).join('/');
    return this.#index.files.flatMap((file, other) => (file.endsWith(`/${tail}`) ? [other] : []));
  }

  #rulesOf(file: number): readonly Rule[] {
    let rules = this.#rules.get(file);
    if (rules === undefined) {
      rules = declarationsIn(readFileSync(join(this.#tree, this.#name(file)), 'latin1')).flatMap(
        (one) => one.rules,
      );
      this.#rules.set(file, rules);
    }
    return rules;
  }

  #name(file: number): string {
    return this.#index.files[file] ?? '';
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/**
 * Files that Kbuild makes headers and the linker script from: what they say of a struct or a macro is in assembly
 * and in the layout of the image, where nothing can be replaced (top-level Kbuild, arch/x86/kernel/Makefile).
 */
export function isGenerator(path: string): boolean {
  return /^kernel\/bounds\.c$|(?:^|\/)asm-offsets\.c$|(?:^|\/)devicetable-offsets\.c$|\.lds\.S$/.test(path);
}

/** The generators that a kernel of these architectures has. */
export function generatorsOf(architectures: Iterable<string>): string[] {
  const own = [...architectures].flatMap((name) =>
    ['asm-offsets.c', 'vmlinux.lds.S'].map((file) => posix.join('arch', name, 'kernel', file)),
  );
  return ['kernel/bounds.c', 'scripts/mod/devicetable-offsets.c', ...own];
}
