// SPDX-License-Identifier: GPL-2.0-or-later
import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunOptions, type RunResult, run } from '@uptide/base';
import { HostError } from './error.ts';

/** Over any file of /proc and /sys that is read whole; kallsyms has 20 MB with many modules. */
const MAX_FILE_BYTES = 128 * 1024 * 1024;

/** What a machine does besides showing files; tests put their own in its place. */
export interface Effects {
  readonly run: (program: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  readonly isRoot: () => boolean;
  /** Milliseconds since 1970 by the machine's clock, which anybody may have set wrong. */
  readonly time: () => number;
}

const REAL: Effects = {
  run,
  sleep: async (milliseconds) => await sleep(milliseconds),
  now: () => performance.now(),
  isRoot: () => process.getuid?.() === 0,
  time: () => Date.now(),
};

/** The machine below a root folder: its `proc`, `sys` and `run`. Paths are given from that root. */
export class Machine {
  readonly #root: string;
  readonly effects: Effects;

  constructor(root = '/', effects: Partial<Effects> = {}) {
    this.#root = root;
    this.effects = { ...REAL, ...effects };
  }

  /** Where a path of the machine lies for other programs. */
  path(path: string): string {
    return join(this.#root, path);
  }

  /**
   * Reads a file whole.
   *
   * @returns undefined when it is not there, or belonged to a process that has ended.
   * @throws HostError HOST_UNREADABLE when it is there and cannot be read.
   */
  async bytes(path: string): Promise<Buffer | undefined> {
    try {
      const file = await this.open(path);
      try {
        return await readWhole(file, path);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (isGone(error)) return undefined;
      throw unreadable(path, error);
    }
  }

  /** Reads a file as text; as `bytes`. */
  async text(path: string): Promise<string | undefined> {
    return (await this.bytes(path))?.toString('utf8');
  }

  /** Reads a file that only helps to explain: undefined also when it cannot be read. */
  async hint(path: string): Promise<string | undefined> {
    try {
      return await this.text(path);
    } catch {
      return undefined;
    }
  }

  /** The folders in a folder, sorted; undefined when that is not there. */
  async folders(path: string): Promise<string[] | undefined> {
    try {
      const entries = await readdir(this.path(path), { withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort();
    } catch (error) {
      if (isGone(error)) return undefined;
      throw unreadable(path, error);
    }
  }

  /** Writes a value into a file of the kernel; its errors are the kernel's answer and come as they are. */
  async set(path: string, value: string): Promise<void> {
    const file = await open(this.path(path), constants.O_WRONLY);
    try {
      await file.write(value);
    } finally {
      await file.close();
    }
  }

  async open(path: string): Promise<FileHandle> {
    return await open(this.path(path), constants.O_RDONLY);
  }
}

/** The sizes that /proc and /sys state are not those of the content. */
async function readWhole(file: FileHandle, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 256 * 1024 })) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_FILE_BYTES) throw unreadable(path, `it has more than ${MAX_FILE_BYTES} bytes`);
  }
  return Buffer.concat(chunks);
}

function isGone(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH' || codeOf(error) === 'ENOTDIR';
}

/** The errno name of an error of the system. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function unreadable(path: string, error: unknown): HostError {
  if (error instanceof HostError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new HostError('HOST_UNREADABLE', reason, { place: { file: `/${path}` }, cause: error });
}
