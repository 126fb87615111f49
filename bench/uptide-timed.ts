// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The command `uptide` with a clock: takes its arguments and prints as JSON when, in milliseconds since the process
 * was started, the command began and ended, and each of its steps.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { COMMANDS, runProgram, type Shell } from '@uptide/cli';

/** When something began and ended. */
export interface Span {
  readonly name: string;
  readonly began: number;
  readonly ended: number;
}

/** What this program prints. */
export interface Timed {
  readonly began: number;
  readonly ended: number;
  /** Steps that are not part of other steps, in the order in which they ended. */
  readonly steps: readonly Span[];
}

const inside = new AsyncLocalStorage<true>();
const steps: Span[] = [];
const shell: Shell = {
  reporter: {
    step: async (name, work) => {
      const isOuter = inside.getStore() === undefined;
      const began = performance.now();
      try {
        return await inside.run(true, work);
      } finally {
        if (isOuter) steps.push({ name, began, ended: performance.now() });
      }
    },
    progress: () => {},
    note: () => {},
  },
  signal: new AbortController().signal,
  print: () => {},
  printJson: () => {},
  isAttended: () => false,
  ask: () => Promise.resolve(undefined),
  confirm: () => Promise.resolve(false),
  secret: async () => undefined,
  act: async (_options, work) => {
    const began = performance.now();
    const ending = await work();
    if (ending !== 'done') throw new Error(`the command ended with ${ending}`);
    const timed: Timed = { began, ended: performance.now(), steps };
    console.log(JSON.stringify(timed));
  },
};
const status = await runProgram(process.argv.slice(2), COMMANDS, shell, {
  out: console.error,
  error: console.error,
});
if (status !== undefined) process.exitCode = status;
