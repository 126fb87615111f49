// SPDX-License-Identifier: GPL-2.0-or-later
import { execFileSync } from 'node:child_process';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Baseline } from '@uptide/kernel';
import { type CpioFile, type GuestCommand, moduleOrder } from '@uptide/lab';

/** What a guest's state takes: some updates of half a megabyte, metadata, a journal; and ext4's own. */
const DISK_BYTES = 64 * 1024 * 1024;
/** The smallest that QEMU takes for its store of crash dumps. */
const CRASH_STORE_BYTES = 64 * 1024;
/** Where the modules lie in the guest. */
const FOLDER = 'disk-modules';

/** A disk and a store of crash dumps, which outlive the boots of a guest. */
export interface GuestDisk {
  readonly hardware: { readonly disk: string; readonly crashStore: string };
  /** The stock modules that make the guest see the disk. */
  readonly files: readonly CpioFile[];
  /** Mounts it at /var/lib/uptide, and a folder of it at /etc/uptide; to be the first command. */
  readonly mount: GuestCommand;
  /** Unmounts it, as a machine does that goes down cleanly; to be the last command. */
  readonly unmount: GuestCommand;
}

/** Makes an empty disk in a folder. It is ext4: what a crash leaves of it is what a crash leaves of a machine's. */
export async function guestDisk(folder: string, baseline: Baseline): Promise<GuestDisk> {
  const disk = join(folder, 'disk.img');
  const crashStore = join(folder, 'erst.img');
  for (const [path, bytes] of [
    [disk, DISK_BYTES],
    [crashStore, CRASH_STORE_BYTES],
  ] as const) {
    await writeFile(path, '');
    await truncate(path, bytes);
  }
  execFileSync('/usr/sbin/mkfs.ext4', ['-q', '-F', disk], { stdio: 'ignore' });
  const order = await moduleOrder(baseline, ['virtio_pci', 'virtio_blk', 'ext4']);
  const shipped = await baseline.modules();
  const files: CpioFile[] = [];
  for (const name of order) {
    const path = shipped.get(name)?.path ?? '';
    files.push({ path: `${FOLDER}/${name}.ko`, content: await readFile(join(baseline.moduleFolder, path)) });
  }
  const insert = order.map((name) => `insmod /${FOLDER}/${name}.ko`);
  const script = [
    'set -e',
    ...insert,
    'mkdir -p /var/lib/uptide /etc/uptide',
    'mount -t ext4 /dev/vda /var/lib/uptide',
    'mkdir -p /var/lib/uptide/etc',
    'mount -o bind /var/lib/uptide/etc /etc/uptide',
    'mount -t pstore pstore /sys/fs/pstore',
  ].join('\n');
  return {
    hardware: { disk, crashStore },
    files,
    mount: { id: 'mount', script },
    unmount: { id: 'unmount', script: 'umount /etc/uptide && umount /var/lib/uptide' },
  };
}
