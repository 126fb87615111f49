// SPDX-License-Identifier: GPL-2.0-or-later
/* What counts as a complaint of the kernel, and what the guard knows when the log has lost messages. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { promote } from '@uptide/host';
import { complaintsOf, complaintsOfDump, readMessages } from '../src/guard/decide/messages.ts';
import type { LiveState, Marks } from '../src/guard/decide/record.ts';
import { judgeProbation, type Watch } from '../src/guard/decide/watch.ts';
import { named } from './support/guard-records.ts';
import { GuardedMachine } from './support/guarded-machine.ts';

const HOUR = 3_600_000;

describe('the log of the kernel', () => {
  it('is read with its numbers, without dictionaries', () => {
    const text =
      '6,339,5140900,-;NET: Registered\n SUBSYSTEM=x\n DEVICE=y\n4,340,5,c,caller=T1;a;b\nrubbish\n';
    assert.deepEqual(readMessages(text), [
      { sequence: 339, text: 'NET: Registered' },
      { sequence: 340, text: 'a;b' },
    ]);
  });
  it('is not believed where a program wrote it', () => {
    const text =
      '12,1,1,-;BUG: unable to handle page fault\n4,2,1,-;BUG: soft lockup - CPU#0 stuck for 22s!\n';
    assert.deepEqual(complaintsOf(readMessages(text)), ['BUG: soft lockup - CPU#0 stuck for 22s!']);
  });

  const cases: [string, boolean][] = [
    ['WARNING: CPU: 0 PID: 1 at kernel/x.c:1 f+0x1/0x2 [mod]', true],
    ['BUG: kernel NULL pointer dereference, address: 0000000000000008', true],
    ['watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [cat:1]', true],
    ['INFO: task cat:1 blocked for more than 120 seconds.', true],
    ['rcu: INFO: rcu_preempt self-detected stall on CPU', true],
    ['general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP', true],
    ['list_add corruption. prev->next should be next', true],
    ['kernel BUG at mm/slub.c:435!', true],
    ['traps: chrome[123] general protection fault ip:1 sp:2 error:0 in libc.so', false],
    ['traps: test[7] trap invalid opcode ip:1 sp:2 error:0', false],
    ['cat[55]: segfault at 0 ip 1 sp 2 error 4 in cat', false],
    ['Out of memory: Killed process 1 (stress)', false],
    ['nvidia: module verification failed: signature and/or required key missing - tainting kernel', false],
    ["livepatch: 'uptide_1': starting patching transition", false],
    ['EXT4-fs (vda): recovery complete', false],
    ['Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible', false],
    ['Call Trace:', false],
    ['------------[ cut here ]------------', false],
  ];
  for (const [text, complaint] of cases) {
    it(`${complaint ? 'complains' : 'does not complain'} with ${JSON.stringify(text)}`, () => {
      assert.equal(complaintsOf([{ sequence: 0, text }]).length, complaint ? 1 : 0);
    });
  }
  it('loses addresses and length where it is kept', () => {
    const [line] = complaintsOf([{ sequence: 0, text: `BUG: at 0xffffffff81000000 ${'x'.repeat(1000)}` }]);
    assert.match(line ?? '', /^BUG: at # x{200}/);
    assert.ok((line?.length ?? 0) <= 300);
    assert.equal(complaintsOf(Array(50).fill({ sequence: 0, text: 'BUG: ' })).length, 20);
  });
  it('is read out of a crash dump', () => {
    const dump =
      'Panic#1 Part1\n<6>[    1.000000] fine\n<0>[   12.5][    T1] Kernel panic - not syncing: x\n';
    assert.deepEqual(complaintsOfDump(dump), ['Kernel panic - not syncing: x']);
  });
});

describe('a look at an update on probation', () => {
  const live = (marks: Marks): LiveState => ({
    update: named(1),
    phase: 'probation',
    at: '2026-01-01T00:00:00Z',
    uptime: HOUR,
    watchedSince: HOUR,
    marks,
  });
  const watch = (changes: Partial<Watch>): Watch => ({ marks: {}, messages: [], ...changes });
  const messages = (first: number, last: number, text = 'x'): Watch['messages'] =>
    Array.from({ length: last - first + 1 }, (_, at) => ({ sequence: first + at, text }));
  const judge = (before: Marks, now: Partial<Watch>, hours = 2): string =>
    judgeProbation(live(before), watch(now), hours * HOUR, 24 * HOUR).kind;

  const complaint = [{ sequence: 9, text: 'BUG: old' }, ...messages(10, 12)];
  const cases: [string, Marks, Partial<Watch>, number, string][] = [
    ['waits', { nextMessage: 10 }, { marks: { nextMessage: 13 }, messages: messages(5, 12) }, 2, 'wait'],
    [
      'trusts it after its time',
      { nextMessage: 10 },
      { marks: { nextMessage: 13 }, messages: messages(5, 12) },
      25,
      'trusted',
    ],
    [
      'passes over what was said before',
      { nextMessage: 10 },
      { marks: { nextMessage: 13 }, messages: complaint },
      2,
      'wait',
    ],
    [
      'hears what was said since',
      { nextMessage: 9 },
      { marks: { nextMessage: 13 }, messages: complaint },
      2,
      'complaint',
    ],
    [
      'hears it although its time is over',
      { nextMessage: 9 },
      { marks: { nextMessage: 13 }, messages: complaint },
      30,
      'complaint',
    ],
    [
      'begins anew when messages were lost',
      { nextMessage: 10 },
      { marks: { nextMessage: 99 }, messages: messages(50, 98) },
      25,
      'unwatched',
    ],
    [
      'knows what it saw before they were lost',
      { nextMessage: 10 },
      { marks: { nextMessage: 99 }, messages: messages(50, 98), seenUpTo: 50 },
      25,
      'trusted',
    ],
    [
      'begins anew when some were lost between two looks',
      { nextMessage: 10 },
      { marks: { nextMessage: 99 }, messages: messages(50, 98), seenUpTo: 49 },
      25,
      'unwatched',
    ],
    ['begins anew without a log', { nextMessage: 10 }, {}, 25, 'unwatched'],
    [
      'needs no whole log where the kernel counts warnings',
      { warnings: 3, oopses: 0, nextMessage: 10 },
      { marks: { warnings: 3, oopses: 0, nextMessage: 99 }, messages: messages(50, 98) },
      25,
      'trusted',
    ],
    ['sees a warning counted', { warnings: 3 }, { marks: { warnings: 4 } }, 2, 'complaint'],
    ['sees an oops counted', { oopses: 0 }, { marks: { oopses: 1 } }, 2, 'complaint'],
    ['sees a hung task counted', { hungTasks: 0 }, { marks: { hungTasks: 1 } }, 2, 'complaint'],
    ['sees a new taint by a warning', { taint: 0x1001 }, { marks: { taint: 0x1201 } }, 2, 'complaint'],
    ['sees a new taint by a lockup', { taint: 0 }, { marks: { taint: 1 << 14 } }, 2, 'complaint'],
    [
      'passes over a taint that was there, and those of modules',
      { taint: 0x200, warnings: 0 },
      { marks: { taint: 0xb200, warnings: 0 } },
      2,
      'wait',
    ],
  ];
  for (const [what, before, now, hours, kind] of cases) {
    it(what, () => assert.equal(judge(before, now, hours), kind));
  }

  it('on a machine whose log runs over begins the probation anew each time', async () => {
    const guarded = new GuardedMachine();
    await guarded.load(1);
    guarded.at(25);
    guarded.log(['x'], 1000);
    assert.equal((await promote(guarded.machine, guarded.journal)).state, 'probation');
    guarded.at(48);
    assert.equal((await promote(guarded.machine, guarded.journal)).state, 'probation');
    guarded.at(50);
    assert.equal((await promote(guarded.machine, guarded.journal)).state, 'trusted');
  });
  it('does not trust by a shutdown what it lost sight of', async () => {
    const guarded = new GuardedMachine();
    guarded.machine.drop('dev/kmsg');
    await guarded.load(1);
    guarded.at(40);
    assert.equal((await promote(guarded.machine, guarded.journal)).state, 'probation');
  });
});
