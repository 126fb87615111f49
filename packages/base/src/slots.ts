// SPDX-License-Identifier: GPL-2.0-or-later

/** A number of places in which tasks run; a task that finds none free waits for its turn. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param count tasks that may run at a time, 1 or more */
  constructor(count: number) {
    if (!Number.isSafeInteger(count) || count < 1) throw new RangeError(`${count} slots`);
    this.#free = count;
  }

  /** Runs a task as soon as a slot is free; tasks start in the order in which they came. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // The slot is handed on, so that no late-comer takes it from who waits.
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
