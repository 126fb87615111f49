// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  blockers,
  complaintKey,
  findComplaints,
  linesOf,
  parseKernelLog,
  transitionTime,
} from '../src/prove/kernel-log.ts';

/** The complaints in a log of an update `fix_1`, each as its lines. */
function complaints(log: string): readonly (readonly string[])[] {
  return findComplaints(parseKernelLog(log), 'fix_1').map(({ lines }) => lines);
}

describe('parseKernelLog', () => {
  it('takes off time stamps and callers, and lays each line to its command', () => {
    const log = [
      '[    0.000000] Linux version 6.1',
      '[    2.1] uptide-lab: begin 0',
      '[   12.345678][    T1] with a caller',
      '[    3.0] uptide-lab: end 0',
      '[    3.1][  C1] after the command',
      'no time stamp',
      '',
      '[    3.2] uptide-lab: begin 1',
      '[    3.3]  <TASK>',
    ].join('\n');
    const lines = parseKernelLog(log);
    assert.deepEqual(lines, [
      { text: 'Linux version 6.1', command: undefined, at: 0 },
      { text: 'with a caller', command: 0, at: 12345.678 },
      { text: 'after the command', command: 0, at: 3100 },
      { text: 'no time stamp', command: 0, at: undefined },
      { text: ' <TASK>', command: 1, at: 3300 },
    ]);
    assert.deepEqual(linesOf(lines, 1), [' <TASK>']);
  });
});

describe('findComplaints allows', () => {
  const good = [
    'fix_1: loading out-of-tree module taints kernel.',
    'fix_1: tainting kernel with TAINT_LIVEPATCH',
    'fix_1: module verification failed: signature and/or required key missing - tainting kernel',
    "livepatch: enabling patch 'fix_1'",
    "livepatch: 'fix_1': initializing patching transition",
    "livepatch: 'fix_1': starting patching transition",
    "livepatch: 'fix_1': completing patching transition",
    "livepatch: 'fix_1': patching complete",
    'livepatch: signaling remaining tasks',
    "livepatch: 'fix_1': reversing transition from patching to unpatching",
    "livepatch: applying patch 'fix_1' to loading module 'ext4'",
    "livepatch: reverting patch 'fix_1' on unloading module 'ext4'",
    "livepatch: 'fix_1': starting unpatching transition",
    "livepatch: 'fix_1': unpatching complete",
    'livepatch: klp_try_switch_task: kthreadd:2 is sleeping on function kthreadd',
    'tsc: Refined TSC clocksource calibration: 2599.978 MHz',
    'clocksource: Switched to clocksource tsc',
    "kvm: no hardware support for 'kvm_intel'",
    'random: crng init done',
    'EXT4-fs (loop0): mounted filesystem with ordered data mode. Quota mode: none.',
    'SMP alternatives: switching to SMP code',
  ];
  for (const line of good) it(line, () => assert.deepEqual(complaints(`[    1.0] ${line}`), []));
});

describe('findComplaints finds', () => {
  const bad = [
    'WARNING: CPU: 0 PID: 219 at kernel/livepatch/core.c:1071 klp_enable_patch+0x5/0xe [fix_1]',
    'WARNING: possible recursive locking detected',
    'WARNING: suspicious RCU usage',
    'BUG: kernel NULL pointer dereference, address: 0000000000000008',
    'BUG: scheduling while atomic: cat/123/0x00000002',
    'watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [cat:219]',
    'kernel BUG at mm/slub.c:4000!',
    'Oops: 0002 [#1] PREEMPT SMP NOPTI',
    'general protection fault, probably for non-canonical address 0xdead: 0000 [#1]',
    'invalid opcode: 0000 [#1] PREEMPT SMP NOPTI',
    'int3: 0000 [#1] SMP',
    'Kernel panic - not syncing: Fatal exception',
    'Call Trace:',
    'INFO: task kworker/0:1:12 blocked for more than 120 seconds.',
    'rcu: INFO: rcu_preempt self-detected stall on CPU',
    'Unpatched return thunk in use. This should not happen!',
    'Missing ENDBR: foo+0x0/0x10 [fix_1]',
    'fix_1: Unknown symbol foo (err -2)',
    'fix_1: disagrees about version of symbol module_layout',
    'fix_1: no symbol version for module_layout',
    "fix_1: version magic '6.1.0-49-amd64 SMP' should be '6.1.0-50-amd64 SMP'",
    'fix_1: something that no one has seen before',
    'x86/modules: Skipping invalid relocation target, existing value is nonzero for type 2, loc 00000000, val ffff',
    'overflow in relocation type 11 val 7fff00000000',
    "livepatch: symbol 'foo' not found in symbol table",
    "livepatch: unresolvable ambiguity for symbol 'foo' in object '(null)'",
    "livepatch: symbol position 2 for symbol 'foo' in object 'vmlinux' not found",
    "livepatch: failed to initialize patch 'fix_1' for module 'ext4' (-22)",
    "livepatch: patch 'fix_1' failed for module 'ext4', refusing to load module 'ext4'",
    'livepatch: forcing remaining tasks to the patched state',
    "livepatch: failed to register ftrace handler for function 'foo' (-16)",
    'livepatch: something that no one has seen before',
    'other: loading out-of-tree module taints kernel.',
    'fix_1: module license taints kernel.',
    'Disabling lock debugging due to kernel taint',
    'list_add corruption. prev->next should be next (ffff), but was 0000. (prev=ffff).',
    'refcount_t: underflow; use-after-free.',
    'UBSAN: array-index-out-of-bounds in foo.c:1:2',
    'ftrace failed to modify',
    'Out of memory: Killed process 1 (init)',
  ];
  for (const line of bad) it(line, () => assert.deepEqual(complaints(`[    1.0] ${line}`), [[line]]));
});

