// SPDX-License-Identifier: GPL-2.0-or-later

// Windows in which the agent may load updates on its own: `Mon-Fri 02:00-05:00`, `Sat,Sun 00:00-24:00`,
// `daily 22:00-04:00` (which ends on the next day). They are meant in the time of a clock on the wall, and walls
// change their clocks twice a year. So no window is ever computed as a moment: a moment is turned into the day and
// the minute that the wall shows, and looked up. Where the wall skips an hour, a window in it does not open that
// day; where it repeats one, the window is open twice as long. The next opening is found by walking minute by
// minute over quarters of an hour, which is where every time zone of today changes.

/** A window; days are those on which it opens, Monday 0, and minutes are counted from midnight. */
export interface Window {
  readonly days: readonly number[];
  readonly from: number;
  /** Up to 2,880, when it ends on the next day. */
  readonly until: number;
}

const DAYS: readonly string[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const DAY_MINUTES = 24 * 60;
const MINUTE = 60_000;
/** A window opens once a week at least, and twice where a change of clocks took one away. */
const SEARCH_DAYS = 15;

/** Reads a window; undefined when it is none. */
export function readWindow(text: string): Window | undefined {
  const [, days, from, until] = /^(\S+) (\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? [];
  if (days === undefined || from === undefined || until === undefined) return undefined;
  const start = readMinute(from);
  const end = readMinute(until);
  const list = days === 'daily' ? DAYS.map((_, day) => day) : readDays(days);
  if (start === undefined || end === undefined || list === undefined || start === DAY_MINUTES)
    return undefined;
  if (start === end) return undefined;
  return { days: list, from: start, until: end > start ? end : end + DAY_MINUTES };
}

/** Whether a time zone of that name is known. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Whether a moment lies in one of the windows; always, when there is none. */
export function isOpen(windows: readonly Window[], timeZone: string, now: number): boolean {
  if (windows.length === 0) return true;
  const at = wallClock(timeZone, now);
  return windows.some((window) => contains(window, at));
}

/** The next moment at which a window is open, to the minute; undefined when that is not within two weeks. */
export function nextOpening(windows: readonly Window[], timeZone: string, now: number): number | undefined {
  if (isOpen(windows, timeZone, now)) return now;
  const first = Math.ceil(now / MINUTE) * MINUTE;
  // The wall runs evenly within a quarter of an hour of UTC: one look at the clock serves all of its minutes.
  const quarter = 15 * MINUTE;
  for (
    let start = Math.floor(first / quarter) * quarter;
    start < now + SEARCH_DAYS * DAY_MINUTES * MINUTE;
  ) {
    const { day, minute } = wallClock(timeZone, start);
    for (let at = Math.max(start, first); at < start + quarter; at += MINUTE) {
      const later = minute + (at - start) / MINUTE;
      const wall = { day: (day + Math.floor(later / DAY_MINUTES)) % 7, minute: later % DAY_MINUTES };
      if (windows.some((window) => contains(window, wall))) return at;
    }
    start += quarter;
  }
  return undefined;
}

interface WallClock {
  readonly day: number;
  readonly minute: number;
}

function contains({ days, from, until }: Window, { day, minute }: WallClock): boolean {
  const fromYesterday = minute + DAY_MINUTES;
  return (
    (days.includes(day) && minute >= from && minute < until) ||
    (days.includes((day + 6) % 7) && fromYesterday >= from && fromYesterday < until)
  );
}

function wallClock(timeZone: string, moment: number): WallClock {
  const parts = formatter(timeZone).formatToParts(moment);
  const value = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return {
    day: DAYS.indexOf(value('weekday')),
    minute: Number(value('hour')) * 60 + Number(value('minute')),
  };
}

function formatter(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
}

/** Minutes since midnight, up to 24:00. */
function readMinute(text: string): number | undefined {
  const hour = Number(text.slice(0, 2));
  const minute = Number(text.slice(3));
  const value = hour * 60 + minute;
  return minute < 60 && value <= DAY_MINUTES ? value : undefined;
}

/** `Mon`, `Mon-Fri`, `Sat,Sun`, `Fri-Mon`. */
function readDays(text: string): number[] | undefined {
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first, last = first, more] = part.split('-').map((name) => DAYS.indexOf(name));
    if (first === undefined || last === undefined || more !== undefined || first < 0 || last < 0) {
      return undefined;
    }
    for (let step = 0; step <= (last - first + 7) % 7; step += 1) days.add((first + step) % 7);
  }
  return [...days].sort((a, b) => a - b);
}
