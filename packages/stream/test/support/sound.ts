// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Client } from './client.ts';
import { Simulator } from './simulator.ts';

export const ROLES = ['root', 'timestamp', 'snapshot'] as const;

/** A stream before and after a change of everything: new keys for all, a new role, new targets. */
export function changingStream(): { stream: Simulator; change: () => void } {
  const stream = new Simulator();
  stream.delegate('targets', { name: 'bin', paths: ['in/a/*'] });
  stream.publishTargets('bin', 'targets');
  return {
    stream,
    change: () => {
      const old = stream.signers.get('root') ?? [];
      stream.rotate('root');
      stream.signers.set('root', [...old, ...(stream.signers.get('root') ?? [])]);
      stream.publish('root');
      stream.publish('root');
      stream.addTarget('bin', 'in/a/bin', 'text');
      stream.publishTargets('bin', 'targets');
    },
  };
}

export async function writeRepository(stream: Simulator, folder: string): Promise<void> {
  for (const [path, bytes] of stream.files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

export async function trustedVersions(client: Client): Promise<Record<string, number>> {
  const { versions } = (await client.open()).freshness();
  return { ...versions };
}

/** What every damage leaves: at least what was trusted before, no way back, and a way on. */
export async function checkSound(
  client: Client,
  stream: Simulator,
  before: Record<string, number>,
  old: Uint8Array,
): Promise<void> {
  const now = await trustedVersions(client);
  for (const role of ROLES) assert.ok((now[role] ?? 0) >= (before[role] ?? 0), `${role} ${now[role]}`);
  const newest = stream.file('metadata/timestamp.json');
  stream.files.set('metadata/timestamp.json', old);
  await client.refused('STREAM_ROLLBACK');
  stream.files.set('metadata/timestamp.json', newest);
  await client.refresh();
  const opened = await client.open();
  assert.equal(Buffer.from(await opened.download('in/a/bin')).toString(), 'text');
  const left = await readdir(client.folder, { recursive: true });
  assert.deepEqual(
    left.filter((name) => name.endsWith('.tmp')),
    [],
  );
}
