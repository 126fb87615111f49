// SPDX-License-Identifier: GPL-2.0-or-later
/** Levels follow each other without a gap, and a published one is never another. */
import type { Finding } from '@uptide/base';
import { type Candidate, refuse } from './model.ts';

export function levelGate(candidate: Candidate): Finding[] {
  const { update, index } = candidate;
  const { level, id } = update.description;
  const last = index?.levels.at(-1)?.level ?? 0;
  if (level <= last) {
    return [
      refuse('STREAM_LEVEL_REPLACED', candidate, `level ${level} is published already, with other bytes`),
    ];
  }
  const twin = index?.levels.find((published) => published.id === id);
  return [
    ...(level === last + 1
      ? []
      : [
          refuse(
            'STREAM_LEVEL_GAP',
            candidate,
            `this is level ${level}; after level ${last} comes ${last + 1}`,
          ),
        ]),
    ...(twin === undefined
      ? []
      : [refuse('STREAM_LEVEL_REPLACED', candidate, `level ${twin.level} is the same update`)]),
  ];
}

/** Whether exactly this file is published or staged as its level. */
export function isListed({ update, sha256, index }: Candidate): boolean {
  return (
    index?.levels.some((one) => one.level === update.description.level && one.sha256 === sha256) ?? false
  );
}
