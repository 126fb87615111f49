// SPDX-License-Identifier: GPL-2.0-or-later
/** `uptide stream status`: where a stream stands, and what hosts see of it. */
import { indexSchema } from '../formats/index-file.ts';
import { indexPath, rolloutPath, type StreamKernel } from '../formats/paths.ts';
import { type Block, type LevelRollout, rolloutSchema } from '../formats/rollout-file.ts';
import { findTarget } from '../repository/bins.ts';
import { kernelsOf } from '../repository/kernels.ts';
import type { Published, TargetMeta } from '../repository/model.ts';
import { ROLLOUT } from '../repository/roles.ts';
import { read } from '../repository/schema.ts';
import { type RoleStatus, statusOf } from '../repository/status.ts';
import type { Repository } from './repository.ts';

const MAX_JSON_BYTES = 64 * 1024 * 1024;

/** What hosts see of a kernel. */
export interface KernelStatus extends StreamKernel {
  /** The newest level; 0 when there is none. */
  readonly level: number;
  readonly title: string;
  readonly halt?: { readonly reason: string; readonly since: string } | undefined;
  /** The waves of the newest level that has some. */
  readonly waves?: LevelRollout | undefined;
  readonly blocks: readonly Block[];
}

export interface StreamStatus {
  readonly name: string;
  readonly roles: readonly RoleStatus[];
  readonly kernels: readonly KernelStatus[];
}

/** Reads the whole repository, bins included. */
export async function readStatus(repository: Repository, now: number): Promise<StreamStatus> {
  await readAllBins(repository);
  const { view, settings } = repository;
  const rollout = view.published.targets.get(ROLLOUT);
  const kernels: KernelStatus[] = [];
  for (const kernel of rollout === undefined ? [] : kernelsOf(rollout)) {
    kernels.push(await kernelStatus(repository, view.published, kernel));
  }
  return { name: settings.name, roles: statusOf(view, settings, now), kernels };
}

/** Reads every bin into the view. */
export async function readAllBins(repository: Repository): Promise<void> {
  const meta = repository.view.published.snapshot?.signed.meta ?? {};
  await repository.readRoles(Object.keys(meta).map((file) => file.replace(/\.json$/, '')));
}

async function kernelStatus(
  repository: Repository,
  published: Published,
  kernel: StreamKernel,
): Promise<KernelStatus> {
  const view = { published, staged: { targets: new Map() } };
  const readText = async (path: string, target: TargetMeta | undefined): Promise<Uint8Array | undefined> =>
    target === undefined ? undefined : await repository.readTarget(path, target);
  const path = indexPath(kernel);
  const bytes = await readText(path, findTarget(view, kernel.distribution, path));
  const last = bytes && read(indexSchema, bytes, path, MAX_JSON_BYTES).levels.at(-1);
  const at = rolloutPath(kernel);
  const text = await readText(at, published.targets.get(ROLLOUT)?.signed.targets[at]);
  const rollout = text && read(rolloutSchema, text, at, MAX_JSON_BYTES);
  return {
    ...kernel,
    level: last?.level ?? 0,
    title: last?.title ?? '',
    halt: rollout?.halt,
    waves: rollout?.levels.at(-1),
    blocks: rollout?.blocks ?? [],
  };
}
