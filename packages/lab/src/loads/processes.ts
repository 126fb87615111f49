// SPDX-License-Identifier: GPL-2.0-or-later

/** Forks, programs, pipes, signals, and readers that sleep in the kernel meanwhile. */
export const PROCESSES = `set -e
[ "$(seq 1 2000 | sort -rn | tail -n 1)" = 1 ]
{ usleep 300000; echo late; } | { read -r word; [ "$word" = late ]; } &
reader=$!
sleep 100 &
kill -TERM $!
status=0
wait $! || status=$?
[ $status = 143 ]
status=0
sh -c 'trap "exit 7" USR1; kill -USR1 $$; sleep 1' || status=$?
[ $status = 7 ]
for child in 1 2 3 4 5; do
  (exit $child) &
  status=0
  wait $! || status=$?
  [ $status = $child ]
done
mkfifo fifo
cat fifo >fifo.out &
copier=$!
sh -c 'echo word >fifo'
wait $copier
rm fifo
[ "$(cat fifo.out)" = word ]
setsid true
wait $reader
usleep 20000
`;
