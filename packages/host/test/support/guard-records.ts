// SPDX-License-Identifier: GPL-2.0-or-later
import type { JournalRecord, KernelName, NamedUpdate } from '../../src/guard/decide/record.ts';

export const KERNEL: KernelName = { release: '6.1.0-50-amd64', buildId: 'c0ffee'.repeat(6) };
const AT = '2026-01-01T00:00:00Z';
const MINUTE = 60_000;

type Of<K extends JournalRecord['kind']> = Extract<JournalRecord, { kind: K }>;

export function named(level: number): NamedUpdate {
  const id = level.toString(16).padStart(64, '0');
  return { id, level, module: `uptide_${level}`, moduleSha256: id, archive: id, title: `level ${level}` };
}

/** Records, each at a minute of its boot. */
export const record = {
  boot: (number: number, changes: Partial<Of<'boot'>> = {}): JournalRecord => ({
    kind: 'boot',
    at: AT,
    uptime: 0,
    boot: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    kernel: KERNEL,
    dumps: [],
    evidence: [],
    ...changes,
  }),
  load: (level: number, minute = 1): JournalRecord => ({
    kind: 'intent',
    at: AT,
    uptime: minute * MINUTE,
    action: 'load',
    update: named(level),
    by: 'agent',
    marks: {},
  }),
  unload: (level: number, minute = 1): JournalRecord => ({
    kind: 'intent',
    at: AT,
    uptime: minute * MINUTE,
    action: 'unload',
    update: named(level),
    by: 'hand',
    marks: {},
  }),
  outcome: (result: Of<'outcome'>['result'], minute = 1): JournalRecord => ({
    kind: 'outcome',
    at: AT,
    uptime: minute * MINUTE,
    result,
  }),
  gone: (): JournalRecord => ({ kind: 'gone', at: AT, uptime: MINUTE }),
  found: (level: number): JournalRecord => ({
    kind: 'found',
    at: AT,
    uptime: MINUTE,
    update: named(level),
    marks: {},
  }),
  complaint: (): JournalRecord => ({ kind: 'complaint', at: AT, uptime: MINUTE, lines: ['BUG: x'] }),
  unwatched: (minute = 1): JournalRecord => ({
    kind: 'unwatched',
    at: AT,
    uptime: minute * MINUTE,
    marks: {},
  }),
  trusted: (): JournalRecord => ({ kind: 'trusted', at: AT, uptime: MINUTE }),
  shutdown: (minute = 1): JournalRecord => ({ kind: 'shutdown', at: AT, uptime: minute * MINUTE }),
  resumed: (): JournalRecord => ({ kind: 'resumed', at: AT, uptime: MINUTE }),
  cleared: (ids?: readonly string[]): JournalRecord => ({
    kind: 'cleared',
    at: AT,
    uptime: MINUTE,
    ...(ids === undefined ? {} : { ids }),
  }),
} as const;
