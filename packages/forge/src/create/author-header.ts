// SPDX-License-Identifier: GPL-2.0-or-later
import { AUTHOR_HEADER, readKernelSide } from './kernel-side.ts';

/** Where it stands in the patched source: a folder of the include path, in which the kernel has no such file. */
const IN_TREE = 'include/uptide.h';

/**
 * Adds the header for authors to the patched files when one of them includes it. The pristine source never
 * sees it.
 */
export async function withAuthorHeader(
  postFiles: ReadonlyMap<string, Uint8Array>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const included = [...postFiles.values()].some((bytes) => Buffer.from(bytes).includes('<uptide.h>'));
  return included ? new Map([...postFiles, [IN_TREE, await readKernelSide(AUTHOR_HEADER)]]) : postFiles;
}
