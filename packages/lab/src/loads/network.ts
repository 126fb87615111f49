// SPDX-License-Identifier: GPL-2.0-or-later

/** TCP, ICMP, addresses and the tables of the network in /proc, over loopback. */
export const NETWORK = `set -e
port=$((20000 + WORKER))
[ -e sent ] || head -c 65536 /dev/urandom >sent
nc -l -p $port -e cat &
until nc 127.0.0.1 $port <sent >got 2>/dev/null; do usleep 10000; done
wait $!
cmp sent got
ping -c 1 -W 20 127.0.0.1
ip address add 127.1.0.$WORKER/32 dev lo
ping -c 1 -W 20 127.1.0.$WORKER
ip address del 127.1.0.$WORKER/32 dev lo
ip route show table local
cat /proc/net/tcp /proc/net/dev
usleep 20000
`;
