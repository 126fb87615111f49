// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waves count from the moment at which a level is added. Signatures take their time: what was to begin with one host of
 * a hundred would begin with all of them when it is published a week later. So such waves are refused, and are begun
 * anew when the publisher says so. Waves that were written out are left as they are.
 */
import { CATALOGUE, type Finding } from '@uptide/base';
import { rolloutPath, type StreamKernel } from '../formats/paths.ts';
import { type LevelRollout, type Rollout, rolloutSchema } from '../formats/rollout-file.ts';
import { kernelsOf, MAX_ROLLOUT_BYTES } from '../repository/kernels.ts';
import type { TargetMeta } from '../repository/model.ts';
import { momentOf } from '../repository/moments.ts';
import { ROLLOUT } from '../repository/roles.ts';
import { changed, setWaves } from '../repository/rollout.ts';
import { read } from '../repository/schema.ts';
import { stageRollouts } from '../repository/stage.ts';
import { targetOf } from '../repository/targets.ts';
import { CUSTOM_PROFILE, isLate, wavesOf } from '../repository/waves.ts';
import { printJson } from '../update/json.ts';
import { type Repository, targetFileName } from './repository.ts';

/** Levels whose waves are staged and not published, and have gone on to their second one. */
interface LateWaves {
  readonly kernel: StreamKernel;
  readonly rollout: Rollout;
  readonly levels: readonly LevelRollout[];
}

/** What speaks against publishing the staged waves at this moment. */
export async function checkWaves(repository: Repository, now: number): Promise<readonly Finding[]> {
  return (await lateWaves(repository, now)).flatMap(({ kernel, levels }) =>
    levels.map(({ level, profile }): Finding => {
      const { remedy } = CATALOGUE.STREAM_WAVES_PAST;
      const reason = `the waves of level ${level} (${profile}) have begun without it`;
      return {
        code: 'STREAM_WAVES_PAST',
        verdict: 'refuse',
        place: { kernel: kernel.release },
        reason,
        remedy,
      };
    }),
  );
}

/** Begins such waves anew at this moment; the rollouts must be signed again then. */
export async function restartWaves(repository: Repository, now: number): Promise<void> {
  const late = await lateWaves(repository, now);
  if (late.length === 0) return;
  const files = new Map<string, Uint8Array>();
  const targets = new Map<string, TargetMeta>();
  for (const { kernel, rollout, levels } of late) {
    const next = levels.reduce(
      (before, { level, profile }) => changed(before, setWaves(wavesOf(level, profile, now))),
      rollout,
    );
    const bytes = printJson(next);
    const target = targetOf({ bytes });
    targets.set(rolloutPath(kernel), target);
    files.set(targetFileName(rolloutPath(kernel), target), bytes);
  }
  const view = stageRollouts(repository.view, targets, repository.settings, now);
  await repository.stage(view.staged, files);
}

async function lateWaves(repository: Repository, now: number): Promise<LateWaves[]> {
  const { published, staged } = repository.view;
  const next = staged.targets.get(ROLLOUT);
  const before = published.targets.get(ROLLOUT)?.signed.targets ?? {};
  const late: LateWaves[] = [];
  for (const kernel of next === undefined ? [] : kernelsOf(next)) {
    const path = rolloutPath(kernel);
    const target = next?.signed.targets[path];
    if (target === undefined || before[path]?.hashes.sha256 === target.hashes.sha256) continue;
    const rollout = await readRollout(repository, path, target);
    const known = await readRollout(repository, path, before[path]);
    const levels = (rollout?.levels ?? []).filter(
      (one) =>
        one.profile !== CUSTOM_PROFILE &&
        isLate(one, momentOf(now)) &&
        !known?.levels.some(({ level }) => level === one.level),
    );
    if (rollout !== undefined && levels.length > 0) late.push({ kernel, rollout, levels });
  }
  return late;
}

async function readRollout(
  repository: Repository,
  path: string,
  target: TargetMeta | undefined,
): Promise<Rollout | undefined> {
  const bytes = target === undefined ? undefined : await repository.readTarget(path, target);
  return bytes === undefined ? undefined : read(rolloutSchema, bytes, path, MAX_ROLLOUT_BYTES);
}
