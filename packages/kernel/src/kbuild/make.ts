// SPDX-License-Identifier: GPL-2.0-or-later
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { type RunOptions, type RunResult, run, UptideError } from '@uptide/base';
import { KernelError } from '../error.ts';

/** How Kbuild is called for one kernel. */
export interface KbuildCall {
  /** The source tree. */
  readonly tree: string;
  readonly release: string;
  /** The compiler's command. */
  readonly compiler: string;
  readonly signal?: AbortSignal;
}

/** Packages that hold what the build of a kernel runs on the machine. */
const BUILD_PACKAGES = 'make gcc flex bison bc libelf-dev libssl-dev dwarves kmod cpio rsync python3';

/** Runs make in the tree. @throws KernelError KBUILD_FAILED with the words of make. */
export async function make(
  call: KbuildCall,
  args: readonly string[],
  options: Pick<RunOptions, 'anyStatus'> = {},
): Promise<RunResult> {
  try {
    return await run('make', [...variables(call), `--jobs=${availableParallelism()}`, ...args], {
      cwd: call.tree,
      env: environment(),
      package: 'make',
      ...options,
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  } catch (cause) {
    throw failed(call, cause);
  }
}

/**
 * Lets make say what it would do and hands over each line; nothing is made.
 * make ends with an error, since vmlinux.a is not there to be linked; the reader of the lines judges
 * whether they are complete.
 */
export async function makeDryRun(call: KbuildCall, onLine: (line: string) => void): Promise<void> {
  // One job only: two write into each other's lines (seen with make 4.3, also with --output-sync, which a
  // dry run does not heed), and units would be lost. 19 s instead of 10.
  const args = ['--jobs=1', '--dry-run', '--keep-going', 'vmlinux', 'modules'];
  const child = spawn('make', [...variables(call), ...args], {
    cwd: call.tree,
    env: environment(),
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const end = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      child.kill('SIGKILL');
    }
  };
  call.signal?.addEventListener('abort', end, { once: true });
  const closed = new Promise<void>((resolve, reject) => {
    child.once('close', () => resolve());
    child.once('error', reject);
  });
  // The error is awaited below; until then it must not count as unhandled.
  closed.catch(() => {});
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
      onLine(line);
    }
    await closed;
  } finally {
    end();
    call.signal?.removeEventListener('abort', end);
  }
  if (call.signal?.aborted === true) throw new UptideError('INTERRUPTED', 'make was ended');
}

/**
 * `CC` has to be given: the default is `gcc`, and the configuration's CONFIG_CC_VERSION_TEXT would change
 * to it. `KERNELRELEASE` goes into UTS_RELEASE and vermagic; the source package calls itself otherwise.
 */
function variables(call: KbuildCall): string[] {
  // Kconfig asks for a Rust compiler and writes its version down; the distribution's build had none in reach.
  return [`CC=${call.compiler}`, `KERNELRELEASE=${call.release}`, 'RUSTC=false', 'BINDGEN=false'];
}

/** Nothing of the machine and the hour gets into include/generated/compile.h and its like. */
function environment(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: process.env.HOME ?? '/',
    LC_ALL: 'C',
    TZ: 'UTC',
    ARCH: 'x86_64',
    KBUILD_BUILD_USER: 'uptide',
    KBUILD_BUILD_HOST: 'uptide',
    KBUILD_BUILD_TIMESTAMP: 'Thu Jan  1 00:00:00 UTC 1970',
  };
}

function failed(call: KbuildCall, cause: unknown): unknown {
  if (!(cause instanceof UptideError) || cause.code !== 'TOOL_FAILED') return cause;
  return new KernelError('KBUILD_FAILED', cause.message, {
    cause,
    place: { kernel: call.release },
    remedy: `Read the words of make. Most often a package is missing: apt-get install ${BUILD_PACKAGES}`,
  });
}
