// SPDX-License-Identifier: GPL-2.0-or-later
import { constants } from 'node:fs';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@uptide/base';
import { findBuildId } from '@uptide/elf';
import { HostError } from '../error.ts';
import { codeOf, type Machine } from '../machine.ts';
import { complaintsOfDump, type KernelMessage, readMessages } from './decide/messages.ts';
import type { KernelName, Marks } from './decide/record.ts';
import { judgeSwitches, type KillSwitches } from './decide/switches.ts';
import type { Watch } from './decide/watch.ts';

/** How far the log was read; in memory, since the log ends with the boot too. */
const SEEN = 'run/uptide/watched';
const PSTORE = 'sys/fs/pstore';
const KMSG = 'dev/kmsg';
/** A message of the log with its dictionary is never larger (kernel/printk/printk.c, PRINTKRB_RECORD_MAX). */
const KMSG_RECORD_BYTES = 8192;
/** A log of the largest size that is ever set (log_buf_len=32M) has fewer messages. */
const MAX_MESSAGES = 500_000;
/** The firmware's store has some 64 kB for all of its dumps. */
const MAX_DUMPS = 1000;
const MAX_EVIDENCE = 20;

/** Which boot of which kernel this is, and how long it lasts. */
export interface BootFacts {
  readonly boot: string;
  readonly kernel: KernelName;
  /** Milliseconds since the kernel started. */
  readonly uptime: number;
}

/**
 * Reads the switches by which an administrator keeps a machine as it is. They are read anew each time.
 */
export async function readKillSwitches(machine: Machine): Promise<KillSwitches> {
  let disable: string | undefined;
  try {
    disable = await machine.text('etc/uptide/disable');
  } catch {
    disable = 'it cannot be read';
  }
  return judgeSwitches(await machine.hint('proc/cmdline'), disable);
}

/**
 * Reads which boot this is.
 *
 * @throws HostError HOST_UNREADABLE when the kernel does not say.
 */
export async function bootFacts(machine: Machine): Promise<BootFacts> {
  const read = async (path: string): Promise<string> => {
    const text = await machine.text(path);
    if (text !== undefined) return text.trim();
    throw new HostError('HOST_UNREADABLE', 'there is no such file', { place: { file: `/${path}` } });
  };
  const [boot, uptime, release] = await Promise.all([
    read('proc/sys/kernel/random/boot_id'),
    read('proc/uptime'),
    read('proc/sys/kernel/osrelease'),
  ]);
  const notes = await machine.bytes('sys/kernel/notes');
  const buildId = notes === undefined ? undefined : findBuildId(notes);
  const seconds = /^(\d{1,12})\.(\d\d) /.exec(`${uptime} `);
  if (buildId === undefined || seconds === null) {
    const file = buildId === undefined ? '/sys/kernel/notes' : '/proc/uptime';
    throw new HostError('HOST_UNREADABLE', 'it does not have the known form', { place: { file } });
  }
  const [, whole = '', hundredths = ''] = seconds;
  return { boot, kernel: { release, buildId }, uptime: Number(whole) * 1000 + Number(hundredths) * 10 };
}

/** Reads where the kernel's complaints stand, and its log. */
export async function readWatch(machine: Machine, boot: string): Promise<Watch> {
  const messages = await readLog(machine);
  const count = async (path: string): Promise<number | undefined> => {
    const text = (await machine.hint(path))?.trim();
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };
  const [taint, warnings, oopses, hungTasks] = await Promise.all([
    count('proc/sys/kernel/tainted'),
    count('sys/kernel/warn_count'),
    count('sys/kernel/oops_count'),
    count('proc/sys/kernel/hung_task_detect_count'),
  ]);
  const last = messages?.at(-1)?.sequence;
  const marks: Marks = {
    ...(messages === undefined ? {} : { nextMessage: (last ?? -1) + 1 }),
    ...(taint === undefined ? {} : { taint }),
    ...(warnings === undefined ? {} : { warnings }),
    ...(oopses === undefined ? {} : { oopses }),
    ...(hungTasks === undefined ? {} : { hungTasks }),
  };
  const [seenBoot, number] = ((await machine.hint(SEEN)) ?? '').trim().split(' ');
  const seen = seenBoot === boot && /^\d{1,15}$/.test(number ?? '') ? { seenUpTo: Number(number) } : {};
  return { marks, messages: messages ?? [], ...seen };
}

/** Notes how far the log was read, for the next look. */
export async function noteSeen(machine: Machine, boot: string, { marks }: Watch): Promise<void> {
  if (marks.nextMessage === undefined) return;
  await mkdir(machine.path('run/uptide'), { recursive: true, mode: 0o755 });
  await writeFileAtomically(machine.path(SEEN), `${boot} ${marks.nextMessage}\n`);
}

/**
 * Reads the whole log: each read(2) of /dev/kmsg gives one message, EPIPE when messages were overwritten meanwhile,
 * EAGAIN at the end (Documentation/ABI/testing/dev-kmsg). Undefined when it cannot be read.
 */
async function readLog(machine: Machine): Promise<KernelMessage[] | undefined> {
  try {
    const file = await open(machine.path(KMSG), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const chunks: string[] = [];
      const buffer = Buffer.alloc(KMSG_RECORD_BYTES);
      while (chunks.length < MAX_MESSAGES) {
        const length = await file.read(buffer, 0, buffer.length, null).then(
          ({ bytesRead }) => bytesRead,
          (error: unknown) => {
            if (codeOf(error) === 'EAGAIN') return 0;
            if (codeOf(error) === 'EPIPE') return undefined;
            throw error;
          },
        );
        if (length === 0) break;
        if (length !== undefined) chunks.push(buffer.toString('utf8', 0, length));
      }
      return readMessages(chunks.join(''));
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

/** The crash dumps that the firmware keeps, with their times; and what those complain of that are not among `known`. */
export async function readDumps(
  machine: Machine,
  known: readonly string[],
): Promise<{ dumps: string[]; evidence: string[] }> {
  const dumps: string[] = [];
  const evidence: string[] = [];
  for (const name of await namesIn(machine.path(PSTORE))) {
    const time = await stat(join(machine.path(PSTORE), name)).then(
      ({ mtimeMs }) => Math.trunc(mtimeMs),
      () => 0,
    );
    const dump = `${name} ${time}`;
    dumps.push(dump);
    if (known.includes(dump)) continue;
    const told = complaintsOfDump((await machine.hint(`${PSTORE}/${name}`)) ?? '');
    evidence.push(...told.map((line) => `${name}: ${line}`));
  }
  return { dumps, evidence: evidence.slice(0, MAX_EVIDENCE) };
}

/** The dumps of one boot; what else the store may hold (logs of the console, of the firmware) says nothing of a crash. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.startsWith('dmesg-'))
      .sort()
      .slice(-MAX_DUMPS);
  } catch {
    return [];
  }
}
