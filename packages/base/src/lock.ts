// SPDX-License-Identifier: GPL-2.0-or-later
import { spawn } from 'node:child_process';
import { UptideError } from './error.ts';
import { plainEnvironment } from './process.ts';

/** Seconds to wait for a lock: longer than any honest holder works (unpacking a source tree: 30 s). */
const LOCK_WAIT_SECONDS = 600;
/** Exit status by which flock(1) tells us that it waited in vain; any number it does not use itself. */
const WAITED_IN_VAIN = 75;

/**
 * Runs `work` while holding an exclusive flock(2) on `path` (created when absent).
 * The lock is held by a flock(1) child that reads from a pipe of ours: when this process ends for any
 * reason, `kill -9` included, the pipe closes, the child ends and the kernel drops the lock. No stale lock
 * file can remain.
 *
 * @throws UptideError LOCKED when the lock is not free within ten minutes.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const child = spawn(
    'flock',
    [
      '--exclusive',
      '--wait',
      String(LOCK_WAIT_SECONDS),
      '--conflict-exit-code',
      String(WAITED_IN_VAIN),
      path,
      'sh',
      '-c',
      'echo held; read -r _',
    ],
    { stdio: ['pipe', 'pipe', 'ignore'], env: plainEnvironment(), detached: true },
  );
  try {
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('error', (error) =>
        reject(
          new UptideError('TOOL_MISSING', 'there is no program flock', {
            cause: error,
            remedy: 'apt-get install util-linux',
          }),
        ),
      );
      child.once('exit', (status) =>
        reject(
          status === WAITED_IN_VAIN
            ? new UptideError('LOCKED', `${path} is still held after ${LOCK_WAIT_SECONDS} s`)
            : new UptideError('TOOL_FAILED', `flock on ${path} ended with status ${status}`),
        ),
      );
    });
    return await work();
  } finally {
    child.stdin.end();
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once('exit', resolve));
  }
}
