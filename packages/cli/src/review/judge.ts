// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which answers count.
 *
 * An update is made of a list of patches: those that `create` is given, or those of a series up to a level. There is
 * one rule for both. The answers for a list lie beside its last patch, and each is bound to
 *
 *     the kernel, and every patch of the list
 *     the finding, word for word
 *
 * When one of these changes, the answer no longer counts.
 *
 * A series makes lists out of lists. Level 3 is made of the patches of level 2 and some more; whoever judged a finding
 * of level 2 shall not do so again when level 3 has nothing to do with it. So an answer beside an earlier patch of the
 * list counts too, when the list up to that patch is the one that it was given for, the finding is the same, and no
 * patch after it changes a file that the finding's unit is compiled from. Which files those are the compiler says, not
 * the patch. A later patch that takes a change back entirely leaves a file out of that list; it ends the answer too.
 */
import type { CompiledFrom } from '@uptide/forge';
import { findingDigest } from './identity.ts';
import type { Answer, JudgedFinding, Judgement, Lapse, NamedFinding, ReviewedPatch } from './model.ts';

/** What is judged: the findings of a list of patches for one kernel. */
export interface Reviewed {
  readonly kernel: string;
  /** In the order in which they are applied. */
  readonly patches: readonly ReviewedPatch[];
  readonly findings: readonly NamedFinding[];
  /** Undefined when nothing was compiled; then answers beside earlier patches do not count. */
  readonly compiledFrom: CompiledFrom | undefined;
}

/** Finds the answer to each `review` finding. */
export function judge(reviewed: Reviewed): Judgement {
  const { kernel, findings, patches } = reviewed;
  const asked = findings.filter(({ verdict }) => verdict === 'review');
  const ids = new Set(asked.map(({ id }) => id));
  const last = patches.at(-1)?.answers ?? [];
  return {
    judged: asked.map((finding) => judgeOne(finding, reviewed)),
    gone: last
      .filter((answer) => answer.kernel === kernel && !ids.has(answer.id))
      .map((answer) => ({ answer, why: 'gone' })),
  };
}

/** The findings that nobody has judged. */
export function openFindings({ judged }: Judgement): readonly JudgedFinding[] {
  return judged.filter(({ signedOff }) => signedOff === undefined);
}

function judgeOne(finding: NamedFinding, reviewed: Reviewed): JudgedFinding {
  const { kernel, patches } = reviewed;
  const given = patches
    .flatMap(({ answers }, index) =>
      answers
        .filter((answer) => answer.id === finding.id && answer.kernel === kernel)
        .map((answer) => ({ answer, why: lapseOf(answer, index, finding, reviewed) })),
    )
    .reverse();
  const counts = given.find(({ why }) => why === undefined)?.answer;
  if (counts !== undefined) {
    const { name, reason, date } = counts;
    return { finding, signedOff: { name, reason, date }, lapsed: undefined };
  }
  const [{ answer, why } = { answer: undefined, why: undefined }] = given;
  const lapsed = answer === undefined || why === undefined ? undefined : { answer, why };
  return { finding, signedOff: undefined, lapsed };
}

/** Why an answer beside the patch of that index does not count; undefined when it does. */
function lapseOf(
  answer: Answer,
  index: number,
  finding: NamedFinding,
  { patches, compiledFrom }: Reviewed,
): Lapse | undefined {
  if (answer.patches !== patches[index]?.digest) return 'patches';
  if (answer.finding !== findingDigest(finding)) return 'finding';
  const later = patches.slice(index + 1);
  if (later.length === 0) return undefined;
  const unit = finding.place.file;
  const read = unit === undefined ? undefined : compiledFrom?.units.get(unit);
  // A unit that reads none of the changed files is there for what another unit changes.
  if (read === undefined || read.size === 0 || compiledFrom === undefined) return 'later-patch';
  const apart = (file: string): boolean => compiledFrom.changed.has(file) && !read.has(file);
  return later.every((patch) => [...patch.changes()].every(apart)) ? undefined : 'later-patch';
}
