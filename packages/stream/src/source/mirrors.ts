// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Several mirrors as one source. They are asked in the order in which they are given. The next one is asked when one
 * cannot be read, does not have a file, or sent what does not verify; one that lied or failed is asked last from then
 * on, and named in the report. A file counts as absent when all that can be read lack it, so that one mirror alone cannot
 * hide a new root.
 */
import { StreamError } from '../error.ts';
import type { Source, SourceFault } from '../trust/model.ts';

/** @param sources at least one. */
export function mirrors(sources: readonly Source[]): Source {
  const order = [...sources];
  const faults: SourceFault[] = [];
  /** Which mirror answered for a path last, and which ones are not asked for it again. */
  const answered = new Map<string, Source>();
  const refused = new Map<string, Set<Source>>();

  const note = (source: Source, path: string, error: StreamError): void => {
    faults.push({ source: source.name, path, error });
    const at = order.indexOf(source);
    order.push(...order.splice(at, 1));
  };
  const left = (path: string): Source[] => order.filter((one) => refused.get(path)?.has(one) !== true);

  return {
    name: sources.map(({ name }) => name).join(', '),
    read: async (path, limit) => {
      let failure: StreamError | undefined;
      let absent = false;
      for (const source of left(path)) {
        try {
          const bytes = await source.read(path, limit);
          if (bytes === undefined) {
            absent = true;
            continue;
          }
          answered.set(path, source);
          return bytes;
        } catch (error) {
          if (!(error instanceof StreamError)) throw error;
          note(source, path, error);
          failure = error;
        }
      }
      if (failure !== undefined && !absent) throw failure;
      return undefined;
    },
    reject: (path, error) => {
      const source = answered.get(path);
      if (source === undefined) return false;
      note(source, path, error);
      refused.set(path, (refused.get(path) ?? new Set<Source>()).add(source));
      return left(path).length > 0;
    },
    faults: () => faults,
  };
}
