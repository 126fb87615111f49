// SPDX-License-Identifier: GPL-2.0-or-later
import { fileDigest } from '@uptide/base';
import type { LevelToProve, ProveInput } from './input.ts';
import type { Leg } from './legs.ts';
import { COMMAND, levelOf, objectsOf } from './plan.ts';
import type { LevelsProof } from './proof.ts';
import { isLoaded, isPatched, isRedirected, stateOf } from './redirected.ts';
import type { Seen } from './seen.ts';

/** What the boots show of a level: each step that was to be taken, and whether it was. */
export function levelsProof(
  input: ProveInput,
  { level, previous }: LevelToProve,
  boots: readonly Seen[],
): LevelsProof {
  const steps = boots.flatMap((seen) =>
    seen.plan.legs.map((leg) => ({
      boot: seen.plan.name,
      step: leg.name,
      from: levelOf(input, leg.from),
      to: levelOf(input, leg.to),
      shown: isShown(input, seen, leg, boots[0] ?? seen),
    })),
  );
  if (previous === undefined) return { level, previous: null, back: null, steps };
  const { update } = previous;
  return {
    level,
    previous: { level: previous.level, update: update.name, module: fileDigest(update.bytes) },
    back: previous.back && steps.filter(({ step }) => step === 'back').every(({ shown }) => shown),
    steps,
  };
}

/** Whether a leg was gone: each of its commands passed, and every function of what is live is redirected. */
function isShown(input: ProveInput, seen: Seen, leg: Leg, live: Seen): boolean {
  if (!changesOf(leg).every((id) => seen.numberOf(id) === -1 || seen.passed(id))) return false;
  if (leg.to === 'nothing' || seen.numberOf(COMMAND.state(leg.name)) === -1) return true;
  const state = stateOf(seen, leg);
  return (
    state !== undefined &&
    objectsOf(input, leg.to)
      .filter((object) => isLoaded(object.name, live))
      .every(({ name: object, functions }) =>
        functions.length === 0
          ? isPatched(state, object)
          : functions.every((wanted) => isRedirected(state, object, wanted)),
      )
  );
}

/** The names of the commands that make the transition of a leg. */
function changesOf({ name, to, refused }: Leg): readonly string[] {
  if (refused === true) return [COMMAND.refused(name)];
  if (to === 'nothing') return [COMMAND.disable(name), COMMAND.unload(name)];
  return [COMMAND.load(name), COMMAND.transition(name), COMMAND.replaced(name)];
}
