// SPDX-License-Identifier: GPL-2.0-or-later
/** Profiles of waves: how many of a hundred hosts may have a level how long after its start. */
import { StreamError } from '../error.ts';
import type { LevelRollout } from '../formats/rollout-file.ts';
import { momentOf } from './moments.ts';

const HOUR = 3_600_000;

/** Hours after the start, and the percentage from then on. */
const PROFILES = {
  /** A fault that shows under load within a day has reached a tenth of the hosts. */
  normal: [
    [0, 1],
    [24, 10],
    [72, 50],
    [120, 100],
  ],
  fast: [
    [0, 5],
    [6, 25],
    [24, 100],
  ],
  /** For a fault that is being used against people. */
  emergency: [
    [0, 20],
    [2, 100],
  ],
  all: [[0, 100]],
} as const satisfies Record<string, readonly (readonly [number, number])[]>;

type Profile = keyof typeof PROFILES;

/** What waves are called that were written out. */
export const CUSTOM_PROFILE = 'custom';
export const DEFAULT_PROFILE: Profile = 'normal';
/** The names of the profiles, for help. */
export const PROFILE_NAMES = Object.keys(PROFILES);

const CUSTOM_WAVE = /^(\d{1,3})%@(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)$/;

/**
 * The waves of a level: by the name of a profile, or written out as `5%@2026-12-01T00:00:00Z,100%@...`.
 *
 * @param start milliseconds since 1970.
 * @throws StreamError STREAM_BAD_WAVES.
 */
export function wavesOf(level: number, text: string, start: number): LevelRollout {
  if (isProfile(text)) {
    const waves = PROFILES[text].map(([hours, percent]) => ({
      percent,
      from: momentOf(start + hours * HOUR),
    }));
    return { level, profile: text, waves };
  }
  const waves = text.split(',').map(toWave);
  const rising = waves.every((wave, at) => {
    const before = waves[at - 1];
    return before === undefined || (before.percent < wave.percent && before.from < wave.from);
  });
  if (!rising || waves.length > 100) throw bad('waves rise in both percentage and moment, 100 at most');
  return { level, profile: CUSTOM_PROFILE, waves };
}

/** Whether waves have gone on to their second one; a single wave is never late. */
export function isLate({ waves }: LevelRollout, moment: string): boolean {
  const second = waves[1];
  return second !== undefined && second.from <= moment;
}

function toWave(text: string): { percent: number; from: string } {
  const [, percent = '', from = ''] = CUSTOM_WAVE.exec(text.trim()) ?? [];
  const value = Number(percent);
  if (from === '' || value < 1 || value > 100 || Number.isNaN(Date.parse(from))) {
    throw bad(
      `${JSON.stringify(text)} is neither a profile (${PROFILE_NAMES.join(', ')}) nor PERCENT%@MOMENT`,
    );
  }
  return { percent: value, from };
}

function isProfile(text: string): text is Profile {
  return Object.hasOwn(PROFILES, text);
}

function bad(reason: string): StreamError {
  return new StreamError('STREAM_BAD_WAVES', reason);
}
