// SPDX-License-Identifier: GPL-2.0-or-later

// A kernel in a virtual machine, from its first message to its end.
//
// QEMU gets the image and an initramfs that holds everything the guest will do (`guest.ts`); there is no network, and
// nothing to type, and a disk only when the caller brings one. What comes out is what the kernel logged and what the
// commands left, and always a result: a panic, a hang and a QEMU that ends by itself are outcomes with the log so far,
// not exceptions.
//
// Nothing is left behind, whatever ends us. The initramfs is a file without a name, passed as a descriptor; the
// serial ports are a pipe and a socket that the child gets at its start; and QEMU asks the kernel to be killed when
// its parent dies (PR_SET_PDEATHSIG), which also holds for `kill -9`.
//
// Emulation (TCG) is the default, so that a proof does not depend on what the machine at hand lets us do. The clock
// is the virtual one and starts at a fixed date. The addresses of the kernel are random as on any machine (no
// `nokaslr`): an update that only works at the address where the kernel was linked must not be proven.

import { setTimeout as sleep } from 'node:timers/promises';
import { UptideError } from '@uptide/base';
import type { CpioFile } from './cpio.ts';
import { type CommandResult, FrameReader, type Progress } from './frames.ts';
import { COMMAND_SECONDS, type GuestCommand } from './guest.ts';
import { buildInitramfs, readBusybox } from './initramfs.ts';
import { openLogPipe } from './log-pipe.ts';
import { hasPanicked, judgeEnd, type Outcome, whileWhat } from './outcome.ts';
import { findQemu, type Hardware, namelessFile, type Qemu, spawnQemu } from './qemu.ts';

/** How long the host waits, in seconds. All can be changed for a slow machine. */
export interface Limits {
  /** From the start of QEMU to the first sign of the init script. */
  readonly boot: number;
  /** What a command may take over its own limit, and what lies between two commands. */
  readonly grace: number;
  /** From the last command to the end of QEMU. */
  readonly powerOff: number;
  /** From a panic to the end of QEMU: a panicked kernel reboots at once, or it cannot. */
  readonly panic: number;
  /** What a kernel that hangs is given to print each kind of stacks. */
  readonly autopsy: number;
}

/** A boot under emulation takes 3 s on an idle machine; the factor is for a busy one with a kernel that prints much. */
export const LIMITS: Limits = { boot: 120, grace: 20, powerOff: 30, panic: 10, autopsy: 2 };

export const HARDWARE: Hardware = {
  memoryMegabytes: 512,
  cpus: 1,
  accelerator: 'tcg',
  qemu: 'qemu-system-x86_64',
};

/**
 * Parts in which a limit passes. While this process is busy with something else it reads nothing, and of that time one
 * part counts: a guest that has long gone on is not taken for one that hangs.
 */
const TICKS = 20;

/** A WARN in a loop fills a disk; a proof's whole log has 100 kB. */
const MAX_LOG_BYTES = 16 * 1024 * 1024;
/** What to boot and what to do in it. */
export interface BootOptions {
  /** Path of a kernel image that QEMU can boot. */
  readonly kernel: string;
  readonly files?: readonly CpioFile[];
  readonly commands: readonly GuestCommand[];
  readonly hardware?: Partial<Hardware>;
  readonly limits?: Partial<Limits>;
  readonly signal?: AbortSignal;
}

/** What a boot showed. */
export interface BootResult {
  readonly outcome: Outcome;
  /** Why it is not `completed`, in words. */
  readonly reason: string;
  /** The results of the commands that ended, by id, in their order. */
  readonly results: ReadonlyMap<string, CommandResult>;
  /** The command that was running at the end, if one was. */
  readonly during: string | undefined;
  /** All that the kernel logged. */
  readonly log: string;
  /** What a kernel that hung said when it was asked for its stacks; not a part of `log`. */
  readonly autopsy: string;
}

/**
 * Boots a kernel, runs the commands one after the other, and powers off.
 *
 * @throws LabError LAB_QEMU_MISSING, LAB_BUSYBOX_MISSING, LAB_BAD_GUEST_FILE, LAB_BAD_COMMAND;
 * UptideError INTERRUPTED on abort. What the kernel does is never an exception.
 */
