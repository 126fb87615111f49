// SPDX-License-Identifier: GPL-2.0-or-later
import { readRounds, workersOf } from '../loads/scripts.ts';
import type { ProveInput } from './input.ts';
import { transitionTime } from './kernel-log.ts';
import type { Leg } from './legs.ts';
import { COMMAND, updateOf } from './plan.ts';
import type { StepRun } from './proof.ts';
import type { Seen } from './seen.ts';

/** A transition has some ten lines; a kernel that complains has its own findings. */
const MAX_LOG_LINES = 200;

/** What each step of a boot looked like. */
export function stepRuns(input: ProveInput, seen: Seen): readonly StepRun[] {
  return seen.plan.legs.flatMap((leg) => {
    const [first, last] = commandsOf(seen, leg);
    if (first === -1) return [];
    const lines = seen.lines.filter(
      ({ command }) => command !== undefined && command >= first && command <= last,
    );
    const update = updateOf(input, leg.to === 'nothing' ? leg.from : leg.to);
    const took =
      leg.refused === true || update === undefined ? undefined : transitionTime(lines, update.name);
    const texts = lines.map(({ text }) => text);
    const more = texts.length - MAX_LOG_LINES;
    return {
      boot: seen.plan.name,
      step: leg.name,
      transition: took ?? null,
      rounds: roundsOf(input, seen, leg),
      log: more > 0 ? [...texts.slice(0, MAX_LOG_LINES), `(${more} more lines)`] : texts,
    };
  });
}

/** The first command of a leg in the plan, and the last before the next leg. */
function commandsOf(seen: Seen, leg: Leg): readonly [number, number] {
  const starts = seen.plan.legs.map(({ name, to, refused }) =>
    seen.numberOf(
      refused === true
        ? COMMAND.refused(name)
        : to === 'nothing'
          ? COMMAND.disable(name)
          : COMMAND.load(name),
    ),
  );
  const index = seen.plan.legs.indexOf(leg);
  return [starts[index] ?? -1, (starts[index + 1] ?? seen.plan.commands.length) - 1];
}

function roundsOf({ loads = [] }: ProveInput, seen: Seen, { name }: Leg): StepRun['rounds'] {
  const rounds = readRounds(seen.of(COMMAND.loads(name))?.stdout.toString() ?? '');
  const workers = workersOf(loads);
  return loads.map(({ name: load }) => ({
    load,
    rounds: workers
      .filter((one) => one.load === load)
      .reduce((sum, { worker }) => sum + (rounds.get(worker) ?? 0), 0),
  }));
}
