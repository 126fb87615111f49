// SPDX-License-Identifier: GPL-2.0-or-later
import { spawn } from 'node:child_process';
import { UptideError } from './error.ts';

/** How a program is run. There is no shell: the argument vector is passed as it is. */
export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment of the program; by default PATH and HOME of this process and the C locale. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Uint8Array | string;
  readonly signal?: AbortSignal;
  /** Milliseconds after which the program and its children are killed. */
  readonly timeout?: number;
  /** Bytes of standard output that are kept at most; more is an error. */
  readonly maxOutput?: number;
  /** Called with each chunk of standard error as it comes. */
  readonly onStderr?: (text: string) => void;
  /** Accept any exit status and leave the judgement to the caller. */
  readonly anyStatus?: boolean;
  /** The Debian package to name when the program is not there. */
  readonly package?: string;
}

/** What a program left behind. */
export interface RunResult {
  /** Exit status, or 128 + signal number. */
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Output over this is not something that we read whole; callers raise it where they know better. */
const MAX_OUTPUT = 256 * 1024 * 1024;
/** Of standard error the last part is kept: compilers say the cause first, but we show it to people. */
const MAX_STDERR = 1024 * 1024;

/** Groups of programs that are running now; when this process exits, they go first. */
const groups = new Set<number>();
process.on('exit', () => {
  for (const group of groups) killGroup(group);
});

/** Ends all processes of a group; whether there was one. */
function killGroup(group: number): boolean {
  try {
    return process.kill(-group, 'SIGKILL');
  } catch {
    return false;
  }
}

/** The environment that makes programs speak one language and leak nothing of the user's into results. */
export function plainEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: process.env.HOME ?? '/',
    LC_ALL: 'C',
    TZ: 'UTC',
    ...extra,
  };
}

/**
 * Runs a program to its end. The program leads a process group of its own, so that an abort or a
 * timeout ends its children too.
 *
 * @throws UptideError TOOL_MISSING when there is no such program, TOOL_FAILED when it ends with a status
 * other than 0 (unless `anyStatus`), runs over its time or prints too much, INTERRUPTED on abort.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const maxOutput = options.maxOutput ?? MAX_OUTPUT;
  if (options.signal?.aborted === true) throw new UptideError('INTERRUPTED', `${program} was not started`);
  return await new Promise<RunResult>((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: options.cwd,
      env: options.env ?? plainEnvironment(),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const stdout: Buffer[] = [];
    let stdoutLength = 0;
    let stderr = '';
    let failure: UptideError | undefined;

    const kill = (error: UptideError): void => {
      failure ??= error;
      if (child.pid !== undefined && !killGroup(child.pid)) child.kill('SIGKILL');
    };
    const onAbort = (): void => kill(new UptideError('INTERRUPTED', `${program} was ended`));
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(
            () => kill(new UptideError('TOOL_FAILED', `${program} ran longer than ${options.timeout} ms`)),
            options.timeout,
          );
    options.signal?.addEventListener('abort', onAbort, { once: true });

    child.stdout.on('data', (chunk: Buffer) => {
      stdoutLength += chunk.length;
      if (stdoutLength > maxOutput) {
        kill(new UptideError('TOOL_FAILED', `${program} printed more than ${maxOutput} bytes`));
      } else stdout.push(chunk);
    });
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      options.onStderr?.(text);
      stderr = (stderr + text).slice(-MAX_STDERR);
    });
    // A program may end before it has read all its input; its exit status tells what that means.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');

    if (child.pid !== undefined) groups.add(child.pid);
    const settle = (): void => {
      if (child.pid !== undefined) groups.delete(child.pid);
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle();
      reject(
        error.code === 'ENOENT'
          ? new UptideError('TOOL_MISSING', `there is no program ${program}`, {
              cause: error,
              ...(options.package === undefined ? {} : { remedy: `apt-get install ${options.package}` }),
            })
          : new UptideError('TOOL_FAILED', `${program} cannot be started: ${error.message}`, {
              cause: error,
            }),
      );
    });
    child.on('close', (code, signal) => {
      settle();
      const status = code ?? 128 + (signal === 'SIGKILL' ? 9 : signal === 'SIGTERM' ? 15 : 1);
      if (failure !== undefined) reject(failure);
      else if (status !== 0 && options.anyStatus !== true) {
        reject(
          new UptideError(
            'TOOL_FAILED',
            `${program} ended with status ${status}: ${stderr.trim().slice(-4000)}`,
          ),
        );
      } else resolve({ status, stdout: Buffer.concat(stdout), stderr });
    });
  });
}
