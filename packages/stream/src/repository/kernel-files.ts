// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The files of a kernel that follow from its index: index.json itself, cves.json, and whatever else is made of these.
 * To publish another one, add its maker to the list; it is made anew whenever a level is added or the notes change.
 */
import type { CvesFile } from '../formats/cves-file.ts';
import type { KernelIndex } from '../formats/index-file.ts';
import { cvesPath, indexPath, type StreamKernel } from '../formats/paths.ts';
import { printJson } from '../update/json.ts';
import type { TargetFile } from './model.ts';

/** What a maker of files gets. */
export interface KernelFileInput {
  readonly kernel: StreamKernel;
  readonly index: KernelIndex;
  /** The moment of the change, as `moment`; no maker reads a clock. */
  readonly date: string;
}

/** Makes files of one kernel; their paths are below `kernelFolder(kernel)`. Equal input, equal bytes. */
type KernelFileMaker = (input: KernelFileInput) => readonly TargetFile[];

const MAKERS: readonly KernelFileMaker[] = [indexFile, cvesFile];

/** All files of a kernel that follow from its index. */
export function kernelFiles(input: KernelFileInput): TargetFile[] {
  return MAKERS.flatMap((make) => make(input));
}

function indexFile({ kernel, index }: KernelFileInput): readonly TargetFile[] {
  return [{ path: indexPath(kernel), bytes: printJson(index) }];
}

function cvesFile({ kernel, index, date }: KernelFileInput): readonly TargetFile[] {
  const cves: CvesFile['cves'] = {};
  for (const { level, cves: closed, fixes } of index.levels) {
    for (const cve of closed) {
      if (cves[cve] !== undefined) continue;
      const severity = fixes.find((fix) => fix.cves.includes(cve))?.severity;
      cves[cve] = { status: 'fixed', since: level, ...(severity === undefined ? {} : { severity }) };
    }
  }
  const file: CvesFile = { schema: 1, distribution: index.distribution, kernel: index.kernel, date, cves };
  return [{ path: cvesPath(kernel), bytes: printJson(file) }];
}
