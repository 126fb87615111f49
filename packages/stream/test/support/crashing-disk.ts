// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Disk, REAL_DISK } from '../../src/publish/disk.ts';

/** A disk that waits for nothing: tests do not lose power. */
export const QUICK_DISK: Disk = {
  ...REAL_DISK,
  settle: () => Promise.resolve(),
  write: async (path, bytes) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.new`, bytes);
    await rename(`${path}.new`, path);
  },
};

/** What a killed process leaves: nothing after this. */
export class Killed extends Error {}

/** A disk that counts what changes files. */
export interface CountedDisk extends Disk {
  readonly count: () => number;
}

/**
 * A disk that calls `before` ahead of every change of a file and `after` behind it, with its number from 1. Each change
 * is one rename or removal, so these are all the states that a killed process can leave.
 */
export function watchedDisk(
  before: (change: number) => void | Promise<void>,
  after: (change: number) => void | Promise<void> = () => {},
): CountedDisk {
  let changes = 0;
  const watch =
    <A extends unknown[]>(change: (...args: A) => Promise<void>) =>
    async (...args: A): Promise<void> => {
      changes++;
      const number = changes;
      await before(number);
      await change(...args);
      await after(number);
    };
  return {
    read: REAL_DISK.read,
    settle: QUICK_DISK.settle,
    sweep: REAL_DISK.sweep,
    write: watch(QUICK_DISK.write),
    lay: watch(REAL_DISK.lay),
    move: watch(REAL_DISK.move),
    remove: watch(REAL_DISK.remove),
    count: () => changes,
  };
}

/** A disk whose process is killed ahead of the n-th change. */
export function crashingDisk(n: number): CountedDisk {
  return watchedDisk((change) => {
    if (change >= n) throw new Killed();
  });
}
