// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether one level may replace another. klp_is_patch_compatible (kernel/livepatch/state.c) lets a patch that
 * replaces all others in only when it knows every state of each of them, in the same version or a newer one. What
 * holds from n-1 to n holds from every earlier level to n, since the relation is transitive.
 */
import { CATALOGUE, type Finding } from '@uptide/base';
import type { UpdateState } from '@uptide/stream';
import { levelFile } from './model.ts';

/** A level with the states that its module knows. */
export interface LevelStates {
  readonly level: number;
  readonly states: readonly UpdateState[];
}

/** What stands between two levels that follow each other, upward (a refusal) and downward (to be known). */
export function compareStates(before: LevelStates, after: LevelStates): Finding[] {
  const file = levelFile(after.level);
  const lost = missing(before, after).map((words): Finding => {
    const reason = `level ${before.level} has state ${words} in level ${after.level}`;
    const { remedy } = CATALOGUE.SERIES_STATE_LOST;
    return { code: 'SERIES_STATE_LOST', verdict: 'refuse', place: { file }, reason, remedy };
  });
  const stuck = missing(after, before).map((words): Finding => {
    const reason = `level ${after.level} has state ${words} in level ${before.level}`;
    const { remedy } = CATALOGUE.SERIES_ONE_WAY;
    return { code: 'SERIES_ONE_WAY', verdict: 'review', place: { file }, reason, remedy };
  });
  return [...lost, ...stuck];
}

/** The states for which klp would not let `next` replace `live`, with what `next` has instead. */
function missing(live: LevelStates, next: LevelStates): string[] {
  const known = new Map(next.states.map(({ id, version }) => [id, version]));
  return live.states.flatMap(({ id, version }) => {
    const other = known.get(id);
    if (other !== undefined && other >= version) return [];
    return [
      `${id} in version ${version}, which is ${other === undefined ? 'missing' : `in version ${other}`}`,
    ];
  });
}
