// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isOpen, nextOpening, readWindow, type Window } from '../src/policy/window.ts';

function windowOf(text: string): Window {
  const window = readWindow(text);
  assert.ok(window);
  return window;
}

describe('windows', () => {
  const at = (text: string): number => Date.parse(text);
  it('are open from their first minute to before their last', () => {
    const night = [windowOf('Mon-Fri 02:00-05:00')];
    assert.equal(isOpen(night, 'UTC', at('2026-06-01T01:59:59Z')), false);
    assert.equal(isOpen(night, 'UTC', at('2026-06-01T02:00:00Z')), true);
    assert.equal(isOpen(night, 'UTC', at('2026-06-01T04:59:59Z')), true);
    assert.equal(isOpen(night, 'UTC', at('2026-06-01T05:00:00Z')), false);
    assert.equal(isOpen(night, 'UTC', at('2026-06-06T03:00:00Z')), false);
  });
  it('reach into the next day', () => {
    const friday = [windowOf('Fri 22:00-04:00')];
    assert.equal(isOpen(friday, 'UTC', at('2026-06-06T03:59:00Z')), true);
    assert.equal(isOpen(friday, 'UTC', at('2026-06-05T03:59:00Z')), false);
    const sunday = [windowOf('Sun 22:00-04:00')];
    assert.equal(isOpen(sunday, 'UTC', at('2026-06-08T03:00:00Z')), true);
  });
  it('mean the clock on the wall, summer and winter', () => {
    const night = [windowOf('daily 02:00-03:00')];
    assert.equal(isOpen(night, 'Europe/Berlin', at('2026-01-15T01:30:00Z')), true);
    assert.equal(isOpen(night, 'Europe/Berlin', at('2026-07-15T01:30:00Z')), false);
    assert.equal(isOpen(night, 'Europe/Berlin', at('2026-07-15T00:30:00Z')), true);
  });
  it('open a day later where the wall skips their hour', () => {
    // In Berlin, 2026-03-29 goes from 02:00 to 03:00 at once.
    const night = [windowOf('daily 02:00-03:00')];
    const next = nextOpening(night, 'Europe/Berlin', at('2026-03-28T12:00:00Z'));
    assert.equal(next, at('2026-03-30T00:00:00Z'));
  });
  it('find their next opening to the minute', () => {
    const monday = [windowOf('Mon 02:07-02:08')];
    assert.equal(nextOpening(monday, 'UTC', at('2026-06-01T02:08:00Z')), at('2026-06-08T02:07:00Z'));
    assert.equal(nextOpening(monday, 'UTC', at('2026-06-01T02:06:30.500Z')), at('2026-06-01T02:07:00Z'));
  });
  it('are open whenever the next opening says so, and not before', () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    const clock = (value: number): string =>
      `${String(Math.floor(value / 60)).padStart(2, '0')}:${String(value % 60).padStart(2, '0')}`;
    const zone = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'Asia/Kathmandu',
      'America/St_Johns',
      'Pacific/Apia',
    );
    const moment = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') });
    fc.assert(
      fc.property(
        minute,
        minute,
        fc.constantFrom('Mon', 'Sat,Sun', 'daily'),
        zone,
        moment,
        (a, b, days, timeZone, now) => {
          fc.pre(a !== b);
          const windows = [windowOf(`${days} ${clock(a)}-${clock(b)}`)];
          const next = nextOpening(windows, timeZone, now);
          assert.ok(next !== undefined && next >= now);
          assert.equal(isOpen(windows, timeZone, next), true);
          const before = now + Math.floor((next - now) / 2);
          if (before < next) assert.equal(isOpen(windows, timeZone, before), false);
        },
      ),
      { numRuns: 60 },
    );
  });
});
