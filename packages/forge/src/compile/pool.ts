// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * Runs tasks, at most `limit` at a time, and returns their results in the order of the tasks. After the first
 * failure no further task is started; the failure is thrown when all that run have ended, so that nothing is left
 * at work behind the caller's back.
 */
export async function inParallel<T>(tasks: readonly (() => Promise<T>)[], limit: number): Promise<T[]> {
  const results: T[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < tasks.length && failures.length === 0) {
      const index = next;
      next += 1;
      const task = tasks[index];
      if (task === undefined) return;
      try {
        results[index] = await task();
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(limit, tasks.length)) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
