// SPDX-License-Identifier: GPL-2.0-or-later
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@uptide/base';
import { onDisk } from '../disk.ts';

/** A compiled object with what the tools said of it. */
export interface CompiledObject {
  readonly object: Uint8Array;
  /** The files that the compiler read, as paths of the tree; others are absolute. Sorted. */
  readonly dependencies: readonly string[];
  /** Warnings of compiler and objtool, one a line, with paths of the tree. */
  readonly warnings: readonly string[];
}

/** The form of kept files; raised when it changes. */
const FORM = 'uptide-object 1';
/** Left-over temporary files younger than this may belong to a process that is still writing. */
const ORPHAN_AGE_MS = 24 * 3600 * 1000;

/**
 * Compiled objects by the digest of all that they were made from. A file holds the form, the SHA-256 of what
 * follows, a line of JSON, and the object. A file that is damaged in any way counts as absent. Several processes
 * may use the folder at once: files appear whole or not at all, and equal keys mean equal content.
 */
export class ObjectCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The object of that key; undefined when it is absent or damaged. */
  async read(key: string): Promise<CompiledObject | undefined> {
    const bytes = await readFile(this.#path(key)).catch(() => undefined);
    return bytes === undefined ? undefined : decode(bytes);
  }

  /** @throws UptideError DISK_FULL */
  async write(key: string, compiled: CompiledObject): Promise<void> {
    await onDisk(this.#folder, async () => {
      await mkdir(this.#folder, { recursive: true });
      await writeFileAtomically(this.#path(key), encode(compiled));
    });
  }

  /** Removes temporary files that killed processes left. */
  async removeOrphans(now: number): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names) {
      if (!/^\..*\.tmp$/.test(name)) continue;
      const path = join(this.#folder, name);
      const status = await stat(path).catch(() => undefined);
      if (status !== undefined && now - status.mtimeMs > ORPHAN_AGE_MS) await rm(path, { force: true });
    }
  }

  #path(key: string): string {
    return join(this.#folder, key);
  }
}

function encode({ object, dependencies, warnings }: CompiledObject): Buffer {
  const said = Buffer.from(`${JSON.stringify({ dependencies, warnings })}\n`);
  const digest = createHash('sha256').update(said).update(object).digest('hex');
  return Buffer.concat([Buffer.from(`${FORM}\n${digest}\n`), said, object]);
}

function decode(bytes: Buffer): CompiledObject | undefined {
  const head = FORM.length + 1;
  const start = head + 65;
  if (bytes.subarray(0, head).toString('latin1') !== `${FORM}\n` || bytes[start - 1] !== 0x0a)
    return undefined;
  const digest = bytes.subarray(head, start - 1).toString('latin1');
  if (createHash('sha256').update(bytes.subarray(start)).digest('hex') !== digest) return undefined;
  const end = bytes.indexOf(0x0a, start);
  const said = JSON.parse(bytes.subarray(start, end).toString('utf8')) as Omit<CompiledObject, 'object'>;
  return { ...said, object: bytes.subarray(end + 1) };
}
