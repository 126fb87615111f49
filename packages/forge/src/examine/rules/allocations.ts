// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that one version allocates is freed by the other. While the update is applied, and as long as an object
 * lives that was made before, both must agree where it comes from, how large it is, and who frees it.
 *
 * Example. `open` makes its context with kvmalloc instead of kmalloc, and `release` frees it with kvfree instead of
 * kfree. Together that is right; but a task that still runs the old `release` gives memory of vmalloc to kfree.
 *
 * What is only added (another buffer, a leak that is closed) is not asked about: so a call must go where another
 * of the same direction comes, in one function or in two of the file.
 */
import type { Finding } from '@uptide/base';
import { finding } from '../../error.ts';
import type { ExamineRule } from '../model.ts';
import { inline, missingIn, type WrittenCall, writtenCalls, writtenChanges } from '../written.ts';

/** Allocators of the kernel, by the families of include/linux/slab.h, vmalloc.h, gfp.h, percpu.h, mempool.h, device.h. */
const TAKES =
  /^(?:devm_|sock_|__)?(?:k|kv|v)?(?:malloc|zalloc|calloc)(?:_\w+)?$|^(?:devm_)?k(?:v?memdup|strdup|strndup|vasprintf|asprintf|realloc|vrealloc)(?:_\w+)?$|^krealloc(?:_\w+)?$|^kmem_cache_\w*alloc\w*$|^(?:__)?alloc_(?:percpu|pages?)\w*$|^(?:__)?get_(?:free_pages?|zeroed_page)$|^(?:dma|dmam)_(?:alloc|pool)_\w*alloc\w*$|^dma_alloc_\w+$|^dma_pool_z?alloc$|^mempool_alloc\w*$|^v?memdup_user\w*$/;
const GIVES =
  /^(?:devm_|sock_)?(?:k|kv|v)free(?:_sensitive|_const|_rcu\w*|_s)?$|^kmem_cache_free\w*$|^(?:__)?free_(?:percpu|pages?)\w*$|^dma_free_\w+$|^dma_pool_free$|^mempool_free\w*$/;
/** How hard to try is no question of who frees. */
const EFFORT = /^(?:GFP_\w+|__GFP_(?!ZERO)\w+)$/;

/** Memory outlives the code that allocated it. */
export const ALLOCATIONS: ExamineRule = {
  code: 'EXAMINE_ALLOCATION_CHANGED',
  looksFor:
    'In the text of the changed functions: calls that allocate and that come in place of others, with another allocator, another size, or memory that is zeroed now and was not; calls that free and that come in place of others (`kvfree` for `kfree`, `kfree_rcu` for `kfree`), in one function or in two of the file, as when what one function freed is freed by another now. Objects that the old code allocated are still there, and either version may free what the other one made.',
  cannotSee:
    'Allocators of single subsystems, and those that macros hide. A size that is computed into a variable before. What is allocated or freed besides what was before. Whether an object lives longer than the call that made it.',
  examine: (context) => {
    const functions = writtenChanges(context).map(({ path, name, pre, post }) => {
      const [before, after] = [writtenCalls(pre), writtenCalls(post)];
      return {
        path,
        name,
        gone: missingIn(before, after, said).filter(isOne),
        come: missingIn(after, before, said).filter(isOne),
      };
    });
    return [TAKES, GIVES].flatMap((direction) => {
      const of = (calls: readonly WrittenCall[]): WrittenCall[] =>
        calls.filter(({ name }) => direction.test(name));
      return [...Map.groupBy(functions, ({ path }) => path).values()].flatMap((file) => {
        const replaces =
          file.some(({ gone }) => of(gone).length > 0) && file.some(({ come }) => of(come).length > 0);
        return replaces
          ? file.flatMap(({ path, name, gone, come }) => tell(path, name, of(gone), of(come)))
          : [];
      });
    });
  },
};

function tell(
  path: string,
  name: string,
  gone: readonly WrittenCall[],
  come: readonly WrittenCall[],
): Finding[] {
  if (gone.length + come.length === 0) return [];
  const list = (calls: readonly WrittenCall[]): string => [...new Set(calls.map(said))].join(', ');
  const reason =
    gone.length === 0
      ? `${list(come)} comes, and goes in another function`
      : come.length === 0
        ? `${list(gone)} goes, and comes in another function`
        : `${list(gone)} became ${list(come)}`;
  return [finding('EXAMINE_ALLOCATION_CHANGED', 'review', { file: path, symbol: name }, reason)];
}

function isOne({ name }: WrittenCall): boolean {
  return TAKES.test(name) || GIVES.test(name);
}

/** What of a call counts: of one that frees the name, of one that allocates also what is asked for. */
function said(call: WrittenCall): string {
  if (!TAKES.test(call.name)) return call.name;
  const asked = call.arguments
    .map((argument) =>
      argument
        .split(' ')
        .filter((word) => !EFFORT.test(word) && word !== '|')
        .join(' '),
    )
    .filter((argument) => argument !== '');
  return `${call.name}(${inline(asked.join(', '))})`;
}
