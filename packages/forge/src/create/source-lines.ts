// SPDX-License-Identifier: GPL-2.0-or-later
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@uptide/base';
import type { FunctionChange } from '../compare/comparison.ts';

/** addr2line reads all line tables of an object; the largest of the kernel take it a second. */
const LOOKUP_TIMEOUT_MS = 60_000;

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
  const path = join(workFolder, 'lines.o');
  await writeFile(path, object);
  const bySection = Map.groupBy(changes, ({ post }) => post.section.name);
  for (const [section, list] of bySection) {
    const addresses = list.map(
      ({ post, difference }) => `0x${(post.start + (difference.postOffset ?? 0)).toString(16)}`,
    );
    const { stdout } = await run('addr2line', ['-e', path, '-j', section, ...addresses], {
      anyStatus: true,
      timeout: LOOKUP_TIMEOUT_MS,
      package: 'binutils',
      ...(signal === undefined ? {} : { signal }),
    });
    const answers = stdout.toString('utf8').split('\n');
    list.forEach((change, i) => {
      const answer = /^(?:\.\/)?([^?:][^:]*:\d+)/.exec(answers[i] ?? '')?.[1];
      if (answer !== undefined) lines.set(change, answer);
    });
  }
  return lines;
}
