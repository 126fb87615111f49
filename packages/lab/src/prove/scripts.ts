// SPDX-License-Identifier: GPL-2.0-or-later

// The shell scripts of a proof's commands. They run in busybox sh; names are checked before they get here.

/** Where a module lies in the guest, without the first slash. */
export function modulePath(name: string): string {
  return `modules/${name}.ko`;
}

/** Where the probe of a fix lies in the guest, without the first slash. */
export function probePath(fix: string): string {
  return `probes/${fix}.sh`;
}

function livepatchFolder(name: string): string {
  return `/sys/kernel/livepatch/${name}`;
}

/** Shell conditions on the folder of a patch. */
const ENABLED = '[ "$(cat $patch/enabled)$(cat $patch/transition)" = 10 ]';
/**
 * The folder goes when the patch is freed; before commit 958ef1e39d24 ("livepatch: Simplify API by removing
 * registration step", v5.1) it stayed until the module went, so it need not go here.
 */
const DISABLED =
  '[ ! -e $patch/enabled ] || [ "$(cat $patch/enabled 2>/dev/null)$(cat $patch/transition 2>/dev/null)" = 00 ]';

export const TAINT = 'cat /proc/sys/kernel/tainted\n';

/** Loads a module; one that is there already, because another needed it, is as good. */
export function loadScript(name: string): string {
  return `insmod /${modulePath(name)}
status=$?
[ "$(cat /sys/module/${name}/initstate 2>/dev/null)" = live ] && exit 0
[ $status = 0 ] || exit $status
echo "insmod succeeded, and there is no module ${name}" >&2
exit 1
`;
}

/** Sees to it that a patch is not let in, and that the one that is live stays so. */
export function refusedScript(name: string, live: string): string {
  return `if insmod /${modulePath(name)}; then echo "the kernel let ${name} in" >&2; exit 1; fi
patch=${livepatchFolder(live)}
[ ! -e ${livepatchFolder(name)} ] && [ ! -e /sys/module/${name} ] && ${ENABLED}
`;
}

/** Waits until a patch is live. */
export function transitionScript(name: string, seconds: number): string {
  return `[ -e ${livepatchFolder(name)} ] || exit 2\n${waitScript(name, seconds, ENABLED)}`;
}

/** Takes a patch off and waits until it is. */
export function disableScript(name: string, seconds: number): string {
  return `echo 0 >${livepatchFolder(name)}/enabled || exit 3\n${waitScript(name, seconds, DISABLED)}`;
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
export function stateScript(name: string): string {
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
export function unloadScript(name: string): string {
  return `left=50
until rmmod ${name} 2>/tmp/why; do
  left=$((left - 1))
  if [ $left = 0 ]; then cat /tmp/why >&2; exit 1; fi
  usleep 100000
done
[ ! -e ${livepatchFolder(name)} ] && [ ! -e /sys/module/${name} ]
`;
}
