// SPDX-License-Identifier: GPL-2.0-or-later

// How the guest talks.
//
// The kernel log goes to the first serial port, results to the second, so that nothing the kernel or a command
// prints can be taken for a result. On the second port the guest speaks in lines of ASCII:
//
//     @lab hello                                   the init script runs
//     @lab begin 0                                 command 0 starts
//     @lab out 0 aGVsbG8K                          some of its standard output, in base64
//     @lab err 0 b29wcwo=                          some of its standard error
//     @lab end 0 1 6 5 412 587                     status 1; 6 and 5 bytes of output and error; from 4.12 s to
//                                                  5.87 s after boot
//     @lab done                                    all commands have ended
//
// The sequence is fixed before boot and runs to its end whatever a command returns: what is to happen when one fails
// is written in the scripts. So the plan is data, and a panic costs only the results that were not yet there.
// `frames.ts` takes only the one next line that fits.
//
// The host sends one line, an empty one, when it has read that all is done; then the guest powers off. A write to the
// port returns when 4 kB wait in the kernel, and what waits at power off is lost: a host that was busy for as long as
// the commands took would get nothing of what they left.
//
// A command that runs over its limit is killed and has status 137. One that cannot be killed, because it sleeps in
// the kernel, is noticed by the host. What a command leaves behind is killed when it ends, but for a command that is to
// stay in the background: it ends with status 0 when it has been started, its output is thrown away, and it lives
// until the machine ends. Then the commands are told from what stays by a cgroup of their own.
//
// The init script also writes `uptide-lab: begin 0` and `uptide-lab: end 0` into the kernel log, so that each line
// of it can be laid to a command. The kernel prints what it logs in order and before the write returns, as far as
// the console is synchronous, which the serial one is.

import { LabError } from './error.ts';

/** One thing to do in the guest. */
export interface GuestCommand {
  /** A name for people and for look-ups in the results. */
  readonly id: string;
  /** Text of a shell script, run by busybox sh as root in `/`, with no input and only the console of a log. */
  readonly script: string;
  /** Seconds after which it is killed. */
  readonly timeoutSeconds?: number;
  /** Whether it is started and then left to itself, with all that it starts. */
  readonly background?: boolean;
}

/** Enough for every step that ends by itself, also on a loaded machine: under emulation a module loads in 0.1 s. */
export const COMMAND_SECONDS = 60;
/** An hour: no step of a proof is longer, and the number must fit the shell's arithmetic. */
const MAX_COMMAND_SECONDS = 3600;
/** Of each stream the first part is carried to the host: the serial line is slow, and no one reads more. */
export const MAX_STREAM_BYTES = 128 * 1024;
/** Room for a command's output in the guest: a probe that prints without end gets ENOSPC, not all the memory. */
const OUTPUT_SPACE = '16m';
/** A proof has some dozens of steps, and one for each fix in each of its states; a series has a thousand fixes. */
const MAX_COMMANDS = 16_384;
/** Programs in this folder of the guest are found by their names. */
export const FILES_FOLDER = 'files';
/** Begins every line that a guest sends. */
export const FRAME_MARK = '@lab';
/** Begins what the init script writes into the kernel log. */
export const LOG_MARK = 'uptide-lab:';

/**
 * Checks a list of commands and gives the init script that runs them.
 *
 * @throws LabError LAB_BAD_COMMAND.
 */
export function initScript(commands: readonly GuestCommand[]): string {
  checkCommands(commands);
  const steps = commands.map(({ background, timeoutSeconds }, index) =>
    background === true ? `stay ${index}\n` : `step ${index} ${timeoutSeconds ?? COMMAND_SECONDS}\n`,
  );
  const someStay = commands.some(({ background }) => background === true);
  return INIT_HEAD + (someStay ? STAYING : '') + HELLO + steps.join('') + INIT_TAIL;
}

