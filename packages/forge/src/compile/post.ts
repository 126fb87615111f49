// SPDX-License-Identifier: GPL-2.0-or-later
import { realpath } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { TranslationUnit } from '@uptide/kernel';
import { onDisk } from '../disk.ts';
import { ForgeError } from '../error.ts';
import type { CompiledObject } from './cache.ts';
import { type CompileOutcome, compileOne } from './compile-one.ts';
import { buildShadow, foldersEntered, readFiles } from './shadow.ts';

/** What post is compiled from. */
export interface PostOptions {
  /** The pristine tree, without links. */
  readonly tree: string;
  /** A scratch folder. */
  readonly folder: string;
  /** The patched files by path of the tree. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly units: readonly TranslationUnit[];
  /** Further arguments for the compiler. */
  readonly extra?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** Times a unit is compiled anew because it goes up from a folder that was not foreseen; each time adds one or more. */
const MAX_ATTEMPTS = 8;

/** What one unit came to. */
export type PostOutcome =
  | {
      readonly kind: 'object';
      readonly compiled: CompiledObject;
      /** Every file that the compiler read, as a path of the tree or absolute outside of it, sorted. */
      readonly files: readonly string[];
    }
  | Extract<CompileOutcome, { readonly kind: 'failed' }>;

/** Compiles units from the patched source, in a shadow tree that they share. */
export class PostCompiler {
  readonly #options: PostOptions;
  #shared: Promise<string> | undefined;

  constructor(options: PostOptions) {
    this.#options = options;
  }

  /**
   * Compiles a unit. When it turns out to have read the unpatched version of a file, by a path that goes up from a
   * folder which is a link, it is compiled again in a shadow tree of its own in which that folder is real.
   *
   * @param number distinguishes the units of one compiler
   * @throws ForgeError COMPILE_STALE_HEADER, and what `compileOne` throws
   */
  async compile(unit: TranslationUnit, number: number): Promise<PostOutcome> {
    const { folder, tree, files, extra, signal } = this.#options;
    const folders = new Set<string>();
    for (let attempt = 0; ; attempt += 1) {
      const workingFolder = await this.#tree(folders, `${number}-${attempt}`);
      const scratch = join(folder, `post-${number}`);
      const outcome = await compileOne({
        unit,
        workingFolder,
        scratch,
        signal,
        ...(extra === undefined ? {} : { extra }),
      });
      if (outcome.kind === 'failed') return outcome;
      const { stale, files: read } = readFiles(outcome.rawDependencies, workingFolder, tree, files.keys());
      if (stale.length === 0) return { kind: 'object', compiled: outcome.compiled, files: read };
      const before = folders.size;
      for (const path of stale.flatMap(foldersEntered)) folders.add(path);
      if (folders.size === before || attempt === MAX_ATTEMPTS - 1) refuseStale(unit, stale);
    }
  }

  /** The root of a shadow tree in which the given folders are real besides those that are foreseen. */
  #tree(folders: ReadonlySet<string>, name: string): Promise<string> {
    if (folders.size > 0) return this.#build(`tree-${name}`, folders);
    this.#shared ??= this.#build('tree', folders);
    return this.#shared;
  }

  async #build(name: string, folders: ReadonlySet<string>): Promise<string> {
    const { tree, files, units } = this.#options;
    const folder = join(this.#options.folder, name);
    const foreseen = units.flatMap(({ source, compile }) => [
      posix.dirname(source),
      // Sources, and folders after -I or without it; what is no path has no `..` in it.
      ...compile.flatMap((argument) => foldersEntered(argument.replace(/^-I/, ''))),
    ]);
    await onDisk(folder, () => buildShadow({ tree, folder, files, folders: [...foreseen, ...folders] }));
    return realpath(folder);
  }
}

function refuseStale(unit: TranslationUnit, stale: readonly string[]): never {
  throw new ForgeError(
    'COMPILE_STALE_HEADER',
    `${unit.source} was compiled with the unpatched ${stale.join(', ')}`,
    { place: { file: unit.source } },
  );
}
