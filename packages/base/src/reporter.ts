// SPDX-License-Identifier: GPL-2.0-or-later

/** Where a long way tells how far it is. The command draws it; steps never print. */
export interface Reporter {
  /** Runs `work` as a named step; the reporter measures and shows it. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Says how far the present step is: `done` of `total` in `unit` (`total` 0: unknown). */
  progress(done: number, total: number, unit: string): void;
  /** One line worth reading although nothing is wrong. */
  note(text: string): void;
}

/** A reporter that shows nothing. */
export const QUIET: Reporter = {
  step: (_name, work) => work(),
  progress: () => {},
  note: () => {},
};