export async function boot(options: BootOptions): Promise<BootResult> {
  const { commands, signal } = options;
  const limits = { ...LIMITS, ...options.limits };
  const initramfs = buildInitramfs(await readBusybox(), options.files ?? [], commands);
  const hardware = { ...HARDWARE, ...options.hardware };
  const program = await findQemu(hardware.qemu);
  const file = await namelessFile(initramfs);
  try {
    throwIfAborted(signal);
    const log = await openLogPipe();
    const qemu = spawnQemu(program, options.kernel, { initramfs: file, log }, hardware);
    const kill = (): void => qemu.kill();
    signal?.addEventListener('abort', kill, { once: true });
    const result = await new Watch(qemu, commands, limits).toTheEnd();
    signal?.removeEventListener('abort', kill);
    throwIfAborted(signal);
    return result;
  } finally {
    await file.close();
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new UptideError('INTERRUPTED', 'the virtual machine was ended');
}

/** Reads what comes out of a QEMU, and ends it when it takes too long or cannot be understood. */
class Watch {
  readonly #qemu: Qemu;
  readonly #commands: readonly GuestCommand[];
  readonly #limits: Limits;
  readonly #frames: FrameReader;
  readonly #log: Buffer[] = [];
  #logLength = 0;
  /** Length of the log when a hang was noticed. */
  #hungAt: number | undefined;
  #killed: { outcome: 'hang' | 'ended'; reason: string } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #logTail = '';
  #panicked = false;

  constructor(qemu: Qemu, commands: readonly GuestCommand[], limits: Limits) {
    this.#qemu = qemu;
    this.#commands = commands;
    this.#limits = limits;
    this.#frames = new FrameReader(commands.length);
  }

  async toTheEnd(): Promise<BootResult> {
    this.#arm();
    this.#qemu.log.on('data', (chunk: Buffer) => this.#onLog(chunk));
    this.#qemu.results.on('data', (chunk: Buffer) => this.#onResults(chunk));
    const end = await this.#qemu.ended;
    clearInterval(this.#timer);
    const whole = Buffer.concat(this.#log);
    const log = text(whole.subarray(0, this.#hungAt ?? whole.length));
    const { progress, results } = this.#frames;
    return {
      ...judgeEnd({ progress, log, end, killed: this.#killed }),
      results: new Map(results.map((result, index) => [this.#commands[index]?.id ?? '', result])),
      during: progress.kind === 'running' ? this.#commands[progress.command]?.id : undefined,
      log,
      autopsy: text(whole.subarray(this.#hungAt ?? whole.length)),
    };
  }

  #onLog(chunk: Buffer): void {
    this.#log.push(chunk);
    this.#logLength += chunk.length;
    if (this.#logLength > MAX_LOG_BYTES) {
      this.#end('ended', `the kernel logged more than ${MAX_LOG_BYTES} bytes`);
      return;
    }
    if (this.#panicked || this.#killed !== undefined) return;
    const recent = this.#logTail + chunk.toString('latin1');
    this.#logTail = recent.slice(-256);
    if (hasPanicked(recent)) {
      this.#panicked = true;
      this.#arm();
    }
  }

  #onResults(chunk: Buffer): void {
    const before = this.#frames.progress;
    this.#frames.feed(chunk);
    if (this.#frames.fault !== undefined) this.#end('ended', this.#frames.fault);
    else if (this.#frames.progress !== before && this.#killed === undefined) {
      if (this.#frames.progress.kind === 'done') this.#qemu.acknowledge();
      this.#arm();
    }
  }

  /** Sets the time by which something must have happened. */
  #arm(): void {
    clearInterval(this.#timer);
    const { progress } = this.#frames;
    const seconds = this.#panicked ? this.#limits.panic : this.#secondsFor(progress);
    let left = TICKS;
    this.#timer = setInterval(
      () => {
        left -= 1;
        if (left > 0) return;
        clearInterval(this.#timer);
        if (this.#panicked) this.#qemu.kill();
        else void this.#hang(`nothing happened for ${seconds} s ${whileWhat(progress)}`);
      },
      (seconds * 1000) / TICKS,
    );
  }

  #secondsFor(progress: Progress): number {
    switch (progress.kind) {
      case 'booting':
        return this.#limits.boot;
      case 'running': {
        const own = this.#commands[progress.command]?.timeoutSeconds ?? COMMAND_SECONDS;
        return own + this.#limits.grace;
      }
      case 'between':
        return this.#limits.grace;
      case 'done':
        return this.#limits.powerOff;
    }
  }

  /** Asks a kernel that hangs where it is, then ends it. */
  async #hang(reason: string): Promise<void> {
    this.#killed = { outcome: 'hang', reason };
    this.#hungAt = this.#logLength;
    // SysRq: `l` prints the stacks of all CPUs, `w` those of tasks in uninterruptible sleep. They need interrupts;
    // CPU 0, which takes them all, asks the others by NMI. When it has them off itself, it answers to the NMI alone,
    // which `unknown_nmi_panic` turns into a panic with its stack; that is printed when the other CPUs are stopped.
    const wait = (seconds: number): Promise<unknown> =>
      Promise.race([this.#qemu.ended, sleep(seconds * 1000)]);
    this.#qemu.pressSysRq('l');
    await wait(this.#limits.autopsy);
    this.#qemu.pressSysRq('w');
    await wait(this.#limits.autopsy);
    this.#qemu.injectNmi();
    await wait(this.#limits.panic);
    this.#qemu.kill();
  }

  #end(outcome: 'ended', reason: string): void {
    this.#killed ??= { outcome, reason };
    this.#qemu.kill();
  }
}

/** Serial consoles end their lines with CR LF. */
function text(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\r', '');
}
