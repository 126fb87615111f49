// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Stands between the code under test and the disk: every change of the disk goes through functions of
 * `node:fs/promises` that are replaced here for the whole process. So a test can stop the process at each of them, let
 * one fail, or write down their order.
 */
import fs, * as real from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** One change of the disk. */
export interface Change {
  /** `open` makes an empty file; `half` is a write that got to its middle. */
  readonly kind: 'open' | 'half' | 'write' | 'rename' | 'rm' | 'mkdir';
  readonly path: string;
}

/** Calls `before` ahead of every change of the disk. @returns what puts things back as they were. */
export function watchWrites(before: (change: Change) => void): () => void {
  const { open, rename, rm, mkdir } = real;
  const originals = { open, rename, rm, mkdir };
  const replaced = {
    open: async (...args: Parameters<typeof open>) => {
      const [path, flags] = args;
      if (flags !== 'wx') return await originals.open(...args);
      before({ kind: 'open', path: String(path) });
      const handle = await originals.open(...args);
      const writeRest = handle.writeFile.bind(handle);
      handle.writeFile = async (data) => {
        before({ kind: 'half', path: String(path) });
        const bytes = Buffer.from(data as Uint8Array);
        const half = bytes.length >> 1;
        await handle.write(bytes, 0, half);
        before({ kind: 'write', path: String(path) });
        await writeRest(bytes.subarray(half));
      };
      return handle;
    },
    rename: async (from: string, to: string) => {
      before({ kind: 'rename', path: to });
      await originals.rename(from, to);
    },
    rm: async (...args: Parameters<typeof rm>) => {
      before({ kind: 'rm', path: String(args[0]) });
      await originals.rm(...args);
    },
    mkdir: async (...args: Parameters<typeof mkdir>) => {
      before({ kind: 'mkdir', path: String(args[0]) });
      return await originals.mkdir(...args);
    },
  };
  Object.assign(fs, replaced);
  syncBuiltinESMExports();
  return () => {
    Object.assign(fs, originals);
    syncBuiltinESMExports();
  };
}
