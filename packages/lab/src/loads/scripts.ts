// SPDX-License-Identifier: GPL-2.0-or-later

// Loads in the guest: what runs them, and what sees that they go on.
//
// A load is a script of one round. Each of its workers runs it over and over, in a folder of its own on a tmpfs, and
// counts the rounds that ended with status 0; the first that does not ends the worker and leaves its status and its
// words. So a load has made progress when the counts have grown, and has come to harm when a worker has ended. After
// every transition the counts are marked, and each worker must end two more rounds: the second of them began after it.

import type { CpioFile } from '../cpio.ts';
import type { GuestCommand } from '../guest.ts';

/** A load as the guest needs it. */
interface NamedScript {
  readonly name: string;
  readonly script: string;
}

/** Processes that run the same load beside each other. */
export const WORKERS = 2;
/** Seconds for two rounds of each worker; a round of those that come with Uptide took 7 s on a machine with ten times the work that it can do. */
const WATCH_SECONDS = 120;
const MARGIN_SECONDS = 30;
/** With one processor and six workers the steps of the proof would take several times as long. */
const NICE = 10;
const FOLDER = '/run/loads';
/** For what the workers of all loads write; a round leaves some hundred kilobytes at most. */
const SPACE = '64m';

/** The files of loads in the guest. */
export function loadFiles(loads: readonly NamedScript[]): readonly CpioFile[] {
  return loads.map(({ name, script }) => ({ path: `loads/${name}.sh`, content: Buffer.from(script) }));
}

/** The names of the workers, `NAME.NUMBER`, the numbers running through all loads. */
export function workersOf(loads: readonly NamedScript[]): readonly { worker: string; load: string }[] {
  return loads.flatMap(({ name: load }, index) =>
    Array.from({ length: WORKERS }, (_, own) => ({ load, worker: `${load}.${index * WORKERS + own + 1}` })),
  );
}

/** The script that runs all workers until the machine ends. */
export function startLoads(loads: readonly NamedScript[]): string {
  const lines = workersOf(loads).map(({ load, worker }) => `work ${load} ${worker} &\n`);
  return `mkdir -p ${FOLDER}
mount -t tmpfs -o size=${SPACE} tmpfs ${FOLDER} || exit
renice -n ${NICE} -p $$ >/dev/null
work() { # load, worker
  mkdir -p ${FOLDER}/$2/work
  cd ${FOLDER}/$2/work || exit
  export WORKER=\${2##*.}
  rounds=0
  status=0
  echo 0 >../mark
  while [ $status = 0 ]; do
    echo $rounds >../rounds
    sh /loads/$1.sh >../words 2>&1
    status=$?
    rounds=$((rounds + 1))
  done
  echo $status >../status
}
${lines.join('')}wait
`;
}

/** The script that marks the counts; the file of one is empty for the moment between its truncation and its write. */
export function markLoads(loads: readonly NamedScript[]): string {
  return `for worker in ${namesOf(loads)}; do
  rm -f ${FOLDER}/$worker/mark
  left=50
  until read -r rounds <${FOLDER}/$worker/rounds && [ -n "$rounds" ]; do
    left=$((left - 1)); [ $left -gt 0 ] || exit 1; usleep 100000
  done 2>/dev/null
  echo $rounds >${FOLDER}/$worker/mark
done
`;
}

function namesOf(loads: readonly NamedScript[]): string {
  return workersOf(loads)
    .map(({ worker }) => worker)
    .join(' ');
}

/**
 * The script that waits until each worker has ended two rounds since the mark, and prints the rounds of each, for `readRounds`.
 * It fails, and says why, when one has ended or stands still.
 */
export function watchLoads(loads: readonly NamedScript[]): Pick<GuestCommand, 'script' | 'timeoutSeconds'> {
  const script = `left=${WATCH_SECONDS * 10}
failed=0
rounds() { # worker
  until read -r rounds <${FOLDER}/$1/rounds && [ -n "$rounds" ]; do
    left=$((left - 1)); [ $left -gt 0 ] || return 1; usleep 100000
  done 2>/dev/null
}
harm() { # worker, what happened
  failed=1
  echo "$1: round $((rounds + 1)) $2" >&2
  tail -n 5 ${FOLDER}/$1/words | tail -c 2000 >&2
}
for worker in ${namesOf(loads)}; do
  while :; do
    rounds $worker || rounds=0
    mark=
    { read -r mark <${FOLDER}/$worker/mark; } 2>/dev/null
    if [ -e ${FOLDER}/$worker/status ]; then
      read -r status <${FOLDER}/$worker/status
      harm $worker "ended with status $status"
      break
    fi
    [ -z "$mark" ] || [ $rounds -lt $((mark + 2)) ] || break
    left=$((left - 1))
    if [ $left -le 0 ]; then harm $worker 'did not end'; break; fi
    usleep 100000
  done
  echo "$worker $rounds"
done
[ $left -gt 0 ] || for process in $(cat /lab/groups/stay/cgroup.procs); do
  echo "process $process $(tr '\\0' ' ' </proc/$process/cmdline)"
  cat /proc/$process/stack
done >&2
exit $failed
`;
  return { script, timeoutSeconds: WATCH_SECONDS + MARGIN_SECONDS };
}

/** What `watchLoads` printed: the rounds of each worker since the boot. */
export function readRounds(text: string): ReadonlyMap<string, number> {
  const found = [...text.matchAll(/^(\S+) (\d{1,9})$/gm)];
  return new Map(found.map(([, worker = '', rounds]) => [worker, Number(rounds)]));
}
