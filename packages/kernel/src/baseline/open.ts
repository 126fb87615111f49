// SPDX-License-Identifier: GPL-2.0-or-later
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageBtf } from '../btf/btf.ts';
import { KernelError } from '../error.ts';
import { openImage } from '../image/image.ts';
import { parseSymbols } from '../image/symbol-file.ts';
import { decodeUnits } from '../kbuild/unit-table.ts';
import type { Baseline, TranslationUnit } from '../model.ts';
import { listModules } from '../modules/list.ts';
import { readModule } from '../modules/read.ts';
import { checkRelease } from '../packages/release.ts';
import { defaultStore, type Store } from '../store/store.ts';
import { parseSymvers } from '../symvers/symvers.ts';
import { parseConfig } from './config.ts';
import { FILES, readRecord } from './record.ts';

/**
 * Opens a baseline of the store. Only its record and configuration are read now; each part when it is
 * first asked for, once.
 *
 * @throws KernelError RELEASE_INVALID, BASELINE_MISSING, BASELINE_DAMAGED, BASELINE_SCHEMA.
 */
export async function openBaseline(release: string, store: Store = defaultStore()): Promise<Baseline> {
  const folder = join(store.kernels, checkRelease(release));
  const record = await readRecord(folder, release);
  const path = (file: keyof typeof FILES): string => join(folder, FILES[file]);
  const units = once(async () => indexBySource(decodeUnits(await readFile(path('units'), 'utf8'))));
  const image = once(async () => openImage(path('vmlinux'), parseSymbols(await readFile(path('symbols')))));
  const modules = once(() => listModules(path('modules')));
  return {
    release,
    buildId: record.buildId,
    sourceVersion: record.sourceVersion,
    compilerText: record.compilerText,
    compiler: record.compiler,
    digest: record.digest,
    tree: path('tree'),
    vmlinuz: path('vmlinuz'),
    moduleFolder: path('modules'),
    config: parseConfig(await readFile(path('config'), 'utf8')),
    cache: path('cache'),
    image,
    btf: once(async () => imageBtf(await image())),
    exports: once(async () => parseSymvers(await readFile(path('symvers'), 'utf8'))),
    modules,
    module: async (name) => {
      const shipped = (await modules()).get(name);
      return shipped === undefined ? undefined : await readModule(join(path('modules'), shipped.path));
    },
    unit: async (source) => {
      const found = (await units()).get(source);
      if (found === undefined) return undefined;
      const [unit, ...others] = found;
      if (others.length > 0) {
        const objects = found.map(({ objectFile }) => objectFile).join(', ');
        throw new KernelError('UNIT_AMBIGUOUS', `${source} is compiled into ${objects}`, {
          place: { file: source },
        });
      }
      return unit;
    },
    units: once(
      async () => new Map([...(await units())].flatMap(([source, [unit]]) => (unit ? [[source, unit]] : []))),
    ),
  };
}

/**
 * The units of each source. Where a source is compiled both for a klp object and for something else
 * (lib/ctype.c is in vmlinux and in the EFI stub), only the former count.
 */
function indexBySource(units: readonly TranslationUnit[]): Map<string, TranslationUnit[]> {
  const bySource = new Map<string, TranslationUnit[]>();
  for (const unit of units) {
    const known = bySource.get(unit.source);
    if (known === undefined) bySource.set(unit.source, [unit]);
    else if (known.every(({ owners }) => owners.length === 0)) known.splice(0, known.length, unit);
    else if (unit.owners.length > 0) known.push(unit);
  }
  return bySource;
}

/** Runs the function at the first call and gives the same result at every later one. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= read();
    return result;
  };
}
