// SPDX-License-Identifier: GPL-2.0-or-later
import { rm } from 'node:fs/promises';
import { fileDigest } from '@uptide/base';
import { decodeUpdate, type IndexedLevel, levelPath, type StreamKernel, type Update } from '@uptide/stream';
import { HostError } from '../error.ts';
import type { Machine } from '../machine.ts';
import { FILES } from './files.ts';
import type { FollowedStream } from './followed.ts';
import { writeStored } from './store.ts';

/**
 * Brings the update of a level, from the cache or from the stream, and sees that it is the one that the signed
 * index describes. Three parties must agree before the kernel is touched: the metadata of the stream (its length and
 * digest), the index (the same, the id, and the digest of the module), and the update itself.
 *
 * @throws HostError HOST_UPDATE_DIFFERS; StreamError what the stream or the format says.
 */
export async function fetchUpdate(
  machine: Machine,
  kernel: StreamKernel,
  level: IndexedLevel,
  stream: FollowedStream,
): Promise<Update> {
  const cached = await readCached(machine, level);
  if (cached !== undefined) return checkUpdateOf(cached, kernel, level);
  const path = levelPath(kernel, level.level);
  const info = await stream.info(path);
  if (info !== undefined && (info.sha256 !== level.sha256 || info.length !== level.size)) {
    throw differs(level, `the index has ${level.sha256}, and the metadata of the stream ${info.sha256}`);
  }
  const bytes = await stream.download(path);
  const update = checkUpdateOf(bytes, kernel, level);
  await writeStored(machine, cachePath(level.sha256), bytes);
  return update;
}

/** Where the update of that digest lies in the cache. */
function cachePath(sha256: string): string {
  return `${FILES.updates}/${sha256}.uptide`;
}

/** An update of the cache; one that was damaged there is brought anew. */
async function readCached(machine: Machine, { sha256 }: IndexedLevel): Promise<Uint8Array | undefined> {
  const bytes = await machine.bytes(cachePath(sha256));
  if (bytes === undefined || fileDigest(bytes) === sha256) return bytes;
  await rm(machine.path(cachePath(sha256)), { force: true });
  return undefined;
}

function checkUpdateOf(bytes: Uint8Array, kernel: StreamKernel, level: IndexedLevel): Update {
  if (bytes.length !== level.size || fileDigest(bytes) !== level.sha256) {
    throw differs(level, 'its bytes are not those of the signed index');
  }
  const update = decodeUpdate(bytes);
  const { description, module } = update;
  const faults = [
    description.id === level.id ? undefined : `its id is ${description.id}`,
    description.level === level.level ? undefined : `it says that it is level ${description.level}`,
    description.module === level.module.name ? undefined : `its module is ${description.module}`,
    fileDigest(module) === level.module.sha256 ? undefined : 'its module has another digest',
    description.kernel.release === kernel.release && description.kernel.buildId === kernel.buildId
      ? undefined
      : `it is for ${description.kernel.release} ${description.kernel.buildId}`,
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) throw differs(level, faults.join('; '));
  return update;
}

function differs({ level }: IndexedLevel, reason: string): HostError {
  return new HostError('HOST_UPDATE_DIFFERS', `level ${level}: ${reason}`);
}
