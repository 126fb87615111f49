// SPDX-License-Identifier: GPL-2.0-or-later
//
// Scratch folders that are gone when the work is, however it ends.
//
// A create that ends or is interrupted removes its folder itself. One that is killed cannot; the next one removes
// it. For that the folder's name says who owns it: boot, pid namespace, pid, and the time at which that process
// started (proc(5), /proc/PID/stat field 22), since pids are used again. An owner of this boot and namespace can be
// looked up. One of another boot or namespace cannot (a container may share the folder with the host), so its
// folder is removed only when nothing in it was touched for a day.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Age at which the folder of an owner that cannot be looked up is given up; no create takes that long. */
const FOREIGN_AGE_MS = 24 * 3600 * 1000;
const NAME = /^work\.([0-9a-f]{8})\.(\d+)\.(\d+)\.(\d+)\.[0-9a-f]{8}$/;

/**
 * Runs `work` with a fresh folder inside `parent` (made when absent) and removes the folder afterwards. Folders
 * that killed processes left in `parent` are removed first.
 */
export async function withWorkFolder<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(parent, { recursive: true });
  await removeOrphans(parent, Date.now());
  const own = await identify(process.pid);
  const name = [
    'work',
    own.boot,
    own.namespace,
    process.pid,
    own.started,
    randomBytes(4).toString('hex'),
  ].join('.');
  const folder = join(parent, name);
  await mkdir(folder, { mode: 0o700 });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 2 });
  }
}

/** Removes the folders in `parent` whose owners are gone. */
export async function removeOrphans(parent: string, now: number): Promise<void> {
  const own = await identify(process.pid);
  for (const name of await readdir(parent)) {
    const [, boot, namespace, pid, started] = NAME.exec(name) ?? [];
    if (boot === undefined || pid === undefined) continue;
    const folder = join(parent, name);
    if (boot === own.boot && namespace === own.namespace) {
      if ((await startTime(Number(pid))) === started) continue;
    } else {
      const status = await stat(folder).catch(() => undefined);
      if (status === undefined || now - status.mtimeMs < FOREIGN_AGE_MS) continue;
    }
    await rm(folder, { recursive: true, force: true });
  }
}

async function identify(pid: number): Promise<{ boot: string; namespace: string; started: string }> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '');
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return {
    boot: boot.slice(0, 8).padEnd(8, '0'),
    namespace: /\d+/.exec(namespace)?.[0] ?? '0',
    started: (await startTime(pid)) ?? '0',
  };
}

/** Clock ticks after boot at which a process started; undefined when there is none. */
async function startTime(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  // The program's name, field 2, is in parentheses and may hold anything; field 22 is the 20th after it.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}
