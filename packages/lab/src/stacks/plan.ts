// SPDX-License-Identifier: GPL-2.0-or-later
import type { GuestCommand } from '../guest.ts';

/** How often all stacks are looked at: a task that works now and then is seen at work at least once. */
export const DUMPS = 6;

/**
 * Programs that sleep in the ways in which programs of any machine do: for a child, a signal, a clock, a pipe, a
 * terminal, a packet, a connection, a message of the kernel.
 */
const SLEEPERS = `cd /tmp
mkfifo open read
sleep 100000 &
cat open &
cat <>read &
sh -c 'sleep 100000; true' &
sh -c 'sleep 100000 & wait' &
nc -l -p 1 -e true &
syslogd -n &
udhcpc -f -i lo -T 100000 &
cat /dev/tty1 &
cat /dev/kmsg >/dev/null &
wait
`;

/** Seconds within which the guest comes to rest; it takes two or three, and more on a busy machine. */
const REST_SECONDS = 120;

/**
 * A shell that only reads starts no process meanwhile, so that the kernel comes to rest. It has when nothing else runs
 * and no process came or went for a second (proc(5), loadavg).
 */
const LOOK = `mkfifo /run/never || exit
exec 3<>/run/never
pause() { read -t 1 nothing <&3; }
left=${REST_SECONDS}
tasks=
until [ "$tasks" = "$before" ] && [ "\${tasks%%/*}" = 1 ]; do
  [ $left -gt 0 ] || { echo "tasks still run: $tasks" >&2; exit 1; }
  left=$((left - 1))
  before=$tasks
  pause
  read -r one five fifteen tasks last </proc/loadavg
done
left=${DUMPS}
while [ $left -gt 0 ]; do
  pause
  echo t >/proc/sysrq-trigger || exit
  left=$((left - 1))
done
`;

/** What a guest does so that its log has the stacks of a kernel at rest. */
export const COMMANDS: readonly GuestCommand[] = [
  { id: 'sleepers', script: SLEEPERS, background: true },
  { id: 'look', script: LOOK, timeoutSeconds: 2 * REST_SECONDS },
];
