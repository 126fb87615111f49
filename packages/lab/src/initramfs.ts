// SPDX-License-Identifier: GPL-2.0-or-later
import { readFile } from 'node:fs/promises';
import { type CpioFile, writeCpio } from './cpio.ts';
import { LabError } from './error.ts';
import { type GuestCommand, initScript } from './guest.ts';

/** Where Debian's busybox-static puts its program; it has one of the two names by /usr-merge. */
const BUSYBOX_PATHS = ['/usr/bin/busybox', '/bin/busybox'] as const;

/** Folder of the guest that belongs to the lab; files of callers may not lie in it. */
export const LAB_FOLDER = 'lab';

/** Program header type of the path of a dynamic linker (gABI figure 5-2). */
const PT_INTERP = 3;

/**
 * Makes the whole user space of a guest: busybox, the init script, one script a command, and the given files.
 * The bytes are a function of the arguments alone.
 *
 * @throws LabError LAB_BAD_GUEST_FILE, LAB_BAD_COMMAND.
 */
export function buildInitramfs(
  busybox: Uint8Array,
  files: readonly CpioFile[],
  commands: readonly GuestCommand[],
): Buffer {
  for (const file of files) {
    if (file.path === LAB_FOLDER || file.path.startsWith(`${LAB_FOLDER}/`)) {
      throw new LabError(
        'LAB_BAD_GUEST_FILE',
        `${file.path} lies in the folder that the lab keeps for itself`,
      );
    }
  }
  return writeCpio([
    { path: 'init', content: Buffer.from(initScript(commands)), executable: true },
    { path: 'bin/busybox', content: busybox, executable: true },
    ...commands.map((command, index) => ({
      path: `${LAB_FOLDER}/${index}.sh`,
      content: Buffer.from(command.script),
    })),
    ...files,
  ]);
}

/**
 * Reads the busybox of this machine.
 *
 * @throws LabError LAB_BUSYBOX_MISSING when there is none or it needs libraries, which the guest has not.
 */
export async function readBusybox(paths: readonly string[] = BUSYBOX_PATHS): Promise<Buffer> {
  for (const path of paths) {
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new LabError('LAB_BUSYBOX_MISSING', `${path} cannot be read: ${error.message}`, { cause: error });
    });
    if (bytes === undefined) continue;
    if (!isStaticProgram(bytes)) {
      throw new LabError('LAB_BUSYBOX_MISSING', `${path} is not a statically linked x86-64 program`);
    }
    return bytes;
  }
  throw new LabError('LAB_BUSYBOX_MISSING', `there is neither of ${paths.join(', ')}`);
}

/** Whether these are an x86-64 ELF program that names no dynamic linker. */
function isStaticProgram(bytes: Buffer): boolean {
  // e_ident: magic, ELFCLASS64, little endian; e_machine at 18; e_phoff at 32, e_phentsize at 54, e_phnum at 56.
  if (bytes.length < 64 || bytes.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return false;
  if (bytes.readUInt16LE(18) !== 62) return false;
  const start = Number(bytes.readBigUInt64LE(32));
  const size = bytes.readUInt16LE(54);
  const count = bytes.readUInt16LE(56);
  for (let index = 0; index < count; index += 1) {
    const at = start + index * size;
    if (at + 4 > bytes.length || bytes.readUInt32LE(at) === PT_INTERP) return false;
  }
  return true;
}
