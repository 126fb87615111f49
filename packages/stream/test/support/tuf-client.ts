// SPDX-License-Identifier: GPL-2.0-or-later
/** A host as others would write it: the updater of tuf-js, over a folder instead of the network. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BaseFetcher, Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';

const METADATA = 'folder://metadata';
const TARGETS = 'folder://targets';

/** What a host does; its trusted metadata stays between the calls. */
export interface TufClient {
  /** The bytes of a target as of that moment; undefined when the stream does not list it. */
  readonly get: (path: string, now: number) => Promise<Buffer | undefined>;
  /** Every file that was asked for since the last call, with its size; 0 for those that are not there. */
  readonly requests: () => readonly { readonly path: string; readonly bytes: number }[];
  readonly remove: () => Promise<void>;
}

/** A new host that trusts a root. */
export async function tufClient(served: string, root: Uint8Array): Promise<TufClient> {
  const folder = await mkdtemp(join(tmpdir(), 'uptide-tuf-'));
  await writeFile(join(folder, 'root.json'), root);
  let requests: { path: string; bytes: number }[] = [];
  class FolderFetcher extends BaseFetcher {
    override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
      const path = url.replace('folder://', '');
      const bytes = await readFile(join(served, path)).catch(() => undefined);
      requests.push({ path, bytes: bytes?.length ?? 0 });
      if (bytes === undefined) throw new DownloadHTTPError(`there is no ${path}`, 404);
      return new Response(new Uint8Array(bytes)).body ?? new ReadableStream();
    }
  }
  return {
    get: async (path, now) => {
      const updater = new Updater({
        metadataDir: folder,
        metadataBaseUrl: METADATA,
        targetDir: folder,
        targetBaseUrl: TARGETS,
        fetcher: new FolderFetcher(),
      });
      // tuf-js takes its moment from the clock; tests have their own.
      Reflect.set(Reflect.get(updater, 'trustedSet'), 'referenceTime', new Date(now));
      await updater.refresh();
      const target = await updater.getTargetInfo(path);
      if (target === undefined) return undefined;
      return await readFile(await updater.downloadTarget(target, join(folder, 'target')));
    },
    requests: () => {
      const made = requests;
      requests = [];
      return made;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
