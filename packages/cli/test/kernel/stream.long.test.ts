// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A stream from end to end: levels that are built and published with the maker's commands, and a machine with the
 * stock kernel and the agent, as it is packed for hosts, which follows it through boots and a crash.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { GuardedGuest, type GuestBoot } from '../support/guarded-guest.ts';
import { guestStream, LEVEL } from '../support/guest-stream.ts';

const HTTPD = 'httpd -p 127.0.0.1:8080 -h /stream';
const JOURNAL = '/var/lib/uptide/journal';

let guest: GuardedGuest;
const boots: Record<string, GuestBoot> = {};
before(async () => {
  guest = await GuardedGuest.make([], guestStream);
  boots.first = await guest.boot({
    subscribe: 'uptide subscribe /stream --root /root.json --json',
    one: `uptide upgrade --to 1 -y --json && ${LEVEL.one} && ! ${LEVEL.two}`,
    three: `uptide upgrade --to 3 -y --json && ${LEVEL.one} && ${LEVEL.two} && ${LEVEL.three}`,
    back: `uptide rollback -y --json && ${LEVEL.two} && ! ${LEVEL.three}`,
    trusted: 'guard promote 0',
    status: 'uptide status --json; uptide uname',
    down: 'uptide agent shutdown',
  });
  boots.crash = await guest.boot({
    early: `uptide agent boot --json && ${LEVEL.two} && ! ${LEVEL.three}`,
    loopback: `${HTTPD}; uptide subscribe http://127.0.0.1:8080 --root /root.json --replace --json`,
    four: `${HTTPD}; uptide upgrade --to 4 -y --json && cat /proc/version`,
  });
  boots.next = await guest.boot({
    early: `uptide agent boot --json && ${LEVEL.two}`,
    round: `${HTTPD}; uptide agent run --json`,
    status: 'uptide status --json; uptide log',
    four: `${HTTPD}; uptide upgrade --to 4 -y --json`,
    killed: [
      HTTPD,
      `before=$(ls ${JOURNAL} | wc -l)`,
      '/bin/node /uptide.mjs upgrade -y --json & agent=$!',
      `while [ $(ls ${JOURNAL} | grep -c '^0') -le $before ] && kill -0 $agent; do :; done`,
      'kill -KILL $agent; ls /sys/kernel/livepatch /run/uptide',
    ].join('\n'),
    recovered: `${HTTPD}; sleep 3; uptide agent run --json; guard facts`,
    up: `${HTTPD}; uptide upgrade -y --json; ${LEVEL.three} && cat /proc/version`,
    down: 'uptide agent shutdown',
  });
  boots.off = await guest.boot(
    {
      early: 'uptide agent boot --json',
      upgrade: `${HTTPD}; uptide upgrade -y --json`,
      untouched: `! ${LEVEL.one}`,
    },
    { parameters: ['uptide=no-apply'] },
  );
});
after(() => guest.remove());

const ended = (boot: GuestBoot | undefined, id: string): void =>
  assert.equal(boot?.status(id), 0, `${id}: ${boot?.text(id)}`);

describe('a machine that follows a stream', () => {
  it('subscribes to a folder and goes to a level', () => {
    ended(boots.first, 'subscribe');
    assert.equal(boots.first?.json('subscribe')[0]?.levels, 4);
    ended(boots.first, 'one');
  });
  it('goes two levels up at once', () => ended(boots.first, 'three'));
  it('goes back one', () => ended(boots.first, 'back'));
  it('says what it has', () => {
    const [status] = boots.first?.json('status') ?? [];
    assert.equal(status?.live?.level, 2, boots.first?.text('status'));
    assert.equal(status?.live?.trust, 'trusted');
    ended(boots.first, 'down');
    assert.equal(boots.first?.result.outcome, 'completed', boots.first?.result.reason);
  });
  it('has the trusted level again early in the next boot, without a network', () => {
    ended(boots.crash, 'early');
    assert.equal(boots.crash?.json('early')[0]?.outcome?.state, 'live');
  });
  it('follows the same stream over loopback to a level that brings it down', () => {
    ended(boots.crash, 'loopback');
    assert.equal(boots.crash?.result.outcome, 'panic', boots.crash?.text('four'));
  });
  it('comes up with the level before, and says why', () => {
    ended(boots.next, 'early');
    ended(boots.next, 'round');
    const [status] = boots.next?.json('status') ?? [];
    const text = boots.next?.text('status');
    assert.equal(status?.live?.level, 2, text);
    assert.equal(status?.uncleanBoots, 1, text);
    assert.deepEqual(
      status?.strikes?.map(({ level, quarantined }) => [level, quarantined]),
      [[4, true]],
      text,
    );
    assert.match(JSON.stringify(status), /level 4 brought the machine down/, text);
  });
  it('does not load that level again', () => {
    assert.notEqual(boots.next?.status('four'), 0);
    assert.match(boots.next?.text('four') ?? '', /quarantin|fail/i);
  });
  it('gets over an agent that is killed right before the kernel is touched', () => {
    ended(boots.next, 'recovered');
    const facts = boots.next?.json('recovered').at(-1);
    assert.ok([2, 3].includes(facts?.live?.update?.level ?? 0), boots.next?.text('recovered'));
  });
  it('goes to the newest level that did not bring it down', () => {
    ended(boots.next, 'up');
    assert.equal(boots.next?.result.outcome, 'completed', boots.next?.result.reason);
  });
  it('loads nothing with a kill switch on the command line', () => {
    ended(boots.off, 'untouched');
    ended(boots.off, 'early');
    assert.match(boots.off?.text('early') ?? '', /HOST_SWITCHED_OFF/);
    assert.notEqual(boots.off?.status('upgrade'), undefined);
  });
});
