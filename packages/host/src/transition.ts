// SPDX-License-Identifier: GPL-2.0-or-later
import { type Finding, type Reporter, UptideError } from '@uptide/base';
import { HostError } from './error.ts';
import { hasToSwitch, judgeBlockers, type TaskState } from './judge/blockers.ts';
import { LIVEPATCH, liveUpdate } from './live-updates.ts';
import { codeOf, type Machine } from './machine.ts';

/** How long a transition is waited for. */
export interface Patience {
  /** Seconds, or for ever. */
  readonly wait: number | 'forever';
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** How a transition ended; `gone`: the kernel does not list the update any more. */
export type TransitionEnd = 'live' | 'gone' | 'expired';

/** Between two looks. The kernel itself tries anew once a second (klp_transition_work_fn). */
const LOOK_MILLISECONDS = 200;
/** Looks between two counts of tasks, which read a file a task. */
const LOOKS_PER_COUNT = 5;

/**
 * Waits until an update is live (`target` 1) or no longer (0).
 *
 * @throws UptideError INTERRUPTED on abort; the transition goes on then.
 */
export async function waitForTransition(
  machine: Machine,
  name: string,
  target: 0 | 1,
  { wait, reporter, signal }: Patience,
): Promise<TransitionEnd> {
  const { now, sleep } = machine.effects;
  const start = now();
  for (let look = 1; ; look += 1) {
    const update = await liveUpdate(machine, name);
    if (update === undefined) return 'gone';
    // A patch that is switched off leaves sysfs (klp_free_patch_finish); until then it is not over.
    if (target === 1 && update.enabled && !update.inTransition) return 'live';
    if (signal.aborted) throw new UptideError('INTERRUPTED', 'the transition was not waited for');
    if (wait !== 'forever' && now() - start >= wait * 1000) return 'expired';
    if (look % LOOKS_PER_COUNT === 0) {
      const states = await patchStates(machine);
      const left = states.filter((task) => hasToSwitch(task, target)).length;
      reporter.progress(states.length - left, states.length, 'tasks');
    }
    await sleep(LOOK_MILLISECONDS);
  }
}

/** Who holds up the transition of an update, with the functions on the stacks. */
export async function blockersOf(machine: Machine, name: string, target: 0 | 1): Promise<Finding[]> {
  const update = await liveUpdate(machine, name);
  const functions = new Set(
    update?.objects.flatMap((object) => object.functions.map((one) => one.name)) ?? [],
  );
  const tasks: TaskState[] = [];
  for (const task of await patchStates(machine)) {
    if (!hasToSwitch(task, target)) continue;
    tasks.push({
      tid: task.tid,
      patchState: task.patchState,
      name: ((await machine.hint(`${task.folder}/comm`)) ?? '?').trim(),
      stack: (await machine.hint(`${task.folder}/stack`)) ?? '',
    });
  }
  return judgeBlockers(tasks, target, functions);
}

/**
 * Sets `enabled`, which begins a transition or turns one round.
 *
 * @throws HostError HOST_DISABLE_REFUSED with the kernel's answer.
 */
export async function setEnabled(machine: Machine, name: string, target: 0 | 1): Promise<void> {
  try {
    await machine.set(`${LIVEPATCH}/${name}/enabled`, `${target}\n`);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return;
    // enabled_store: EINVAL when it is set so already; EBUSY while another patch is in its transition.
    const update = await liveUpdate(machine, name);
    if (update?.enabled === (target === 1)) return;
    throw new HostError('HOST_DISABLE_REFUSED', `${name}: the kernel answers ${code ?? String(error)}`, {
      cause: error,
    });
  }
}

interface PatchState {
  readonly folder: string;
  readonly tid: number;
  readonly patchState: number;
}

/** The patch state of every thread that /proc lists; those that end meanwhile are left out. */
async function patchStates(machine: Machine): Promise<PatchState[]> {
  const states: PatchState[] = [];
  for (const pid of numbers(await machine.folders('proc'))) {
    for (const tid of numbers(await machine.folders(`proc/${pid}/task`))) {
      const folder = `proc/${pid}/task/${tid}`;
      const text = (await machine.hint(`${folder}/patch_state`))?.trim();
      if (text === undefined || !/^-?\d$/.test(text)) continue;
      states.push({ folder, tid, patchState: Number(text) });
    }
  }
  return states;
}

function numbers(names: readonly string[] | undefined): number[] {
  return (names ?? [])
    .filter((name) => /^\d{1,10}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}
