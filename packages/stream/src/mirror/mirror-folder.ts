// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The folder of a mirror: what a web server serves, and beside it, hidden, what the mirror itself needs.
 *
 * ```
 * metadata/ targets/ mirror.json
 * .mirror/trust/               what the mirror trusts, kept as by a client
 * .mirror/unreferenced.json    since when files are not listed any more
 * .mirror/lock
 * ```
 *
 * Files are replaced as a whole and durably, one by one; a process that is killed leaves a temporary file at most,
 * which the next one removes.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { withLock, writeFileAtomically } from '@uptide/base';
import { z } from 'zod';
import type { Marks } from './unreferenced.ts';

const HIDDEN = '.mirror';
const SERVED = ['metadata', 'targets'] as const;
/** What a write that was killed leaves behind; see `writeFileAtomically`. */
const TEMPORARY = /^\..*\.[0-9a-f]{12}\.tmp$/;

const marksSchema = z.record(z.string(), z.number());

/** The files of a mirror. Names are relative to its folder, with slashes. */
export class MirrorFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where the mirror keeps its trust. */
  get trust(): string {
    return join(this.#folder, HIDDEN, 'trust');
  }

  /** Runs `work` while no other process works on the mirror. */
  async locked<T>(work: () => Promise<T>): Promise<T> {
    await mkdir(join(this.#folder, HIDDEN), { recursive: true });
    return await withLock(join(this.#folder, HIDDEN, 'lock'), work);
  }

  /** Every file that is served, after removing what a killed process left. */
  async served(): Promise<ReadonlySet<string>> {
    const names = new Set<string>();
    for (const top of SERVED) {
      await mkdir(join(this.#folder, top), { recursive: true });
      for (const entry of await readdir(join(this.#folder, top), { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        if (TEMPORARY.test(entry.name)) await rm(path);
        else names.add(relative(this.#folder, path));
      }
    }
    return names;
  }

  /** Whether a file has this length and, when one is named, this digest. */
  async holds(name: string, length: number, sha256?: string): Promise<boolean> {
    const path = join(this.#folder, name);
    try {
      if ((await stat(path)).size !== length) return false;
      if (sha256 === undefined) return true;
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(path)) hash.update(chunk);
      return hash.digest('hex') === sha256;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** Puts a file in place unless it is there already; whether it wrote. */
  async put(name: string, bytes: Uint8Array): Promise<boolean> {
    const path = join(this.#folder, name);
    if ((await readIfThere(path))?.equals(bytes) === true) return false;
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomically(path, bytes);
    return true;
  }

  /** Removes a file, and the folders that are empty then. */
  async remove(name: string): Promise<void> {
    await rm(join(this.#folder, name), { force: true });
    for (let parent = dirname(name); parent.includes('/'); parent = dirname(parent)) {
      if ((await readdir(join(this.#folder, parent))).length > 0) return;
      await rm(join(this.#folder, parent), { recursive: true });
    }
  }

  /** Marks that cannot be read are none: files only stay longer by that. */
  async readMarks(): Promise<Marks> {
    const bytes = await readIfThere(this.#marks);
    try {
      return marksSchema.parse(JSON.parse(bytes?.toString() ?? '{}'));
    } catch {
      return {};
    }
  }

  async keepMarks(marks: Marks): Promise<void> {
    await writeFileAtomically(this.#marks, `${JSON.stringify(marks)}\n`);
  }

  get #marks(): string {
    return join(this.#folder, HIDDEN, 'unreferenced.json');
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
