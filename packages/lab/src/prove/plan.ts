// SPDX-License-Identifier: GPL-2.0-or-later

// What the guest does to prove an update.
//
// First boot, `live`: load the modules that the update touches; run the probes; load the update; wait for the end of
// the transition; read what the kernel says is patched; run the probes again; disable, wait, unload; run them a
// third time.
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
import { type ProveInput, VMLINUX } from './input.ts';

/** Which of the two boots. */
export type BootName = 'live' | 'late';

/** A boot that belongs to a proof. */
export interface PlannedBoot {
  readonly name: BootName;
  readonly files: readonly CpioFile[];
  readonly commands: readonly GuestCommand[];
}

/**
 * What the machine is like when the probes run: `before` the update was loaded, `after` it was, and `restored` after
 * it was unloaded; `late` is as `after`, with the modules loaded later.
 */
export type State = 'before' | 'after' | 'restored' | 'late';

/** The two probes, named as the options of the command that give them. */
export type ProbeName = 'before' | 'after';

/** klp asks the tasks that hold it up by a signal every 15 s (kernel/livepatch/transition.c, SIGNALS_TIMEOUT). */
export const TRANSITION_SECONDS = 60;
/** What a command may need besides the wait that it is made of, on a slow machine. */
const MARGIN_SECONDS = 30;
/** MODULE_NAME_LEN is 64 - sizeof(long) (include/linux/moduleparam.h), with a NUL at the end. */
const MODULE_NAME = /^[A-Za-z0-9_]{1,55}$/;

/** The names of the commands; the judgement looks their results up by these. */
export const COMMAND = {
  release: 'kernel:release',
  notes: 'kernel:notes',
  taintStart: 'taint:start',
  taintEnd: 'taint:end',
  loadUpdate: 'update:load',
  transition: 'update:transition',
  state: 'update:state',
  disable: 'update:disable',
  unloadUpdate: 'update:unload',
  loadModule: (name: string): string => `module:load:${name}`,
  unloadModule: (name: string): string => `module:unload:${name}`,
  probe: (probe: ProbeName, state: State): string => `probe:${probe}:${state}`,
} as const;

/**
 * Plans the boots of a proof.
 *
 * @throws LabError LAB_BAD_COMMAND for a module name that no module can have.
 */
export function planProof(input: ProveInput): readonly [PlannedBoot, ...PlannedBoot[]] {
  for (const { name } of [input.update, ...input.modules]) {
    if (!MODULE_NAME.test(name)) {
      throw new LabError('LAB_BAD_COMMAND', `${JSON.stringify(name)} cannot be the name of a module`);
    }
  }
  const files = [
    ...[input.update, ...input.modules].map(({ name, bytes }) => ({
      path: modulePath(name),
      content: bytes,
    })),
    ...(input.files ?? []),
  ];
  const live: PlannedBoot = { name: 'live', files, commands: liveCommands(input) };
  if (input.objects.every((object) => object.name === VMLINUX)) return [live];
  return [live, { name: 'late', files, commands: lateCommands(input) }];
}

function liveCommands(input: ProveInput): readonly GuestCommand[] {
  return [
    ...IDENTITY,
    ...input.modules.map(({ name }) => loadCommand(COMMAND.loadModule(name), name)),
    { id: COMMAND.taintStart, script: TAINT },
    ...probes(input, 'before'),
    ...enable(input),
    ...probes(input, 'after'),
    ...disable(input),
    ...probes(input, 'restored'),
    { id: COMMAND.taintEnd, script: TAINT },
  ];
}

function lateCommands(input: ProveInput): readonly GuestCommand[] {
  const [load, transition, state] = enable(input);
  return [
    ...IDENTITY,
    { id: COMMAND.taintStart, script: TAINT },
    load,
    transition,
    ...input.modules.map(({ name }) => loadCommand(COMMAND.loadModule(name), name)),
    state,
    ...probes(input, 'late'),
    ...input.modules
      .filter((module) => input.objects.some(({ name }) => name === module.name))
      .toReversed()
      .map(({ name }) => ({ id: COMMAND.unloadModule(name), script: unloadScript(name) })),
    ...disable(input),
    { id: COMMAND.taintEnd, script: TAINT },
  ];
}

function probes({ probes: lines = {}, probeSeconds }: ProveInput, state: State): readonly GuestCommand[] {
  const limit = probeSeconds === undefined ? {} : { timeoutSeconds: probeSeconds };
  return (['before', 'after'] as const).flatMap((probe) => {
    const script = lines[probe];
    return script === undefined ? [] : [{ id: COMMAND.probe(probe, state), script, ...limit }];
  });
}

