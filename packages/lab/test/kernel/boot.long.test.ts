// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { boot } from '../../src/index.ts';
import { stockKernel } from '../support/stock-kernel.ts';

/** Longer than the commands take. */
const BUSY_MILLISECONDS = 40_000;

it('loses no results while the host is busy', async () => {
  const { vmlinuz } = await stockKernel();
  const commands = Array.from({ length: 12 }, (_, index) => ({
    id: `command ${index}`,
    script: "head -c 150 /dev/zero | tr '\\0' x\n",
  }));
  const running = boot({ kernel: vmlinuz, commands });
  // Nothing is read from here on until the guest has long been through.
  setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MILLISECONDS), 1000);
  const result = await running;
  assert.equal(result.outcome, 'completed', result.reason);
  assert.deepEqual(
    [...result.results.values()].map(({ stdout }) => stdout.length),
    commands.map(() => 150),
  );
});
