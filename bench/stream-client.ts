// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * A host that follows a stream, in a process of its own: what it reads, how long it takes and what memory it needs.
 * Arguments: the served folder, the folder of the host, the target that it wants. Prints one JSON object.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { folderSource, openTrustedStream, subscribeFolder } from '@uptide/stream';

/** What one visit took. */
export interface Visit {
  readonly milliseconds: number;
  /** Milliseconds of a processor. */
  readonly processor: number;
  /** Highest resident memory of the process, in megabytes. */
  readonly megabytes: number;
  readonly files: number;
  readonly bytes: number;
}

const [served = '', folder = '', ...wanted] = process.argv.slice(2);
const known = await stat(join(folder, 'root.json')).catch(() => undefined);
if (known === undefined) {
  await subscribeFolder(folder, await readFile(join(served, 'metadata/1.root.json')));
}
let files = 0;
let bytes = 0;
const source = folderSource(served);
const began = performance.now();
const before = process.cpuUsage();
const stream = await openTrustedStream({
  folder,
  now: Date.now,
  source: {
    ...source,
    read: async (path, limit) => {
      const found = await source.read(path, limit);
      files += found === undefined ? 0 : 1;
      bytes += found?.length ?? 0;
      return found;
    },
  },
});
await stream.refresh();
for (const path of wanted) await stream.download(path);
const { user, system } = process.cpuUsage(before);
const visit: Visit = {
  milliseconds: performance.now() - began,
  processor: (user + system) / 1000,
  megabytes: process.resourceUsage().maxRSS / 1024,
  files,
  bytes,
};
process.stdout.write(JSON.stringify(visit));
