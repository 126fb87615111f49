// SPDX-License-Identifier: GPL-2.0-or-later
import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The launcher of the checkout. */
export const UPTIDE = resolve(import.meta.dirname, '../../../../uptide');

/** What a run of the command left. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user would; `watch` gets the process and all standard error so far. */
export async function uptide(
  args: readonly string[],
  cwd: string,
  watch: (child: ChildProcess, stderr: string) => void = () => {},
): Promise<Ended> {
  const child = spawn(UPTIDE, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    watch(child, stderr);
  });
  return await new Promise((settle, fail) => {
    child.once('error', fail);
    child.once('close', (code) => settle({ status: code ?? 128, stdout, stderr }));
  });
}
