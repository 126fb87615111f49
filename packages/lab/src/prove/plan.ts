// SPDX-License-Identifier: GPL-2.0-or-later

// What the guest does to prove an update.
//
// First boot, `live`: load the modules that the update touches; start the loads; run the probes; then leg by leg
// (`legs.ts`): load or disable, wait for the end of the transition, unload what was replaced, read what the kernel
// says is patched, run the probes again, see that the loads go on.
//
// Second boot, `late`, only when the update touches modules: load the update first and the modules after it, so that
// the kernel patches them while they come; read and probe; unload the modules under the live update; disable, unload.
// It is a boot of its own because not every module can be unloaded, and because a fault in one must not hide the
// other.
//
// The commands run whatever the ones before them returned; `judge.ts` knows which results mean nothing then.

import type { CpioFile } from '../cpio.ts';
import { LabError } from '../error.ts';
import type { GuestCommand } from '../guest.ts';
import { loadFiles, markLoads, startLoads, watchLoads } from '../loads/scripts.ts';
import { type GuestModule, type ProveInput, type ProvenObject, VMLINUX } from './input.ts';
import { type BootName, type Leg, type LegName, type Live, legsOf, type State } from './legs.ts';
import {
  disableScript,
  loadScript,
  modulePath,
  probePath,
  refusedScript,
  stateScript,
  TAINT,
  transitionScript,
  unloadScript,
} from './scripts.ts';

/** A boot that belongs to a proof. */
export interface PlannedBoot {
  readonly name: BootName;
  readonly legs: readonly Leg[];
  readonly files: readonly CpioFile[];
  readonly commands: readonly GuestCommand[];
}

/** The two probes that are named as the options of the command that give them. */
export type ProbeName = 'before' | 'after';

/** klp asks the tasks that hold it up by a signal every 15 s (kernel/livepatch/transition.c, SIGNALS_TIMEOUT). */
export const TRANSITION_SECONDS = 60;
/** What a command may need besides the wait that it is made of, on a slow machine. */
const MARGIN_SECONDS = 30;
/** MODULE_NAME_LEN is 64 - sizeof(long) (include/linux/moduleparam.h), with a NUL at the end. */
const MODULE_NAME = /^[A-Za-z0-9_]{1,55}$/;
/** What names a file of the guest and stands unquoted in a script. */
const SCRIPT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Two legs are the two halves of a proof without levels, and keep the names that they had then. */
function prefix(leg: LegName): string {
  return leg === 'off' ? 'update' : leg;
}

/** The names of the commands; the judgement looks their results up by these. */
export const COMMAND = {
  release: 'kernel:release',
  notes: 'kernel:notes',
  taintStart: 'taint:start',
  taintEnd: 'taint:end',
  /** Loads an update. */
  load: (leg: LegName): string => `${prefix(leg)}:load`,
  /** Waits until it is live. */
  transition: (leg: LegName): string => `${prefix(leg)}:transition`,
  /** Unloads the update that was replaced. */
  replaced: (leg: LegName): string => `${prefix(leg)}:replaced`,
  /** Sees that the kernel refuses to load an update. */
  refused: (leg: LegName): string => `${prefix(leg)}:refused`,
  state: (leg: LegName): string => `${prefix(leg)}:state`,
  disable: (leg: LegName): string => `${prefix(leg)}:disable`,
  unload: (leg: LegName): string => `${prefix(leg)}:unload`,
  loadModule: (name: string): string => `module:load:${name}`,
  unloadModule: (name: string): string => `module:unload:${name}`,
  probe: (probe: ProbeName, state: State): string => `probe:${probe}:${state}`,
  fixProbe: (fix: string, state: State): string => `probe:fix:${fix}:${state}`,
  startLoads: 'loads:start',
  markLoads: (leg: LegName): string => `loads:mark:${leg}`,
  /** Sees that the loads go on; of a leg, or before the first. */
  loads: (leg: LegName | 'before'): string => `loads:${leg}`,
} as const;

/**
 * Plans the boots of a proof.
 *
 * @throws LabError LAB_BAD_COMMAND for a module name that no module can have, and for a name of a fix or a load that
 * is none.
 */
export function planProof(input: ProveInput): readonly [PlannedBoot, ...PlannedBoot[]] {
  const previous = input.level?.previous;
  const updates = previous === undefined ? [input.update] : [input.update, previous.update];
  for (const { name } of [...updates, ...input.modules]) checkName(name, MODULE_NAME, 'a module');
  for (const { fix } of input.fixProbes ?? []) checkName(fix, SCRIPT_NAME, 'a fix');
  for (const { name } of input.loads ?? []) checkName(name, SCRIPT_NAME, 'a load');
  const files = [
    ...[...updates, ...input.modules].map(({ name, bytes }) => ({ path: modulePath(name), content: bytes })),
    ...(input.fixProbes ?? []).map(({ fix, script }) => ({
      path: probePath(fix),
      content: Buffer.from(script),
    })),
    ...loadFiles(input.loads ?? []),
    ...(input.files ?? []),
  ];
  const boot = (name: BootName, commandsOf: typeof liveCommands): PlannedBoot => {
    const legs = legsOf(name, previous);
    return { name, legs, files, commands: commandsOf(input, legs) };
  };
  const objects = [...input.objects, ...(previous?.objects ?? [])];
  if (objects.every((object) => object.name === VMLINUX)) return [boot('live', liveCommands)];
  return [boot('live', liveCommands), boot('late', lateCommands)];
}

function checkName(name: string, form: RegExp, what: string): void {
  if (form.test(name)) return;
  throw new LabError('LAB_BAD_COMMAND', `${JSON.stringify(name)} cannot be the name of ${what}`);
}

