// SPDX-License-Identifier: GPL-2.0-or-later

/** Files made, written, renamed, linked, cut, listed and removed on a tmpfs; files of /proc and /sys read. */
export const FILES = `set -e
mkdir -p tree/branch
dd if=/dev/urandom of=tree/one bs=4096 count=8 2>/dev/null
cp tree/one tree/two
mv tree/two tree/branch/three
ln tree/branch/three tree/four
ln -s branch/three tree/five
cmp tree/one tree/five
truncate -s 100 tree/four
[ "$(stat -c %s tree/branch/three)" = 100 ]
chmod 600 tree/one
touch tree/one
sync
[ "$(find tree | wc -l)" = 6 ]
cat /proc/self/maps /proc/self/status /proc/mounts /proc/cmdline /proc/meminfo
ls -l /sys/kernel /proc/self/fd
rm -r tree
usleep 20000
`;
