// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables and trees that were filled with one function cannot be searched with another.
 *
 * Example. `bucket_of` comes to mix the port into the hash. What the old code put into its bucket is not found by
 * the new one: it is there twice, or it is removed from a list that it is not in.
 */
import { finding } from '../../error.ts';
import type { ExamineRule } from '../model.ts';
import { differingWritten, inline, type WrittenCall, writtenChanges } from '../written.ts';

/** Words in the names of functions that say where an entry belongs. */
const PLACES = new Set([
  'hash',
  'hashfn',
  'rhash',
  'hashkey',
  'cmp',
  'cmpfn',
  'compare',
  'less',
  'bucket',
  'bkt',
]);
/** Hashes of the kernel (include/linux/jhash.h, hash.h, siphash.h, stringhash.h, xxhash.h). */
const HASHES = /^(?:jhash\w*|hash_(?:32|64|ptr|long|min|name)|full_name_hash|h?siphash\w*|xxh(?:32|64))$/;

/** Where an entry belongs must be the same for the code that puts it in and the code that looks for it. */
export const LOOKUP: ExamineRule = {
  code: 'EXAMINE_LOOKUP_CHANGED',
  looksFor:
    'Changed functions that say by their name where an entry of a table or tree belongs (`hash`, `bucket`, `cmp`, `compare`, `less`), in the text of the changed files; in other functions calls of hash functions (`jhash`, `hash_32`, `siphash` and their like) with other arguments than before.',
  cannotSee:
    'Such functions under other names, and the keys that they are given. Whether anything is kept by what they say: a comparison may only serve one call.',
  examine: (context) =>
    writtenChanges(context).flatMap((change) => {
      const { path, name, pre, post } = change;
      if (pre.length === 0 || post.length === 0) return [];
      const differing = differingWritten(change, said);
      const isPlace = name.split('_').some((word) => PLACES.has(word));
      if (!isPlace && differing.length === 0) return [];
      const words = isPlace
        ? 'by its name it says where an entry belongs; what the old code put in stays where it is'
        : `hashes are made differently: ${differing.join(', ')}; what the old code put in stays where it is`;
      return [finding('EXAMINE_LOOKUP_CHANGED', 'review', { file: path, symbol: name }, words)];
    }),
};

function said({ name, arguments: given }: WrittenCall): string | undefined {
  return HASHES.test(name) ? `${name}(${inline(given.join(', '))})` : undefined;
}
