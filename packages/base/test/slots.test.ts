// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Slots } from '../src/slots.ts';

/** Tasks that note when they start, and end when they are told to. */
function tasks(slots: Slots, count: number) {
  const started: number[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const results = Array.from({ length: count }, (_, number) => {
    const end = Promise.withResolvers<void>();
    ends.push(end);
    return slots.run(async () => {
      started.push(number);
      await end.promise;
      return number;
    });
  });
  return { started, ends, results };
}

describe('slots', () => {
  it('run no more tasks at a time than there are slots, in their order', async () => {
    const { started, ends, results } = tasks(new Slots(2), 4);
    assert.deepEqual(started, [0, 1]);
    ends[1]?.resolve();
    await results[1];
    assert.deepEqual(started, [0, 1, 2]);
    for (const end of ends) end.resolve();
    assert.deepEqual(await Promise.all(results), [0, 1, 2, 3]);
  });

  it('are free again after a task that failed', async () => {
    const slots = new Slots(1);
    const { ends, results } = tasks(slots, 2);
    ends[0]?.reject(new Error('no'));
    await assert.rejects(results[0] ?? Promise.resolve());
    ends[1]?.resolve();
    assert.equal(await results[1], 1);
    assert.equal(await slots.run(async () => 7), 7);
  });

  it('are one or more', () => {
    for (const count of [0, -1, 1.5, Number.NaN]) assert.throws(() => new Slots(count), RangeError);
  });
});
