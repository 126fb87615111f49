// SPDX-License-Identifier: GPL-2.0-or-later
import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { run } from '@uptide/base';
import type { CpioFile } from './cpio.ts';
import { LabError } from './error.ts';
import { FILES_FOLDER } from './guest.ts';

/** A file of this machine that the guest is to have. */
export interface HostFile {
  readonly host: string;
  /** Its absolute path in the guest; by default its own name in the folder of programs. */
  readonly guest?: string;
}

/** The guest has 512 MB of memory for all that it has. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
const ELF_MAGIC = '\x7fELF';

/**
 * Reads files for the guest, with the shared libraries that programs among them need, each at the path where the
 * dynamic linker of this machine finds it. A file that may be run here may be run there.
 *
 * @returns by path, each once
 * @throws LabError LAB_BAD_GUEST_FILE for a file that cannot be read, is too large, or lacks a library.
 */
export async function guestFiles(wanted: readonly HostFile[]): Promise<readonly CpioFile[]> {
  const files = new Map<string, CpioFile>();
  for (const { host, guest } of wanted) {
    const path = inGuest(guest ?? `/${FILES_FOLDER}/${basename(host)}`);
    if (files.has(path)) throw refuse(host, `there is another file for ${path}`);
    const file = await readHostFile(host, path);
    files.set(path, file);
    const isProgram = Buffer.from(file.content.subarray(0, 4)).toString('latin1') === ELF_MAGIC;
    for (const library of isProgram ? await librariesOf(host) : []) {
      const at = inGuest(library);
      if (!files.has(at)) files.set(at, await readHostFile(library, at));
    }
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function inGuest(path: string): string {
  return resolve('/', path).slice(1);
}

async function readHostFile(host: string, path: string): Promise<CpioFile> {
  try {
    const file = await open(host, 'r');
    try {
      const facts = await file.stat();
      if (!facts.isFile()) throw refuse(host, 'it is no file');
      if (facts.size > MAX_FILE_BYTES) throw refuse(host, `it is larger than ${MAX_FILE_BYTES} bytes`);
      return { path, content: await file.readFile(), executable: (facts.mode & 0o111) !== 0 };
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    throw refuse(host, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** The shared libraries of a program and its dynamic linker, as ldd(1) prints them: `libc.so.6 => /lib/... (0x...)`. */
async function librariesOf(program: string): Promise<readonly string[]> {
  const { status, stdout } = await run('ldd', [resolve(program)], { anyStatus: true, package: 'libc-bin' });
  // It says "not a dynamic executable" with status 1.
  if (status !== 0) return [];
  const text = stdout.toString();
  const missing = /^\s*(\S+) => not found$/m.exec(text)?.[1];
  if (missing !== undefined) throw refuse(program, `its library ${missing} is not on this machine`);
  return [...text.matchAll(/(\/\S+) \(0x[0-9a-f]+\)$/gm)].map(([, path = '']) => path);
}

function refuse(file: string, reason: string, cause?: unknown): LabError {
  return new LabError('LAB_BAD_GUEST_FILE', reason, { place: { file }, cause });
}
