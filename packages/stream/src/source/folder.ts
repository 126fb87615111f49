// SPDX-License-Identifier: GPL-2.0-or-later
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { StreamError } from '../error.ts';
import type { Source } from '../trust/model.ts';

/** What the system says when there is no such file; the rest is a folder that cannot be read. */
const MISSING = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EISDIR', 'ELOOP']);

/** A stream that lies in a folder: a mounted stick, a checkout, what `export` made. */
export function folderSource(folder: string): Source {
  const root = resolve(folder);
  return {
    name: folder,
    read: async (path, limit) => {
      const file = fileOf(root, path);
      if (file === undefined) return undefined;
      try {
        return await readBounded(file, path, limit);
      } catch (cause) {
        if (cause instanceof StreamError) throw cause;
        if (MISSING.has(codeOf(cause))) return undefined;
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new StreamError('STREAM_UNREACHABLE', reason, { place: { file }, cause });
      }
    },
  };
}

/** Where a web server would look for the address; undefined when that is outside of the folder. */
function fileOf(root: string, path: string): string | undefined {
  const decoded = decodeURIComponent(path);
  if (decoded.includes('\0')) return undefined;
  const file = resolve(root, `./${decoded}`);
  return file.startsWith(`${root}${root.endsWith(sep) ? '' : sep}`) ? file : undefined;
}

/** Reads no more than the limit whatever the file turns out to be; a FIFO or a device is not a file of a stream. */
async function readBounded(file: string, path: string, limit: number): Promise<Uint8Array | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) return undefined;
    if (facts.size > limit)
      throw new StreamError('STREAM_ENDLESS_DATA', `more than ${limit} bytes`, { place: { file: path } });
    const bytes = Buffer.alloc(facts.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
