// SPDX-License-Identifier: GPL-2.0-or-later
/** What the makers say of a kernel and its levels later: how long it is covered, that it ended, that a level was wrong. */
import { StreamError } from '../error.ts';
import { indexSchema, type KernelIndex } from '../formats/index-file.ts';

/** One change of an index. */
export type IndexChange = (index: KernelIndex) => KernelIndex;

/** Levels are promised to this day, YYYY-MM-DD. */
export function coverUntil(day: string): IndexChange {
  return (index) => ({ ...index, coveredUntil: day });
}

/** No more levels will come; `successor` is the release to boot instead. */
export function endKernel(reason: string, date: string, successor?: string): IndexChange {
  return (index) => ({
    ...index,
    ended: { reason, date, ...(successor === undefined ? {} : { successor: { release: successor } }) },
  });
}

/** The level stands in the index for ever, and must not be taken any more. */
export function withdrawLevel(level: number, reason: string, date: string): IndexChange {
  return (index) => {
    if (!index.levels.some((one) => one.level === level)) {
      throw new StreamError('STREAM_NO_LEVEL', `the kernel ${index.kernel.release} has no level ${level}`);
    }
    const levels = index.levels.map((one) =>
      one.level === level && one.withdrawn === undefined ? { ...one, withdrawn: { reason, date } } : one,
    );
    return { ...index, levels };
  };
}

/** The index after a change. @throws StreamError STREAM_BAD_FILE when it is none any more. */
export function changedIndex(index: KernelIndex, change: IndexChange): KernelIndex {
  const next = indexSchema.safeParse(change(index));
  if (next.success) return next.data;
  throw new StreamError('STREAM_BAD_FILE', next.error.issues.map(({ message }) => message).join('; '));
}
