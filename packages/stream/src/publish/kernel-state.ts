// SPDX-License-Identifier: GPL-2.0-or-later
/** What a repository says of one kernel, staged changes included. */
import type { z } from 'zod';
import { StreamError } from '../error.ts';
import { type IndexedLevel, indexSchema, type KernelIndex } from '../formats/index-file.ts';
import { indexPath, levelPath, rolloutPath, type StreamKernel } from '../formats/paths.ts';
import { type Rollout, rolloutSchema } from '../formats/rollout-file.ts';
import { binsFor, findTarget } from '../repository/bins.ts';
import type { TargetMeta } from '../repository/model.ts';
import { nextTargets, ROLLOUT } from '../repository/roles.ts';
import { newRollout } from '../repository/rollout.ts';
import { read } from '../repository/schema.ts';
import { decodeUpdate } from '../update/decode.ts';
import type { Update } from '../update/model.ts';
import type { Repository } from './repository.ts';

/** An index of 1,000 levels with their fixes. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;

/** The index of a kernel; undefined when there is none. */
export async function readIndex(
  repository: Repository,
  kernel: StreamKernel,
): Promise<KernelIndex | undefined> {
  const path = indexPath(kernel);
  await repository.readRoles(binsFor(repository.view, kernel.distribution, [path]));
  const target = findTarget(repository.view, kernel.distribution, path);
  return target === undefined ? undefined : await readJson(repository, indexSchema, path, target);
}

/** The update of a listed level. */
export async function readLevel(
  repository: Repository,
  kernel: StreamKernel,
  { level }: IndexedLevel,
): Promise<Update> {
  const path = levelPath(kernel, level);
  const target = findTarget(repository.view, kernel.distribution, path);
  return decodeUpdate(await mustRead(repository, path, target));
}

/** The rollout of a kernel; an empty one when there is none. */
export async function readRollout(repository: Repository, kernel: StreamKernel): Promise<Rollout> {
  const path = rolloutPath(kernel);
  const target = nextTargets(repository.view, ROLLOUT)?.signed.targets[path];
  return target === undefined ? newRollout(kernel) : await readJson(repository, rolloutSchema, path, target);
}

async function readJson<T>(
  repository: Repository,
  schema: z.ZodType<T>,
  path: string,
  target: TargetMeta,
): Promise<T> {
  return read(schema, await mustRead(repository, path, target), path, MAX_JSON_BYTES);
}

async function mustRead(
  repository: Repository,
  path: string,
  target: TargetMeta | undefined,
): Promise<Uint8Array> {
  const bytes = target === undefined ? undefined : await repository.readTarget(path, target);
  if (bytes === undefined) {
    throw new StreamError('STREAM_BAD_REPOSITORY', 'a file that is listed is gone', {
      place: { file: path },
    });
  }
  return bytes;
}
