// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * A client that ends with SIGKILL ahead of the n-th change that it makes to the disk:
 * `node killed-client.ts FOLDER REPOSITORY TIME N`. It prints the number of changes when it gets to its end.
 */
import { openTrustedStream } from '../../src/client/open.ts';
import { folderSource } from '../../src/source/folder.ts';
import { watchWrites } from './writes.ts';

const [folder = '', repository = '', time = '', last = ''] = process.argv.slice(2);
let changes = 0;
watchWrites(() => {
  changes++;
  if (changes === Number(last)) process.kill(process.pid, 'SIGKILL');
});
const source = folderSource(repository);
const stream = await openTrustedStream({ folder, source, now: () => Number(time) });
await stream.refresh();
await stream.info('in/a/bin');
process.stdout.write(String(changes));
