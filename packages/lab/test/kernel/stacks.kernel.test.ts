// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QUIET } from '@uptide/base';
import { stacksAtRest } from '../../src/index.ts';
import { stockKernel } from '../support/stock-kernel.ts';
import { withFolder } from '../support/temporary.ts';

describe('a stock kernel at rest', () => {
  it('has its threads where they never leave, and programs where they wait', async () => {
    const kernel = await stockKernel();
    await withFolder(async (cache) => {
      const found = await stacksAtRest({ ...kernel, cache }, { reporter: QUIET });
      const threadsIn = (name: string) => found.find((place) => place.name === name)?.threads;
      const programsIn = (name: string) => found.find((place) => place.name === name)?.programs;
      assert.deepEqual(threadsIn('kthreadd'), ['kthreadd']);
      assert.deepEqual(threadsIn('kswapd'), ['kswapd']);
      assert.deepEqual(threadsIn('kauditd_thread'), ['kauditd']);
      assert.deepEqual(threadsIn('worker_thread'), ['kworker']);
      for (const name of ['schedule', '__schedule']) {
        assert.ok(threadsIn(name)?.includes('ksoftirqd'), name);
        assert.ok(programsIn(name)?.includes('sleep'), name);
      }
      assert.deepEqual([threadsIn('do_wait'), programsIn('do_wait')], [[], ['init', 'sh']]);
      assert.deepEqual(programsIn('inet_csk_accept'), ['nc']);
      // What tasks only pass through: the system call that prints the stacks, and a thread at work.
      for (const name of ['write_sysrq_trigger', 'vfs_write', 'process_one_work', 'wake_up_process']) {
        assert.equal(threadsIn(name), undefined, name);
      }
      assert.deepEqual(await stacksAtRest(kernel, { reporter: QUIET }), found, 'as another boot showed them');
    });
  });
});
