// SPDX-License-Identifier: GPL-2.0-or-later
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, constants, type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { Duplex, type Readable } from 'node:stream';
import { plainEnvironment, UptideError } from '@uptide/base';
import { LabError } from './error.ts';
import type { LogPipe } from './log-pipe.ts';

/** The virtual hardware. */
export interface Hardware {
  readonly memoryMegabytes: number;
  readonly cpus: number;
  /** `kvm` needs /dev/kvm and is only faster. */
  readonly accelerator: 'tcg' | 'kvm';
  /** The program: a name to look for in PATH, or a path. */
  readonly qemu: string;
  /** Image of a disk that outlives the boot, /dev/vda of the guest; what the guest wrote and not yet synced is lost. */
  readonly disk?: string;
  /**
   * File of a store for crash dumps, as firmware has one (ACPI ERST, 64 KB): what the kernel logged before a panic is
   * in the next guest's /sys/fs/pstore.
   */
  readonly crashStore?: string;
  /** Words for the kernel's command line besides those that the lab needs. */
  readonly parameters?: readonly string[];
}

/** What the store for crash dumps holds; QEMU asks for a size of at least 64 KB (docs/specs/acpi_erst.rst). */
const CRASH_STORE_BYTES = 64 * 1024;

/** A running QEMU. */
export interface Qemu {
  /** What the kernel logs. */
  readonly log: Readable;
  /** What the guest writes to its second serial port. */
  readonly results: Readable;
  /** Tells the guest that all of its results are here (`guest.ts`). */
  acknowledge(): void;
  /** Sends the key of a magic SysRq command over the console. */
  pressSysRq(key: string): void;
  /** Sends a non-maskable interrupt to every CPU. */
  injectNmi(): void;
  kill(): void;
  /** Resolves when QEMU has ended and all that it wrote has been read. */
  readonly ended: Promise<QemuEnd>;
}

export interface QemuEnd {
  /** Exit status, or undefined when a signal ended it. */
  readonly status: number | undefined;
  readonly stderr: string;
}

/** Descriptors of QEMU besides the standard ones, in the order in which `spawn` is given them. */
const RESULTS_FD = 3;
const MONITOR_FD = 4;
const INITRAMFS_FD = 5;
/** QEMU's own complaints are a line or two. */
const MAX_STDERR = 64 * 1024;

/**
 * The kernel's command line.
 * - `panic=-1`: reboot at once on a panic, which ends QEMU (`-no-reboot`). An oops does not panic: it is to be seen
 *   in the log together with what follows.
 * - `ignore_loglevel`, `printk.devkmsg=on`: all messages reach the console, and those of the init script are not
 *   rate-limited.
 * - `earlyprintk`: a kernel that hangs before it has a console still says something.
 * - `sysrq_always_enabled`, `unknown_nmi_panic`: a kernel that hangs can be asked where. `irqaffinity=0`: by the CPU
 *   that QEMU's NMI reaches, the only one that has LINT1 open, so that one of the two ways is left when a CPU hangs.
 */
const COMMAND_LINE = [
  'console=ttyS0,115200',
  'earlyprintk=serial,ttyS0,115200',
  'ignore_loglevel',
  'printk.devkmsg=on',
  'panic=-1',
  'sysrq_always_enabled',
  'unknown_nmi_panic',
  'irqaffinity=0',
  'rdinit=/init',
].join(' ');

/** QEMU's arguments for a kernel image. Pure. */
export function qemuArguments(kernel: string, hardware: Hardware): readonly string[] {
  return [
    ['-nodefaults', '-no-user-config', '-no-reboot'],
    ['-display', 'none'],
    ['-machine', `pc,accel=${hardware.accelerator}`],
    ['-cpu', hardware.accelerator === 'kvm' ? 'host' : 'max'],
    ['-smp', String(hardware.cpus)],
    ['-m', `${hardware.memoryMegabytes}M`],
    ['-rtc', 'base=2020-01-01T00:00:00,clock=vm'],
    ['-chardev', 'stdio,id=log,signal=off'],
    ['-serial', 'chardev:log'],
    ['-chardev', `socket,id=results,fd=${RESULTS_FD}`],
    ['-serial', 'chardev:results'],
    ['-chardev', `socket,id=monitor,fd=${MONITOR_FD}`],
    ['-mon', 'chardev=monitor,mode=control'],
    ['-kernel', kernel],
    ['-initrd', `/proc/self/fd/${INITRAMFS_FD}`],
    ['-append', [COMMAND_LINE, ...(hardware.parameters ?? [])].join(' ')],
    ...(hardware.disk === undefined ? [] : [diskArguments(hardware.disk)]),
    ...(hardware.crashStore === undefined ? [] : [crashStoreArguments(hardware.crashStore)]),
  ].flat();
}

