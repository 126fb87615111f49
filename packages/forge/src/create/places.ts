// SPDX-License-Identifier: GPL-2.0-or-later
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '@uptide/base';
import { lineOf } from '../examine/lines.ts';
import { readSource, type SourceText } from '../examine/source.ts';

/** Where the sources lie that findings speak of. */
export interface PlaceSources {
  /** The pristine source tree. */
  readonly tree: string;
  /** The patched files by path of the tree. */
  readonly postFiles: ReadonlyMap<string, Uint8Array>;
  /** Paths of the sources of units; with the patched files all that is read. */
  readonly units: readonly string[];
}

/** Gives findings that name a symbol of a source the line of the patched file. */
export async function withLines(
  findings: readonly Finding[],
  { tree, postFiles, units }: PlaceSources,
): Promise<Finding[]> {
  const known = new Set([...postFiles.keys(), ...units]);
  const texts = new Map<string, { readonly pre: SourceText; readonly post: SourceText }>();
  const read = async (path: string): Promise<{ readonly pre: SourceText; readonly post: SourceText }> => {
    // A file that the patch adds was empty before.
    const old = await readFile(join(tree, path), 'latin1').catch(() => '');
    const made = postFiles.get(path);
    const pre = readSource(old);
    const post = made === undefined ? pre : readSource(Buffer.from(made).toString('latin1'));
    texts.set(path, { pre, post });
    return { pre, post };
  };
  const located: Finding[] = [];
  for (const found of findings) {
    const { file, line, symbol } = found.place;
    if (file === undefined || line !== undefined || symbol === undefined || !known.has(file)) {
      located.push(found);
      continue;
    }
    const { pre, post } = texts.get(file) ?? (await read(file));
    const at = lineOf(symbol, pre, post);
    located.push(at === undefined ? found : { ...found, place: { ...found.place, line: at } });
  }
  return located;
}
