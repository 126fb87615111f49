// SPDX-License-Identifier: GPL-2.0-or-later
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes a program that stands in for QEMU and gives its path: a shell script with the same descriptors, of which
 * `say` writes to the kernel log and `send` to the guest's second serial port.
 */
export async function fakeQemu(folder: string, body: string): Promise<string> {
  const path = join(folder, 'qemu');
  const script = `#!/bin/sh\nsay() { printf '%s\\r\\n' "$*"; }\nsend() { printf '%s\\n' "@lab $*" >&3; }\n${body}\n`;
  await writeFile(path, script, { mode: 0o755 });
  return path;
}

/** A guest that runs one command well. */
export const ONE_COMMAND = `say '[    0.1] Linux version 6.1'
send hello
send begin 0
send out 0 aGk=
send end 0 0 2 0 10 12
send done
say '[    0.2] reboot: Power down'`;