function diskArguments(image: string): readonly string[] {
  const drive = `if=none,id=disk,format=raw,file=${escapeOption(image)}`;
  return ['-drive', drive, '-device', 'virtio-blk-pci,drive=disk'];
}

function crashStoreArguments(path: string): readonly string[] {
  const object = `memory-backend-file,id=erst,size=${CRASH_STORE_BYTES},share=on,mem-path=${escapeOption(path)}`;
  return ['-object', object, '-device', 'acpi-erst,memdev=erst'];
}

/** A comma ends an option's value unless it is doubled (qemu(1)). */
function escapeOption(value: string): string {
  return value.replaceAll(',', ',,');
}

/**
 * Starts QEMU. It dies with this process, however that ends.
 *
 * Read `results` at once, before anything is awaited: what a child that has ended wrote to a stream without a reader,
 * Node throws away.
 *
 * @param log for the kernel's log; its writing end is closed here.
 * @param program path of QEMU.
 * @param initramfs open file with the initramfs; it may be closed when QEMU has ended.
 */
export function spawnQemu(
  program: string,
  kernel: string,
  { initramfs, log }: { readonly initramfs: FileHandle; readonly log: LogPipe },
  hardware: Hardware,
): Qemu {
  // setpriv (util-linux, which Debian always has) sets PR_SET_PDEATHSIG and becomes the program.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...qemuArguments(kernel, hardware)], {
    stdio: ['pipe', log.writer, 'pipe', 'pipe', 'pipe', initramfs.fd],
    env: plainEnvironment(),
    detached: true,
  });
  log.closeWriter();
  const pipe = (descriptor: number): Duplex => {
    const stream: unknown = child.stdio[descriptor];
    if (stream instanceof Duplex) return stream;
    throw new UptideError('INTERNAL', `descriptor ${descriptor} of QEMU is no pipe`);
  };
  const input = pipe(0);
  const results = pipe(RESULTS_FD);
  const monitor = pipe(MONITOR_FD);
  let complaints = '';
  pipe(2)
    .setEncoding('utf8')
    .on('data', (text: string) => {
      complaints = (complaints + text).slice(-MAX_STDERR);
    });
  // A write to a QEMU that has just ended is of no consequence: its end is reported by itself.
  for (const stream of [input, results, monitor]) stream.on('error', () => {});
  monitor.resume();
  monitor.write('{"execute":"qmp_capabilities"}\n');
  const logEnded = new Promise((settle) => log.reader.once('close', settle));
  const childEnded = new Promise<QemuEnd>((settle) => {
    child.on('close', (code) => settle({ status: code ?? undefined, stderr: complaints }));
    child.on('error', (error) => settle({ status: undefined, stderr: `${complaints}${error.message}\n` }));
  });
  return {
    log: log.reader,
    results,
    acknowledge() {
      results.write('\n');
    },
    pressSysRq(key) {
      // Only after QEMU's answer is the key sure to come behind the break.
      monitor.once('data', () => input.write(key));
      monitor.write('{"execute":"chardev-send-break","arguments":{"id":"log"}}\n');
    },
    injectNmi() {
      monitor.write('{"execute":"inject-nmi"}\n');
    },
    kill() {
      try {
        if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      } catch {
        child.kill('SIGKILL');
      }
    },
    ended: logEnded.then(() => childEnded),
  };
}

/**
 * Finds QEMU as the shell would.
 *
 * @throws LabError LAB_QEMU_MISSING.
 */
export async function findQemu(name: string): Promise<string> {
  const folders = name.includes('/') ? ['.'] : (plainEnvironment().PATH ?? '').split(delimiter);
  for (const folder of folders) {
    const path = resolve(folder, name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not here; the next folder of the path may have it.
    }
  }
  throw new LabError('LAB_QEMU_MISSING', `there is no program ${name}`);
}

/** A file that holds these bytes and has no name, so that it is gone with its last descriptor. */
export async function namelessFile(bytes: Uint8Array): Promise<FileHandle> {
  const path = join(tmpdir(), `uptide-initramfs-${randomBytes(8).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    await file.writeFile(bytes);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
