// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Shows steps and how far they are, on standard error.
 *
 * Off a terminal: one line when a step ends, with its time, and a line for a long step from time to time.
 * On a terminal: the same lines of finished steps, and below them one live line for the step that spoke
 * last. Steps may nest and run beside each other; which step a `progress` belongs to is known from the
 * asynchronous context that calls it, so steps need no handle to pass around.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Reporter } from '@uptide/base';
import { formatDuration, formatProgress, printable } from './lines.ts';

/** Where lines go, and what tells time: replaced in tests. */
export interface Screen {
  readonly write: (text: string) => void;
  /** Columns of the terminal; undefined off a terminal. */
  readonly columns: () => number | undefined;
  /** Milliseconds. */
  readonly now: () => number;
}

interface Step {
  readonly name: string;
  readonly depth: number;
  readonly started: number;
  /** When the last line about it was printed off a terminal. */
  lineAt: number;
  progress: string;
}

/** A live line is drawn this often at most: more is flicker. */
const DRAW_MILLISECONDS = 80;
/** Off a terminal, a long step shows this often that it is alive. */
const LINE_MILLISECONDS = 10_000;
const CLEAR_LINE = '\r\x1b[K';

export class ProgressReporter implements Reporter {
  readonly #screen: Screen;
  readonly #present = new AsyncLocalStorage<Step>();
  #live = false;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const started = this.#screen.now();
    const depth = (this.#present.getStore()?.depth ?? -1) + 1;
    const step: Step = { name, depth, started, lineAt: started, progress: '' };
    this.#draw(step, true);
    try {
      const result = await this.#present.run(step, work);
      // The last count may be short of the whole, and says nothing that the end of the step does not say.
      step.progress = '';
      this.#line(step, '');
      return result;
    } catch (error) {
      this.#line(step, ', not done');
      throw error;
    }
  }

  progress(done: number, total: number, unit: string): void {
    const step = this.#present.getStore();
    if (step === undefined) return;
    step.progress = formatProgress(done, total, unit);
    if (this.#screen.columns() !== undefined) {
      this.#draw(step, false);
    } else if (this.#screen.now() - step.lineAt >= LINE_MILLISECONDS) {
      step.lineAt = this.#screen.now();
      this.#line(step, ' so far');
    }
  }

  note(text: string): void {
    this.#clear();
    this.#screen.write(`${indent(this.#present.getStore())}${printable(text)}\n`);
  }

  /** Takes the live line away, before others write to the terminal. */
  end(): void {
    this.#clear();
  }

  #line(step: Step, ending: string): void {
    this.#clear();
    this.#screen.write(`${describe(step, this.#screen.now())}${ending}\n`);
  }

  #draw(step: Step, atOnce: boolean): void {
    const columns = this.#screen.columns();
    if (columns === undefined) return;
    if (!atOnce && this.#screen.now() - this.#drawnAt < DRAW_MILLISECONDS) return;
    this.#drawnAt = this.#screen.now();
    // The last column stays free: a full line wraps, and could not be taken back.
    this.#screen.write(`${CLEAR_LINE}${describe(step, this.#screen.now()).slice(0, columns - 1)}`);
    this.#live = true;
  }

  #clear(): void {
    if (this.#live) this.#screen.write(CLEAR_LINE);
    this.#live = false;
  }
}

function describe(step: Step, now: number): string {
  const progress = step.progress === '' ? '' : `, ${step.progress}`;
  return `${indent(step)}${printable(step.name)}${progress}: ${formatDuration(now - step.started)}`;
}

function indent(step: Step | undefined): string {
  return '  '.repeat(step?.depth ?? 0);
}
