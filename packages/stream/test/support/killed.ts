// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { subscribeFolder } from '../../src/client/trust-folder.ts';
import { Client, withFolder } from './client.ts';
import { NOW } from './simulator.ts';
import { changingStream, checkSound, trustedVersions, writeRepository } from './sound.ts';

const CLIENT = fileURLToPath(import.meta.resolve('./killed-client.ts'));

/**
 * Kills a client with SIGKILL at every `step`-th change that it makes to the disk while it follows a stream in which
 * everything has changed, and opens its folder again each time. The steps of one write are four (an empty file, half
 * of it, all of it, its new name), so an odd step meets them all.
 */
export async function killAtChanges(step: number): Promise<void> {
  const { stream, change } = changingStream();
  const old = stream.file('metadata/timestamp.json');
  stream.publish('timestamp');
  await withFolder(async (base) => {
    const [folder, repository, copy] = ['client', 'repository', 'copy'].map((name) => join(base, name)) as [
      string,
      string,
      string,
    ];
    await subscribeFolder(folder, stream.root);
    const first = new Client(folder, stream.source());
    await first.refresh();
    const before = await trustedVersions(first);
    change();
    await writeRepository(stream, repository);
    const killed = async (last: number): Promise<{ killed: boolean; changes: number }> => {
      await rm(copy, { recursive: true, force: true });
      await cp(folder, copy, { recursive: true });
      return await runKilled(copy, repository, String(NOW + 1000), String(last));
    };
    const { changes } = await killed(0);
    assert.ok(changes > 40, `${changes} changes`);
    for (let last = 1; last <= changes; last += step) {
      assert.ok((await killed(last)).killed);
      const client = new Client(copy, stream.source());
      client.time = NOW + 2000;
      await checkSound(client, stream, before, old);
    }
  });
}

function runKilled(...args: readonly string[]): Promise<{ killed: boolean; changes: number }> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [CLIENT, ...args], (error, out, err) => {
      if (error !== null && error.signal !== 'SIGKILL') reject(new Error(err, { cause: error }));
      else resolve({ killed: error !== null, changes: Number(out) });
    });
  });
}
