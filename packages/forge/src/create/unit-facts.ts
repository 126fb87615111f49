// SPDX-License-Identifier: GPL-2.0-or-later
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Comparison } from '../compare/comparison.ts';
import type { CompiledUnit } from '../compile/model.ts';
import type { UnitFacts } from '../examine/model.ts';
import type { ChangedSource } from '../examine/source.ts';
import type { UnitTypes } from '../layout/unit-types.ts';
import type { ToolOptions } from './pahole.ts';
import { originsOf } from './source-lines.ts';

/** A unit that is examined. */
interface ComparedUnit {
  readonly source: string;
  readonly comparison: Comparison;
}

/** What the facts are read from. */
export interface FactSources {
  /** The pristine source tree. */
  readonly tree: string;
  /** The patched files by path of the tree. */
  readonly postFiles: ReadonlyMap<string, Uint8Array>;
  /** By the path of the source. */
  readonly types: ReadonlyMap<string, UnitTypes>;
}

/** Gathers what the examination asks of units besides their objects, by the path of the source. */
export async function unitFacts(
  compared: readonly ComparedUnit[],
  compiled: readonly CompiledUnit[],
  { tree, postFiles, types }: FactSources,
  options: ToolOptions,
): Promise<ReadonlyMap<string, UnitFacts>> {
  const texts = new Map<string, string>();
  const pristine = async (path: string): Promise<string> => {
    // A file that the patch adds was empty before.
    const text = texts.get(path) ?? (await readFile(join(tree, path), 'latin1').catch(() => ''));
    texts.set(path, text);
    return text;
  };
  const patched = async (path: string): Promise<string> => {
    const bytes = postFiles.get(path);
    return bytes === undefined ? await pristine(path) : Buffer.from(bytes).toString('latin1');
  };
  const facts = new Map<string, UnitFacts>();
  for (const { unit, changedSources, post } of compiled) {
    const own = compared.find(({ source }) => source === unit.source);
    if (own === undefined) continue;
    const sources: ChangedSource[] = [];
    for (const path of changedSources) {
      sources.push({ path, pre: await pristine(path), post: await patched(path) });
    }
    facts.set(unit.source, {
      types: types.get(unit.source) ?? { kind: 'unknown' },
      sources,
      text: await pristine(unit.source),
      origins: await originsOf(own.comparison.changed, post, options),
    });
  }
  return facts;
}
