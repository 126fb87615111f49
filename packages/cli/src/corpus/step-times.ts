// SPDX-License-Identifier: GPL-2.0-or-later
import type { Reporter } from '@uptide/base';
import type { StepTime } from './model.ts';

/** Shows nothing and keeps how long each step took. */
export class StepTimes implements Reporter {
  readonly times: StepTime[] = [];
  /** The last count that was told of each unit of counting. */
  readonly counts = new Map<string, number>();

  async step<T>(step: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.times.push({ step, took: Math.round(performance.now() - started) });
    }
  }

  progress(done: number, _total: number, unit: string): void {
    this.counts.set(unit, done);
  }

  note(): void {}
}
