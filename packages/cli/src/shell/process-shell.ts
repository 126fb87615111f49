// SPDX-License-Identifier: GPL-2.0-or-later
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { EXIT } from '@uptide/base';
import { failureToJson, formatFailure, toFailure } from './failure.ts';
import { ProgressReporter } from './progress.ts';
import type { Shell } from './shell.ts';

/** Asks a command to end; the same again does not wait for it. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The shell of a real process: its standard streams, signals and exit status. */
export function processShell(): Shell {
  const controller = new AbortController();
  const reporter = new ProgressReporter({
    write: (text) => process.stderr.write(text),
    columns: () => (process.stderr.isTTY ? process.stderr.columns || 80 : undefined),
    now: () => performance.now(),
  });
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      reporter.note('ending; once more to end at once');
      controller.abort();
    });
  }
  // A reader such as head(1) that has seen enough is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  const print = (text: string): void => {
    reporter.end();
    process.stdout.write(`${text}\n`);
  };
  const printJson = (value: object): void => print(JSON.stringify(value));
  const isAttended = (): boolean => process.stdin.isTTY && process.stderr.isTTY;
  const ask = async (question: string): Promise<string | undefined> => {
    if (!isAttended()) return undefined;
    reporter.end();
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // Ctrl-C reaches the terminal's reader instead of the process.
    terminal.on('SIGINT', () => controller.abort());
    const ended = new Promise<undefined>((settle) => terminal.once('close', () => settle(undefined)));
    try {
      const answer = await Promise.race([terminal.question(question, { signal: controller.signal }), ended]);
      return answer?.trim();
    } finally {
      terminal.close();
    }
  };
  return {
    reporter,
    signal: controller.signal,
    print,
    printJson,
    isAttended,
    ask,
    confirm: async (question) => /^y(?:es)?$/i.test((await ask(`${question} [y/N] `)) ?? ''),
    secret: async (question) => {
      if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
      reporter.end();
      process.stderr.write(question);
      // As a terminal, so that nothing is echoed; what readline would draw goes nowhere.
      const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
      const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
      terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
      try {
        return await terminal.question('', { signal: controller.signal });
      } finally {
        terminal.close();
        process.stderr.write('\n');
      }
    },
    act: async (options, work) => {
      try {
        const ending = await work();
        process.exitCode = typeof ending === 'string' ? EXIT[ending] : ending.status;
      } catch (error) {
        const failure = toFailure(error, controller.signal.aborted);
        reporter.end();
        process.stderr.write(`${formatFailure(failure)}\n`);
        if (options.json === true) printJson(failureToJson(failure));
        process.exitCode = failure.status;
      }
    },
  };
}