function checkCommands(commands: readonly GuestCommand[]): void {
  if (commands.length > MAX_COMMANDS) throw refuse(`${commands.length} commands`, 'are too many');
  const ids = new Set<string>();
  for (const { id, script, timeoutSeconds } of commands) {
    const name = `the command ${JSON.stringify(id)}`;
    if (id === '' || ids.has(id)) throw refuse(name, 'does not have a name of its own');
    ids.add(id);
    if (script.includes('\0')) throw refuse(name, 'has a NUL in its script');
    const seconds = timeoutSeconds ?? COMMAND_SECONDS;
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_COMMAND_SECONDS) {
      throw refuse(
        name,
        `has the time limit ${seconds}, not a whole number from 1 to ${MAX_COMMAND_SECONDS}`,
      );
    }
  }
}

function refuse(what: string, why: string): LabError {
  return new LabError('LAB_BAD_COMMAND', `${what} ${why}`);
}

// `kill -KILL -1` by process 1 ends every other process (kill(2)): what a command leaves behind in the background
// would hold up transitions and be charged to later commands.
const INIT_HEAD = `#!/bin/busybox sh
export PATH=/bin:/${FILES_FOLDER} HOME=/ LC_ALL=C
/bin/busybox mkdir -p /proc /sys /dev /tmp /run
/bin/busybox mount -t proc proc /proc
/bin/busybox --install -s /bin
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
mount -t tmpfs tmpfs /tmp
mkdir -p /lab/io
mount -t tmpfs -o size=${OUTPUT_SPACE} tmpfs /lab/io
ip link set lo up 2>/dev/null
stty -F /dev/ttyS1 raw -echo
exec </dev/null >/dev/console 2>&1 7<>/dev/ttyS1 8>/dev/kmsg
uptime_cs() { read -r up _ </proc/uptime; now=\${up%.*}\${up#*.}; }
size_of() { size=0; [ ! -s "$1" ] || size=$(stat -c %s "$1"); }
send() { # stream, number, file
  [ -s "$3" ] || return
  head -c ${MAX_STREAM_BYTES} "$3" | base64 -w 76 | sed "s|^|${FRAME_MARK} $1 $2 |" >&7
}
run() { timeout -s KILL "$2" sh /lab/$1.sh; }
clear() { kill -KILL -1; }
step() { # number, seconds
  echo "${LOG_MARK} begin $1" >&8
  echo "${FRAME_MARK} begin $1" >&7
  uptime_cs; from=$now
  run $1 "$2" >/lab/io/out 2>/lab/io/err 7>&- 8>&-
  status=$?
  uptime_cs; to=$now
  clear
  send out $1 /lab/io/out
  send err $1 /lab/io/err
  size_of /lab/io/out; out=$size
  size_of /lab/io/err; err=$size
  echo "${LOG_MARK} end $1" >&8
  echo "${FRAME_MARK} end $1 $status $out $err $from $to" >&7
}
`;

// The shell that becomes the command moves itself into its cgroup first, so that all that it starts is in it.
// cgroup.kill is there since commit 661ee6280931 ("cgroup: introduce cgroup.kill", v5.14); before it, what forks faster
// than it is killed is killed in the next turn.
const STAYING = `mkdir -p /lab/groups
mount -t cgroup2 cgroup2 /lab/groups && mkdir /lab/groups/step /lab/groups/stay
run() { (echo 0 >/lab/groups/step/cgroup.procs; exec timeout -s KILL "$2" sh /lab/$1.sh); }
clear() {
  left=50
  while read -r process </lab/groups/step/cgroup.procs && [ $left -gt 0 ]; do
    if [ -e /lab/groups/step/cgroup.kill ]; then echo 1 >/lab/groups/step/cgroup.kill
    else kill -KILL $(cat /lab/groups/step/cgroup.procs); fi
    left=$((left - 1))
    usleep 10000
  done
}
stay() { # number
  echo "${LOG_MARK} begin $1" >&8
  echo "${FRAME_MARK} begin $1" >&7
  uptime_cs; from=$now
  (echo 0 >/lab/groups/stay/cgroup.procs && exec setsid sh /lab/$1.sh) >/dev/null 2>&1 7>&- 8>&- &
  echo "${LOG_MARK} end $1" >&8
  echo "${FRAME_MARK} end $1 0 0 0 $from $from" >&7
}
`;

const HELLO = `echo "${FRAME_MARK} hello" >&7
`;

const INIT_TAIL = `echo "${FRAME_MARK} done" >&7
read -r taken <&7
poweroff -f
`;
