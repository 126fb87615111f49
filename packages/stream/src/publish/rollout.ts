// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `uptide stream rollout`: stops, holds back or lets go at once, with the key of the role rollout and those that are
 * online. What else is staged and waits for its signatures stays staged: the change is published for itself, and done
 * to the staged rollout, too, so that a later publication does not undo it.
 */
import { StreamError } from '../error.ts';
import { rolloutPath } from '../formats/paths.ts';
import { rolloutSchema } from '../formats/rollout-file.ts';
import type { Signer } from '../keys/signer.ts';
import { kernelsNamed, MAX_ROLLOUT_BYTES } from '../repository/kernels.ts';
import type { Envelope, Staged, TargetMeta, TargetsSigned, View } from '../repository/model.ts';
import { expiryOf, nextVersion, ROLLOUT, requirementsOf, theTargets } from '../repository/roles.ts';
import { changed, type RolloutChange } from '../repository/rollout.ts';
import { read } from '../repository/schema.ts';
import { targetOf } from '../repository/targets.ts';
import { printJson } from '../update/json.ts';
import { type PublishResult, publishPart } from './publish.ts';
import { type Repository, targetFileName } from './repository.ts';
import { withSignatures } from './sign.ts';

/**
 * Changes the rollouts of kernels and publishes that alone.
 *
 * @throws StreamError STREAM_NO_KERNEL, STREAM_NO_BLOCK, STREAM_BAD_FILE.
 */
export async function changeRollouts(
  repository: Repository,
  name: string,
  change: RolloutChange,
  signers: readonly Signer[],
  now: number,
): Promise<PublishResult> {
  const { published, staged } = repository.view;
  const kernels = kernelsNamed(repository.view, name);
  const files = new Map<string, Uint8Array>();
  const changeAll = async (role: Envelope<TargetsSigned>): Promise<TargetsSigned['targets']> => {
    const targets: Record<string, TargetMeta> = { ...role.signed.targets };
    for (const kernel of kernels) {
      const path = rolloutPath(kernel);
      const before = targets[path];
      if (before === undefined) continue;
      const bytes = await repository.readTarget(path, before);
      if (bytes === undefined) throw gone(path);
      const after = printJson(changed(read(rolloutSchema, bytes, path, MAX_ROLLOUT_BYTES), change));
      const target = targetOf({ bytes: after });
      targets[path] = target;
      files.set(targetFileName(path, target), after);
    }
    return targets;
  };
  const expires = expiryOf(repository.settings, ROLLOUT, now);
  const fresh: View = { published, staged: { targets: new Map() } };
  const unsigned = nextVersion(
    fresh,
    ROLLOUT,
    { targets: await changeAll(theTargets(fresh, ROLLOUT)) },
    expires,
  );
  const { signed: next } = await withSignatures(unsigned, requirementsOf(fresh, ROLLOUT), signers);
  const rest = await rebased(staged, next, changeAll);
  return await publishPart(repository, {
    part: { targets: new Map([[ROLLOUT, next]]) },
    rest,
    files,
    signers,
    now,
  });
}

/** What is staged, with the same change in its rollouts, for the version after the one that is published now. */
async function rebased(
  staged: Staged,
  { signed }: Envelope<TargetsSigned>,
  changeAll: (role: Envelope<TargetsSigned>) => Promise<TargetsSigned['targets']>,
): Promise<Staged> {
  const waiting = staged.targets.get(ROLLOUT);
  if (waiting === undefined) return staged;
  const targets = await changeAll(waiting);
  const next = { signatures: [], signed: { ...waiting.signed, version: signed.version + 1, targets } };
  return { ...staged, targets: new Map([...staged.targets, [ROLLOUT, next]]) };
}

function gone(path: string): StreamError {
  return new StreamError('STREAM_BAD_REPOSITORY', 'a file that is listed is gone', { place: { file: path } });
}