describe('findComplaints', () => {
  const report = [
    '------------[ cut here ]------------',
    'WARNING: CPU: 0 PID: 1 at fs/x.c:9 f+0x5/0xe',
    'Call Trace:',
    ' <TASK>',
    ' </TASK>',
    '---[ end trace 0000000000000000 ]---',
  ];

  it('takes a report with its stack for one complaint', () => {
    const found = complaints(['fine', ...report, 'fine again', ...report].join('\n'));
    assert.deepEqual(found, [report, report]);
  });

  it('ends a report where another command begins', () => {
    const log = ['uptide-lab: begin 0', 'BUG: bad', 'more of it', 'uptide-lab: begin 1', 'fine'].join('\n');
    assert.deepEqual(complaints(log), [['BUG: bad', 'more of it']]);
  });

  it('bounds a report that has no end', () => {
    const log = ['BUG: bad', ...Array.from({ length: 500 }, (_, index) => `line ${index}`)].join('\n');
    const [first = []] = complaints(log);
    assert.equal(first.length, 60);
  });

  it('does not take the name of one update for another', () => {
    assert.deepEqual(complaints('fix_12: hello'), []);
  });
});

describe('complaintKey', () => {
  it('is the same for the same cause at another time and address', () => {
    const key = (line: string): string => complaintKey({ lines: ['---[ cut here ]---', line], command: 0 });
    assert.equal(
      key('WARNING: CPU: 0 PID: 1 at a.c:9 f+0x5/0xe ffff888012345678'),
      key('WARNING: CPU: 1 PID: 77 at a.c:9 f+0x5/0xe ffff88809abcdef0'),
    );
    assert.notEqual(key('WARNING: at a.c f+0x5/0xe'), key('WARNING: at b.c g+0x5/0xe'));
  });
});

describe('blockers', () => {
  it('gives the reasons of klp, each once', () => {
    const lines = [
      'livepatch: klp_try_switch_task: kthreadd:2 is sleeping on function kthreadd',
      'livepatch: klp_try_switch_task: kthreadd:2 is sleeping on function kthreadd',
      'livepatch: klp_check_stack: swapper/0:0 has an unreliable stack',
      'livepatch: klp_try_switch_task: cat:9 is running',
      "livepatch: 'fix_1': starting patching transition",
    ];
    assert.deepEqual(blockers(lines), [
      'cat:9 is running',
      'kthreadd:2 is sleeping on function kthreadd',
      'swapper/0:0 has an unreliable stack',
    ]);
  });
});

describe('transitionTime', () => {
  const time = (...log: string[]) => transitionTime(parseKernelLog(log.join('\n')), 'fix_1');
  const [enabling, done] = ["livepatch: enabling patch 'fix_1'", "livepatch: 'fix_1': patching complete"];

  it('is from the first message of the transition to the last', () => {
    assert.equal(time(`[    1.000000] ${enabling}`, '[    1.5] x', `[    2.000250] ${done}`), 1000.25);
    const off = [
      "[    1.0] livepatch: 'fix_1': starting unpatching transition",
      "[    1.1] livepatch: 'fix_1': unpatching complete",
    ];
    assert.equal(time(...off), 100);
  });
  it('is not known when a message or its time is missing, or time runs backward', () => {
    assert.equal(time(`[    1.0] ${enabling}`), undefined);
    assert.equal(time(`[    1.0] ${done}`), undefined);
    assert.equal(time(enabling, `[    1.0] ${done}`), undefined);
    assert.equal(time(`[    2.0] ${enabling}`, `[    1.0] ${done}`), undefined);
    assert.equal(time("[    1.0] livepatch: enabling patch 'fix_2'", `[    2.0] ${done}`), undefined);
  });
});
