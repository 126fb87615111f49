// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@uptide/base';
import type { Baseline, TranslationUnit } from '@uptide/kernel';
import { onDisk } from '../disk.ts';
import { ForgeError } from '../error.ts';
import { type CompiledObject, ObjectCache } from './cache.ts';
import { isSource } from './command.ts';
import { compileOne } from './compile-one.ts';

/** A C file of ours that is to run in the kernel. */
export interface SourceOptions {
  readonly baseline: Pick<Baseline, 'tree' | 'digest' | 'cache'>;
  /** Name of the file without `.c`, and of the module for which it is compiled; a C identifier. */
  readonly name: string;
  readonly source: Uint8Array;
  /** Files that the source includes by `#include "NAME"`, by plain name. */
  readonly headers?: ReadonlyMap<string, Uint8Array>;
  /** The unit of a module whose command is taken; see `moduleUnit`. */
  readonly like: TranslationUnit;
  /** Further arguments for the compiler, e.g. `-DNAME=VALUE`. */
  readonly extra?: readonly string[];
  readonly workFolder: string;
  readonly signal?: AbortSignal | undefined;
}

const RECIPE = 'uptide source 1';
/** The macros by which Kbuild tells a unit its name (scripts/Makefile.lib, `name-fix` and `modname_flags`). */
const NAME_MACRO = /^-D(?:KBUILD_MODFILE|KBUILD_BASENAME|KBUILD_MODNAME|__KBUILD_MODNAME)=/;

/**
 * Compiles a C file of ours against a baseline, as the file of a module, through the same cache and with objtool.
 *
 * @throws ForgeError COMPILE_SOURCE_FAILED with the compiler's words, COMPILE_COMMAND; UptideError DISK_FULL
 */
export async function compileSource(
  options: SourceOptions,
): Promise<CompiledObject & { readonly key: string }> {
  const { baseline, name, signal } = options;
  const extra = options.extra ?? [];
  const headers = [...(options.headers ?? new Map<string, Uint8Array>())].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  checkNames(
    name,
    headers.map(([header]) => header),
  );
  const named = likeModule(options.like, name, `${name}.c`);
  const key = sha256(
    RECIPE,
    baseline.digest,
    options.source,
    sha256(...named.compile),
    sha256(...named.post.flat()),
    sha256(...extra),
    ...headers.flat(),
  );
  const cache = new ObjectCache(join(baseline.cache, 'objects'));
  const kept = await cache.read(key);
  if (kept !== undefined) return { ...kept, key };

  const folder = await onDisk(options.workFolder, async () =>
    realpath(await mkdtemp(join(options.workFolder, 'source-'))),
  );
  try {
    const source = join(folder, `${name}.c`);
    await onDisk(folder, async () => {
      await writeFile(source, options.source);
      for (const [header, bytes] of headers) await writeFile(join(folder, header), bytes);
    });
    const outcome = await compileOne({
      unit: likeModule(options.like, name, source),
      workingFolder: await realpath(baseline.tree),
      scratch: join(folder, 'object'),
      hide: [folder],
      // No path of the scratch folder may reach the object, be it as __FILE__ or in debug information.
      extra: [`-ffile-prefix-map=${folder}/=`, ...extra],
      signal,
    });
    if (outcome.kind === 'failed') {
      throw new ForgeError('COMPILE_SOURCE_FAILED', outcome.words, { place: { file: `${name}.c` } });
    }
    const tree = outcome.compiled.dependencies.filter((path) => !path.startsWith(`${folder}/`));
    const compiled = { ...outcome.compiled, dependencies: tree };
    await cache.write(key, compiled);
    return { ...compiled, key };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The module unit with the plainest command: of all C files that are compiled with -DMODULE the one with the fewest
 * arguments, since what others have on top is asked for by their own folders; among equals the first by name.
 *
 * @throws ForgeError COMPILE_COMMAND when the kernel has no modules
 */
export function moduleUnit(units: ReadonlyMap<string, TranslationUnit>): TranslationUnit {
  const modules = [...units.values()].filter(isModuleUnit);
  modules.sort((a, b) => a.compile.length - b.compile.length || (a.source < b.source ? -1 : 1));
  const [plainest] = modules;
  if (plainest === undefined)
    throw new ForgeError('COMPILE_COMMAND', 'no unit of this kernel is compiled for a module');
  return plainest;
}

/** Whether a unit is a C file that is compiled for a module. */
export function isModuleUnit({ source, compile, post }: TranslationUnit): boolean {
  return (
    source.endsWith('.c') &&
    compile.includes('-DMODULE') &&
    post.every((command) => command.includes('--module'))
  );
}

/** The unit's command for another source, which becomes the only one of a module of that name. */
function likeModule(like: TranslationUnit, name: string, source: string): TranslationUnit {
  const objectFile = `${name}.o`;
  const compile: string[] = [];
  for (const [index, argument] of like.compile.entries()) {
    if (NAME_MACRO.test(argument)) continue;
    if (isSource(argument, like)) {
      compile.push(
        `-DKBUILD_MODFILE="${name}"`,
        `-DKBUILD_BASENAME="${name}"`,
        `-DKBUILD_MODNAME="${name}"`,
        `-D__KBUILD_MODNAME=kmod_${name}`,
        source,
      );
    } else if (argument === like.objectFile && like.compile[index - 1] === '-o') compile.push(objectFile);
    else compile.push(argument);
  }
  const post = like.post.map((command) =>
    command.map((argument) => (argument === like.objectFile ? objectFile : argument)),
  );
  return { source, objectFile, owners: [name], compile, post };
}

function checkNames(name: string, headers: readonly string[]): void {
  const bad = [
    ...(/^[A-Za-z_]\w*$/.test(name) ? [] : [name]),
    ...headers.filter((header) => !/^[A-Za-z_][\w-]*\.h$/.test(header)),
  ];
  if (bad.length > 0)
    throw new ForgeError('COMPILE_COMMAND', `names that no source of ours has: ${bad.join(', ')}`);
}
