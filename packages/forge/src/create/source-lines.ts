// SPDX-License-Identifier: GPL-2.0-or-later
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@uptide/base';
import type { FunctionChange } from '../compare/comparison.ts';
import type { ToolOptions } from './pahole.ts';

/** addr2line reads all line tables of an object; the largest of the kernel take it a second. */
const LOOKUP_TIMEOUT_MS = 60_000;

/** An answer of addr2line, with the place; `?` where it knows none. */
const LINE = /^(?:\.\/)?([^?:][^:]*:\d+)/;

/**
 * Finds the source lines of the first differing instructions, from the debug information of the patched
 * object. An answer that addr2line does not have is left out: the line is a help to the reader, no proof.
 *
 * @param change functions of one unit
 * @param object the patched object that they were found in
 */
export async function sourceLines(
  changes: readonly FunctionChange[],
  object: Uint8Array,
  workFolder: string,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<FunctionChange, string>> {
  const lines = new Map<FunctionChange, string>();
  await lookUp(changes, object, [], { workFolder, signal }, (list, answers) => {
    list.forEach((change, i) => {
      const answer = LINE.exec(answers[i] ?? '')?.[1];
      if (answer !== undefined) lines.set(change, answer);
    });
  });
  return lines;
}

/**
 * Finds the functions that the first differing instructions come from, the innermost first: what is inlined there,
 * then the function itself. Those that addr2line does not know are left out.
 *
 * @returns by the name of the changed function
 */
export async function originsOf(
  changes: readonly FunctionChange[],
  object: Uint8Array,
  { workFolder, signal }: ToolOptions,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const origins = new Map<string, readonly string[]>();
  await lookUp(changes, object, ['-a', '-f', '-i'], { workFolder, signal }, (list, answers) => {
    // Each address is followed by pairs of lines: a function and its place.
    let change = -1;
    let names: string[] = [];
    const settle = (): void => {
      const name = list[change]?.name;
      if (name !== undefined) origins.set(name, names);
    };
    for (let at = 0; at < answers.length; ) {
      if (/^0x[0-9a-f]+$/.test(answers[at] ?? '')) {
        settle();
        change += 1;
        names = [];
        at += 1;
        continue;
      }
      const name = answers[at] ?? '';
      if (/^\w/.test(name)) names.push(name);
      at += 2;
    }
    settle();
  });
  return origins;
}

/** Asks addr2line for the first differing instruction of each change, section by section. */
async function lookUp(
  changes: readonly FunctionChange[],
  object: Uint8Array,
  options: readonly string[],
  { workFolder, signal }: ToolOptions,
  take: (changes: readonly FunctionChange[], answers: readonly string[]) => void,
): Promise<void> {
  const path = join(workFolder, 'lines.o');
  await writeFile(path, object);
  const bySection = Map.groupBy(changes, ({ post }) => post.section.name);
  for (const [section, list] of bySection) {
    const addresses = list.map(
      ({ post, difference }) => `0x${(post.start + (difference.postOffset ?? 0)).toString(16)}`,
    );
    const { stdout } = await run('addr2line', [...options, '-e', path, '-j', section, ...addresses], {
      anyStatus: true,
      timeout: LOOKUP_TIMEOUT_MS,
      package: 'binutils',
      ...(signal === undefined ? {} : { signal }),
    });
    take(list, stdout.toString('utf8').split('\n'));
  }
}
