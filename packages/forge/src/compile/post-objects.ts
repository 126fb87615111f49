// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kept post objects, by what each was made from.
 *
 * The problem. A post object is a function of the unit, its pristine source and the patched files. With all patched
 * files in its key, the fifth patch of a series would compile again what the first four had compiled, although it
 * changes another file. With too few, a create would get an object of another source: a live update with the wrong
 * code in it.
 *
 * The approach. An object depends on the files that the compiler opened, and on the paths at which it looked in vain
 * before (an include is searched in one folder after another). So the key of an object holds
 *
 *     what pre is made from, and further arguments of the compiler
 *     every file that the patches add, whole: with the same files there, every search ends at the same file
 *     every patched file that is neither .c nor .h, whole: what a step reads that lists nothing
 *     the names of all files that the compiler read, and the patched content of those that are patched
 *
 * The names are known only after a compilation. They are kept too, as an entry without an object, under a key of the
 * first three parts and the patched text of the unit's own source. A reader takes the names, makes the whole key with
 * its own patched files, and asks for that. When the names are of another state of the headers, there is no such
 * object, the unit is compiled, and its names take their place.
 *
 * Why an object that is found is the right one. It was compiled with the same command, the same files there, and the
 * same content in each file that was read. The compiler reads its next file by what stands in those before it; so it
 * would read the same files again, and give the same object.
 *
 * Names are those of the files themselves, with links and `..` resolved as the kernel does.
 *
 * Limits. A patch that adds a file has all units of its create compiled again: an include could find it. What the
 * assembler reads by .include or .incbin is in no list; a .c or .h read so would be missed here, as it is when
 * affected units are looked for. The source of x86 kernels has none. Cost: some 20 KB for each unit and text of its
 * source.
 */
import { sha256 } from '@uptide/base';
import type { CompiledObject, ObjectCache } from './cache.ts';

/** The patched files of a create, by path of the tree. */
export interface PatchedFiles {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Which of them the pristine tree does not have. */
  readonly added: ReadonlySet<string>;
}

/** A unit whose post object is asked for. */
export interface PostUnit {
  /** Digest of all that pre is made from. */
  readonly preKey: string;
  readonly source: string;
}

/** An object with its key. */
export interface KeptObject {
  readonly key: string;
  readonly compiled: CompiledObject;
}

const NOTHING = new Uint8Array();

/** The post objects of one create. */
export class PostObjects {
  readonly #cache: ObjectCache;
  readonly #files: ReadonlyMap<string, Uint8Array>;
  /** Digests of the files of which an object depends only on those that were read. */
  readonly #narrow = new Map<string, string>();
  readonly #wide: string;

  /** @param extra further arguments of the compiler */
  constructor(cache: ObjectCache, { files, added }: PatchedFiles, extra: readonly string[]) {
    this.#cache = cache;
    this.#files = files;
    const wide: (string | Uint8Array)[] = [];
    for (const path of [...files.keys()].sort()) {
      const bytes = files.get(path) ?? NOTHING;
      if (/\.[ch]$/.test(path) && !added.has(path)) this.#narrow.set(path, sha256(bytes));
      else wide.push(path, bytes);
    }
    this.#wide = sha256('uptide post 1', String(extra.length), ...extra, ...wide);
  }

  /** The object of a unit; undefined when there is none that is sure to be right. */
  async read(unit: PostUnit): Promise<KeptObject | undefined> {
    const names = await this.#cache.read(this.#namesKey(unit));
    if (names === undefined) return undefined;
    const key = this.#objectKey(unit, names.dependencies);
    const compiled = await this.#cache.read(key);
    return compiled === undefined ? undefined : { key, compiled };
  }

  /**
   * Keeps an object.
   *
   * @param names every file that the compiler read, by its real path
   * @returns its key
   */
  async write(unit: PostUnit, compiled: CompiledObject, names: readonly string[]): Promise<string> {
    const key = this.#objectKey(unit, names);
    await this.#cache.write(key, compiled);
    await this.#cache.write(this.#namesKey(unit), { object: NOTHING, dependencies: names, warnings: [] });
    return key;
  }

  #namesKey({ preKey, source }: PostUnit): string {
    return sha256('names', this.#wide, preKey, this.#files.get(source) ?? 'pristine');
  }

  #objectKey({ preKey }: PostUnit, names: readonly string[]): string {
    const read = names.flatMap((name) => {
      const digest = this.#narrow.get(name);
      return digest === undefined ? [] : [name, digest];
    });
    return sha256('object', this.#wide, preKey, sha256(...names), ...read);
  }
}
