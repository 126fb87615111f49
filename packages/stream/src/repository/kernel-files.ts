// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The files of a kernel that follow from its index: index.json itself, and the feeds that are made from it and
 * the maker's notes.
 * To publish another one, add its maker to the list; it is made anew whenever a level is added or the notes change.
 */
import { kernelFeeds } from '../feeds/feeds.ts';
import type { FeedInput } from '../feeds/model.ts';
import { indexPath, type StreamKernel } from '../formats/paths.ts';
import { printCompactJson } from '../update/json.ts';
import type { TargetFile } from './model.ts';

/** What a maker of files gets; no maker reads a clock. */
export interface KernelFileInput extends FeedInput {
  readonly kernel: StreamKernel;
}

/** Makes files of one kernel; their paths are below `kernelFolder(kernel)`. Equal input, equal bytes. */
type KernelFileMaker = (input: KernelFileInput) => readonly TargetFile[];

const MAKERS: readonly KernelFileMaker[] = [indexFile, kernelFeeds];

/** All files of a kernel that follow from its index. */
export function kernelFiles(input: KernelFileInput): TargetFile[] {
  return MAKERS.flatMap((make) => make(input));
}

function indexFile({ kernel, index }: KernelFileInput): readonly TargetFile[] {
  // Compact: it names every fix in every level, and hosts read it anew with each.
  return [{ path: indexPath(kernel), bytes: printCompactJson(index) }];
}
