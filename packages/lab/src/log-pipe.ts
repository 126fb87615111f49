// SPDX-License-Identifier: GPL-2.0-or-later

// The pipe through which a kernel's log comes.
//
// The console of the kernel does not wait for its reader. It sends a character, polls the serial port for 10 ms, and
// then sends the next one whether or not the first is gone (wait_for_lsr, drivers/tty/serial/8250/8250_port.c). So
// whatever QEMU can't pass on within 10 ms is lost, and a line without its beginning looks like a complaint that
// nobody knows.
//
// What Node gives to a child as a pipe is a socket. QEMU writes character by character, a socket accounts for each
// write with some 768 bytes, and with the usual 208 kB (net.core.wmem_default) it is full after 280 characters: four
// lines of the log. A real pipe puts small writes together and holds 64 kB, more than the log of a whole boot that
// goes well. Node cannot make one, hence a FIFO that loses its name at once.

import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { run } from '@uptide/base';

/** A pipe whose writing end is to be given to a child. */
export interface LogPipe {
  readonly reader: Readable;
  /** Descriptor of the writing end. */
  readonly writer: number;
  /** Closes our copy of the writing end; the reader then ends with the child. */
  closeWriter(): void;
}

/** Makes a pipe. */
export async function openLogPipe(): Promise<LogPipe> {
  const path = join(tmpdir(), `uptide-log-${randomBytes(8).toString('hex')}`);
  await run('mkfifo', ['--mode=600', path], { package: 'coreutils' });
  try {
    // Without O_NONBLOCK the open of one end waits for the other.
    const end = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    const reader = new Socket({ fd: end, readable: true, writable: false });
    return { reader, writer, closeWriter: () => closeSync(writer) };
  } finally {
    unlinkSync(path);
  }
}