function enable(input: ProveInput): readonly [GuestCommand, GuestCommand, GuestCommand] {
  const { name } = input.update;
  const seconds = input.transitionSeconds ?? TRANSITION_SECONDS;
  return [
    loadCommand(COMMAND.loadUpdate, name),
    {
      id: COMMAND.transition,
      script: `[ -e ${livepatchFolder(name)} ] || exit 2\n${waitScript(name, seconds, ENABLED)}`,
      timeoutSeconds: seconds + MARGIN_SECONDS,
    },
    { id: COMMAND.state, script: stateScript(name) },
  ];
}

function disable(input: ProveInput): readonly GuestCommand[] {
  const { name } = input.update;
  const seconds = input.transitionSeconds ?? TRANSITION_SECONDS;
  return [
    {
      id: COMMAND.disable,
      script: `echo 0 >${livepatchFolder(name)}/enabled || exit 3\n${waitScript(name, seconds, DISABLED)}`,
      timeoutSeconds: seconds + MARGIN_SECONDS,
    },
    { id: COMMAND.unloadUpdate, script: unloadScript(name) },
  ];
}

/** Shell conditions on the folder of a patch. */
const ENABLED = '[ "$(cat $patch/enabled)$(cat $patch/transition)" = 10 ]';
/**
 * The folder goes when the patch is freed; before commit 958ef1e39d24 ("livepatch: Simplify API by removing
 * registration step", v5.1) it stayed until the module went, so it need not go here.
 */
const DISABLED =
  '[ ! -e $patch/enabled ] || [ "$(cat $patch/enabled 2>/dev/null)$(cat $patch/transition 2>/dev/null)" = 00 ]';

function modulePath(name: string): string {
  return `modules/${name}.ko`;
}

function livepatchFolder(name: string): string {
  return `/sys/kernel/livepatch/${name}`;
}

const IDENTITY: readonly GuestCommand[] = [
  { id: COMMAND.release, script: 'uname -r\n' },
  { id: COMMAND.notes, script: 'cat /sys/kernel/notes\n' },
];

const TAINT = 'cat /proc/sys/kernel/tainted\n';

/** Loads a module; one that is there already, because another needed it, is as good. */
function loadCommand(id: string, name: string): GuestCommand {
  const script = `insmod /${modulePath(name)}
status=$?
[ "$(cat /sys/module/${name}/initstate 2>/dev/null)" = live ] && exit 0
[ $status = 0 ] || exit $status
echo "insmod succeeded, and there is no module ${name}" >&2
exit 1
`;
  return { id, script };
}

/**
 * Waits for a condition on the patch's folder, `$patch`. When it does not come, prints each task that is not where
 * the patch wants it, with its stack, makes klp log what holds it up (it tries again each second), and ends with
 * status 1.
 */
function waitScript(name: string, seconds: number, condition: string): string {
  return `patch=${livepatchFolder(name)}
left=${seconds * 10}
until ${condition}; do
  left=$((left - 1))
  if [ $left = 0 ]; then
    want=$(cat $patch/enabled)
    for task in /proc/[0-9]*/task/[0-9]*; do
      [ "$(cat $task/patch_state 2>/dev/null)" = $((1 - want)) ] || continue
      echo "task \${task##*/} $(cat $task/comm)"
      cat $task/stack
    done
    echo 'file kernel/livepatch/transition.c +p' >/sys/kernel/debug/dynamic_debug/control && sleep 3
    exit 1
  fi
  usleep 100000
done
`;
}

/** Prints what the kernel says of the patch, for `parseKlpState`. */
function stateScript(name: string): string {
  return `cd ${livepatchFolder(name)} || exit 2
for file in enabled transition; do echo "value $file $(cat $file)"; done
for object in */; do
  object=\${object%/}
  echo "object $object $(cat $object/patched 2>/dev/null || echo unknown)"
  for function in $object/*/; do
    function=\${function%/}
    [ -d "$function" ] && echo "function $object \${function##*/}"
  done
done
sed -n '/klp_ftrace_handler/s/^/traced /p' /sys/kernel/tracing/enabled_functions
exit 0
`;
}

/** Unloads a module; a reference may be held for a moment by work that frees the patch (klp_free_patch_async). */
function unloadScript(name: string): string {
  return `left=50
until rmmod ${name} 2>/tmp/why; do
  left=$((left - 1))
  if [ $left = 0 ]; then cat /tmp/why >&2; exit 1; fi
  usleep 100000
done
[ ! -e ${livepatchFolder(name)} ] && [ ! -e /sys/module/${name} ]
`;
}
