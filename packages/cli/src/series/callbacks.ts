// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Callbacks where one level replaces another. klp then calls those of the level that comes, and none of the level that
 * goes (Documentation/livepatch/cumulative-patches.rst, "Limitations"). So what callbacks of the level that goes have
 * set up is undone by the level that comes, or never. Seen here is which kinds of callbacks each level has for each
 * object; what they do is not.
 */
import { CATALOGUE, type Finding } from '@uptide/base';
import type { PatchedObject } from '@uptide/stream';
import { levelFile } from './model.ts';

/** A level with what it does to objects. */
export interface LevelCallbacks {
  readonly level: number;
  readonly objects: readonly Pick<PatchedObject, 'name' | 'callbacks'>[];
}

const UNDO = ['pre_unpatch', 'post_unpatch'];

/**
 * What two levels that follow each other leave undone.
 *
 * @param back whether klp lets the level before replace the other
 */
export function compareCallbacks(before: LevelCallbacks, after: LevelCallbacks, back: boolean): Finding[] {
  const place = { file: levelFile(after.level) };
  const lost = missing(before, after)
    .filter(({ kind }) => UNDO.includes(kind))
    .map(({ kind, object }): Finding => {
      const reason = `level ${before.level} has the callback ${kind} for ${object}, and level ${after.level} has not`;
      const { remedy } = CATALOGUE.SERIES_CALLBACK_LOST;
      return { code: 'SERIES_CALLBACK_LOST', verdict: 'review', place: { ...place, object }, reason, remedy };
    });
  const kept = (back ? missing(after, before) : []).map(({ kind, object }): Finding => {
    const reason = `level ${after.level} has the callback ${kind} for ${object}, and level ${before.level} has not`;
    const { remedy } = CATALOGUE.SERIES_CALLBACK_KEPT;
    return { code: 'SERIES_CALLBACK_KEPT', verdict: 'review', place: { ...place, object }, reason, remedy };
  });
  return [...lost, ...kept];
}

/** The callbacks of a level that goes for which the level that comes has none of the kind. */
function missing(goes: LevelCallbacks, comes: LevelCallbacks): { kind: string; object: string }[] {
  const known = new Set(
    comes.objects.flatMap(({ name, callbacks = [] }) => callbacks.map((kind) => `${name} ${kind}`)),
  );
  return goes.objects.flatMap(({ name: object, callbacks = [] }) =>
    callbacks.filter((kind) => !known.has(`${object} ${kind}`)).map((kind) => ({ kind, object })),
  );
}