/** The update that is live; undefined when there is none. */
export function updateOf(input: ProveInput, live: Live): GuestModule | undefined {
  if (live === 'nothing') return undefined;
  return live === 'update' ? input.update : input.level?.previous?.update;
}

/** The objects of the update that is live. */
export function objectsOf(input: ProveInput, live: Live): readonly ProvenObject[] {
  if (live === 'nothing') return [];
  return live === 'update' ? input.objects : (input.level?.previous?.objects ?? []);
}

/** The level that is live; 0 when there is none. */
export function levelOf({ level }: ProveInput, live: Live): number {
  if (live === 'nothing') return 0;
  return (live === 'update' ? level?.level : level?.previous?.level) ?? 0;
}

function liveCommands(input: ProveInput, legs: readonly Leg[]): readonly GuestCommand[] {
  return [
    ...IDENTITY,
    ...loadModules(input),
    { id: COMMAND.taintStart, script: TAINT },
    ...start(input),
    ...probes(input, 'before'),
    ...legs.flatMap((leg) => [
      ...change(input, leg),
      ...mark(input, leg),
      ...state(input, leg),
      ...probes(input, leg.state),
      ...watch(input, leg.name),
    ]),
    { id: COMMAND.taintEnd, script: TAINT },
  ];
}

function lateCommands(input: ProveInput, legs: readonly Leg[]): readonly GuestCommand[] {
  const previous = input.level?.previous?.objects ?? [];
  const touched = new Set([...input.objects, ...previous].map(({ name }) => name));
  const unload = input.modules
    .filter(({ name }) => touched.has(name))
    .toReversed()
    .map(({ name }) => ({ id: COMMAND.unloadModule(name), script: unloadScript(name) }));
  return [
    ...IDENTITY,
    { id: COMMAND.taintStart, script: TAINT },
    ...start(input),
    ...legs.flatMap((leg) => [
      ...(leg.to === 'nothing' ? unload : []),
      ...change(input, leg),
      ...(leg.state === 'late' ? loadModules(input) : []),
      ...mark(input, leg),
      ...(leg.state === undefined ? [] : state(input, leg)),
      ...probes(input, leg.state),
      ...watch(input, leg.name),
    ]),
    { id: COMMAND.taintEnd, script: TAINT },
  ];
}

/** The transition of a leg. */
function change(input: ProveInput, { name: leg, from, to, refused }: Leg): readonly GuestCommand[] {
  const seconds = input.transitionSeconds ?? TRANSITION_SECONDS;
  const timeoutSeconds = seconds + MARGIN_SECONDS;
  const [old, next] = [updateOf(input, from), updateOf(input, to)];
  if (refused === true) {
    const wanted = input.level?.previous?.update;
    if (wanted === undefined || old === undefined) return [];
    return [{ id: COMMAND.refused(leg), script: refusedScript(wanted.name, old.name) }];
  }
  if (next !== undefined) {
    return [
      { id: COMMAND.load(leg), script: loadScript(next.name) },
      { id: COMMAND.transition(leg), script: transitionScript(next.name, seconds), timeoutSeconds },
      ...(old === undefined ? [] : [{ id: COMMAND.replaced(leg), script: unloadScript(old.name) }]),
    ];
  }
  if (old === undefined) return [];
  return [
    { id: COMMAND.disable(leg), script: disableScript(old.name, seconds), timeoutSeconds },
    { id: COMMAND.unload(leg), script: unloadScript(old.name) },
  ];
}

function state(input: ProveInput, { name, to }: Leg): readonly GuestCommand[] {
  const live = updateOf(input, to);
  return live === undefined ? [] : [{ id: COMMAND.state(name), script: stateScript(live.name) }];
}

function probes(input: ProveInput, state: State | undefined): readonly GuestCommand[] {
  if (state === undefined) return [];
  const { probes: lines = {}, fixProbes = [], probeSeconds } = input;
  const limit = probeSeconds === undefined ? {} : { timeoutSeconds: probeSeconds };
  const own = (['before', 'after'] as const).flatMap((probe) => {
    const script = lines[probe];
    return script === undefined ? [] : [{ id: COMMAND.probe(probe, state), script, ...limit }];
  });
  const ofFixes = fixProbes.map(({ fix }) => ({
    id: COMMAND.fixProbe(fix, state),
    script: `exec sh /${probePath(fix)}\n`,
    ...limit,
  }));
  return [...own, ...ofFixes];
}

function loadModules({ modules }: ProveInput): readonly GuestCommand[] {
  return modules.map(({ name }) => ({ id: COMMAND.loadModule(name), script: loadScript(name) }));
}

function start(input: ProveInput): readonly GuestCommand[] {
  const { loads = [] } = input;
  if (loads.length === 0) return [];
  return [{ id: COMMAND.startLoads, script: startLoads(loads), background: true }, ...watch(input, 'before')];
}

function mark({ loads = [] }: ProveInput, { name }: Leg): readonly GuestCommand[] {
  return loads.length === 0 ? [] : [{ id: COMMAND.markLoads(name), script: markLoads(loads) }];
}

function watch({ loads = [] }: ProveInput, leg: LegName | 'before'): readonly GuestCommand[] {
  return loads.length === 0 ? [] : [{ id: COMMAND.loads(leg), ...watchLoads(loads) }];
}

const IDENTITY: readonly GuestCommand[] = [
  { id: COMMAND.release, script: 'uname -r\n' },
  { id: COMMAND.notes, script: 'cat /sys/kernel/notes\n' },
];
