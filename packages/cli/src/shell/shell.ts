// SPDX-License-Identifier: GPL-2.0-or-later
import type { ExitName, Reporter } from '@uptide/base';

/** How a command ended: by its name, or with a status that the protocol of another program gives. */
export type Ending = ExitName | { readonly status: number };

/**
 * All that a command has of the world outside: results go to standard output, everything else to standard
 * error through the reporter, and it ends when the signal says so.
 */
export interface Shell {
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Prints a result for people. */
  readonly print: (text: string) => void;
  /** Prints a result for programs: one JSON value, alone on standard output. */
  readonly printJson: (value: object) => void;
  /** Asks a question that yes or no answers; the answer is no where nobody sits at a terminal. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** Whether somebody sits at a terminal, who can be asked. */
  readonly isAttended: () => boolean;
  /** Asks for a line of text; undefined where nobody sits at a terminal, or when the input ends. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Asks for a text that is not shown; undefined where nobody sits at a terminal. */
  readonly secret: (question: string) => Promise<string | undefined>;
  /**
   * Runs a command's work and keeps how it ended. Errors are printed, and with `json` also told on standard
   * output as `{"schema":1,"error":{...}}`.
   */
  readonly act: (options: { readonly json?: true | undefined }, work: () => Promise<Ending>) => Promise<void>;
}
