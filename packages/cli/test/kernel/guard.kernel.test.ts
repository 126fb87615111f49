// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guard on the stock kernel, through a crash: the disk is ext4 and loses what was not synced, the panic is one,
 * and the store of crash dumps is the firmware's.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { GuardedGuest, type GuestBoot, MARKED } from '../support/guarded-guest.ts';

let guest: GuardedGuest;
let crashed: GuestBoot;
let next: GuestBoot;
before(async () => {
  guest = await GuardedGuest.make(['mark', 'crash']);
  crashed = await guest.boot({
    first: 'guard load /mark.uptide; guard promote 0',
    second: 'guard load /crash.uptide; cat /proc/version',
  });
  next = await guest.boot({
    boot: 'guard boot; guard reapply',
    marked: MARKED,
    again: 'guard load /crash.uptide; cat /proc/version',
    facts: 'guard facts; guard shutdown',
  });
});
after(() => guest.remove());

describe('a host whose second update brings it down', () => {
  it('goes down', () => {
    assert.equal(crashed.result.outcome, 'panic', crashed.text('first') + crashed.text('second'));
    const [loaded, promoted] = crashed.json('first');
    assert.equal(loaded?.state, 'live');
    assert.equal(promoted?.state, 'trusted');
  });
  it('loads the first one early in the next boot, and quarantines the second', () => {
    const [judged, reapplied] = next.json('boot');
    assert.equal(judged?.previous, 'unclean', next.text('boot'));
    assert.equal(judged?.quarantined?.length, 1);
    assert.match(judged?.evidence?.join('\n') ?? '', /level 2 brought the machine down/);
    assert.equal(reapplied?.outcome?.state, 'live', next.text('boot'));
    assert.equal(next.status('marked'), 0);
  });
  it('does not load the second again', () => {
    const [again] = next.json('again');
    assert.equal(again?.findings?.[0]?.code, 'HOST_QUARANTINED', next.text('again'));
    assert.equal(next.status('again'), 0);
    assert.equal(next.result.outcome, 'completed', next.result.reason);
  });
});
