// SPDX-License-Identifier: GPL-2.0-or-later
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { KernelError } from '../error.ts';
import { MAX_IMAGE_SIZE } from './unpack.ts';

/** Bytes that come from the disk at a time: a system call for less costs as much. */
const CHUNK = 256 * 1024;

/**
 * A file as an array of its full size, of which only the parts asked for are read.
 *
 * An unpacked image has 66 MB, and to read it whole takes 90 ms; a patch looks at some functions. Memory
 * that nobody touches is never given by the system, so the array itself costs nothing.
 */
export class SparseFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #path: string;
  readonly #present: Uint8Array;

  /** @throws KernelError IMAGE_TOO_LARGE; the errors of node:fs. */
  constructor(path: string) {
    const size = withFile(path, (file) => fstatSync(file).size);
    if (size > MAX_IMAGE_SIZE) {
      throw new KernelError('IMAGE_TOO_LARGE', `the file has ${size} bytes, the bound is ${MAX_IMAGE_SIZE}`, {
        place: { file: path },
      });
    }
    this.#path = path;
    this.bytes = new Uint8Array(size);
    this.#present = new Uint8Array(Math.ceil(size / CHUNK));
  }

  /**
   * Makes the bytes of a range present; a part outside the file is not there to be made so.
   *
   * @throws KernelError IMAGE_TRUNCATED when the file has become shorter.
   */
  require(offset: number, length: number): void {
    const first = Math.max(0, Math.floor(offset / CHUNK));
    const end = Math.min(this.#present.length, Math.ceil((offset + length) / CHUNK));
    let missing = first;
    while (missing < end && this.#present[missing] === 1) missing++;
    if (missing < end) this.#fill(missing, end);
  }

  #fill(first: number, end: number): void {
    const to = Math.min(end * CHUNK, this.bytes.length);
    withFile(this.#path, (file) => {
      for (let at = first * CHUNK; at < to; ) {
        const read = readSync(file, this.bytes, at, to - at, at);
        if (read === 0) {
          throw new KernelError(
            'IMAGE_TRUNCATED',
            `the file ends at ${at}, it had ${this.bytes.length} bytes`,
            {
              place: { file: this.#path, offset: at },
            },
          );
        }
        at += read;
      }
    });
    this.#present.fill(1, first, end);
  }
}

function withFile<T>(path: string, work: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}
