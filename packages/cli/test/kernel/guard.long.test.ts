// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a machine goes through, with the guard on the stock kernel: a process that is killed in the middle, code that a
 * kprobe changed, kill switches, a full disk, crash after crash, a journal that is damaged. One disk through all boots.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { GuardedGuest, type GuestBoot, MARKED } from '../support/guarded-guest.ts';

const TRACING = '/sys/kernel/tracing';
const JOURNAL = '/var/lib/uptide/journal';

let guest: GuardedGuest;
const boots: Record<string, GuestBoot> = {};
before(async () => {
  guest = await GuardedGuest.make(['mark', 'crash', 'pipe']);
  boots.first = await guest.boot({
    probed: [
      `echo 'p:held cmdline_proc_show+5' > ${TRACING}/kprobe_events`,
      `echo 1 > ${TRACING}/events/kprobes/held/enable`,
      'guard load /mark.uptide',
      `echo 0 > ${TRACING}/events/kprobes/held/enable; echo > ${TRACING}/kprobe_events`,
    ].join('\n'),
    untouched: `! ${MARKED} && ! ls /sys/module | grep uptide_`,
    trusted: 'guard load /mark.uptide; guard promote 0',
    killed: [
      'mkfifo /tmp/empty; sleep 1000 > /tmp/empty & cat /tmp/empty > /dev/null & reader=$!; sleep 1',
      '/bin/node /guard.mjs load /pipe.uptide & loader=$!',
      'until grep -q 1 /sys/kernel/livepatch/*/transition; do sleep 1; done',
      'kill -KILL $loader; cat /sys/kernel/livepatch/*/transition',
      'ls /run/uptide; kill -KILL $reader',
    ].join('\n'),
    recovered: 'guard boot; guard facts; ls /sys/kernel/livepatch; ls /sys/module | grep uptide_',
    full: [
      'dd if=/dev/zero of=/var/lib/uptide/fill bs=64k; dd if=/dev/zero of=/var/lib/uptide/fill2 bs=512',
      'guard unload; guard load /mark.uptide; rm /var/lib/uptide/fill*; sync; ls /sys/kernel/livepatch',
    ].join('\n'),
    down: 'guard shutdown',
  });
  boots.off = await guest.boot(
    { off: 'guard reapply; guard load /mark.uptide', untouched: `! ${MARKED}`, down: 'guard shutdown' },
    { parameters: ['uptide=off'] },
  );
  boots.crash = await guest.boot({
    early: 'guard reapply',
    crash: 'guard load /crash.uptide; cat /proc/version',
  });
  boots.again = await guest.boot({ early: 'guard reapply', crash: 'echo c > /proc/sysrq-trigger' });
  boots.stopped = await guest.boot({
    early: 'guard reapply; guard load /mark.uptide',
    untouched: `! ${MARKED}`,
    cleared: 'guard clear; guard reapply',
    marked: MARKED,
    damaged: `cd ${JOURNAL}; for f in 0*; do echo x >> $f; done; cd /; guard promote 0; guard facts`,
    anew: `guard clear; ls -d ${JOURNAL}*; guard facts; guard promote 0`,
  });
});
after(() => guest.remove());

const codes = (boot: GuestBoot | undefined, id: string, line = 0): string[] => {
  const { findings, outcome } = boot?.json(id)[line] ?? {};
  return (findings ?? outcome?.findings ?? []).map(({ code }) => code);
};

describe('a machine with the guard', () => {
  it('does not load over code that a kprobe changed', () => {
    assert.deepEqual(codes(boots.first, 'probed'), ['HOST_FUNCTION_PROBED', 'HOST_CODE_DIFFERS']);
    assert.equal(boots.first?.status('untouched'), 0, boots.first?.text('untouched'));
  });
  it('whose loader is killed in the transition finds what became of it', () => {
    const text = boots.first?.text('recovered') ?? '';
    assert.match(boots.first?.text('killed') ?? '', /^1$/m);
    const [, facts] = boots.first?.json('recovered') ?? [];
    assert.equal(facts?.live?.phase, 'probation', text);
    const modules = text.split('\n').filter((line) => line.startsWith('uptide_'));
    assert.equal(modules.length, 2, text);
    assert.equal(modules[0], modules[1], 'the module of the update before is gone');
    assert.equal(facts?.lastTrusted?.title, 'cmdline-mark.patch', text);
  });
  it('whose disk is full does not touch the kernel', () => {
    const [unloaded, loaded] = boots.first?.json('full') ?? [];
    assert.equal(unloaded?.error, 'HOST_JOURNAL_UNWRITABLE', boots.first?.text('full'));
    assert.equal(loaded?.error, 'HOST_JOURNAL_UNWRITABLE', boots.first?.text('full'));
    assert.match(boots.first?.text('full') ?? '', /^uptide_/m);
    assert.equal(boots.first?.result.outcome, 'completed', boots.first?.result.reason);
  });
  it('loads nothing when it was booted with uptide=off', () => {
    assert.deepEqual(codes(boots.off, 'off', 0), ['HOST_SWITCHED_OFF'], boots.off?.text('off'));
    assert.deepEqual(codes(boots.off, 'off', 1), ['HOST_SWITCHED_OFF']);
    assert.equal(boots.off?.status('untouched'), 0);
  });
  it('after a boot without updates and a crash still has what it trusts', () => {
    assert.equal(boots.crash?.json('early')[0]?.outcome?.state, 'live', boots.crash?.text('early'));
    assert.equal(boots.crash?.result.outcome, 'panic');
    assert.equal(boots.again?.json('early')[0]?.outcome?.state, 'live', boots.again?.text('early'));
    assert.equal(boots.again?.result.outcome, 'panic');
  });
  it('stops after two crashes in a row, until it is cleared', () => {
    assert.deepEqual(codes(boots.stopped, 'early', 0), ['HOST_STOPPED'], boots.stopped?.text('early'));
    assert.deepEqual(codes(boots.stopped, 'early', 1), ['HOST_STOPPED']);
    assert.equal(boots.stopped?.status('untouched'), 0);
    assert.equal(boots.stopped?.json('cleared')[1]?.outcome?.state, 'live', boots.stopped?.text('cleared'));
    assert.equal(boots.stopped?.status('marked'), 0);
  });
  it('believes nothing of a journal that is damaged', () => {
    const [promoted, facts] = boots.stopped?.json('damaged') ?? [];
    assert.equal(promoted?.error, 'HOST_JOURNAL_DAMAGED', boots.stopped?.text('damaged'));
    assert.equal(facts?.error, 'HOST_JOURNAL_DAMAGED');
    assert.match(boots.stopped?.text('anew') ?? '', /journal\.damaged-\d+/);
    assert.equal(boots.stopped?.json('anew')[1]?.live?.phase, 'probation', boots.stopped?.text('anew'));
  });
  it('leaves kernels without a complaint that the test did not make', () => {
    for (const [name, { result }] of Object.entries(boots)) {
      assert.doesNotMatch(result.log, /WARNING:|BUG:|Oops/, name);
    }
  });
});
