// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import type { Description } from '@uptide/stream';

/** A finding with its name in sign-offs. */
export type NamedFinding = Finding & { readonly id: string };

/** Who judged a finding, why it does no harm, and when (YYYY-MM-DD). */
export type SignOff = Pick<
  NonNullable<Description['findings'][number]['signedOff']>,
  'name' | 'reason' | 'date'
>;

/** A person's judgement of one finding, and all that it is bound to. */
export interface Answer extends SignOff {
  /** The finding's id. */
  readonly id: string;
  readonly code: string;
  /** The release of the kernel that it was judged for. */
  readonly kernel: string;
  /** SHA-256 over that kernel and the patches, from the first to the one that the file lies beside. */
  readonly patches: string;
  /** SHA-256 over all that the finding said. */
  readonly finding: string;
}

/** A patch of the list that becomes one update, with the answers beside it. */
export interface ReviewedPatch {
  /** The file with the answers. */
  readonly file: string;
  readonly answers: readonly Answer[];
  /** SHA-256 over the kernel and the patches up to this one. */
  readonly digest: string;
  /** The files of the kernel source that it changes. */
  readonly changes: () => ReadonlySet<string>;
}

/** Why an answer does not count. */
export type Lapse = 'patches' | 'finding' | 'later-patch' | 'gone';

/** A finding that a person must judge, and what is known of judgements. */
export interface JudgedFinding {
  readonly finding: NamedFinding;
  readonly signedOff: SignOff | undefined;
  /** When it is open: an answer that no longer counts. */
  readonly lapsed: LapsedAnswer | undefined;
}

export interface LapsedAnswer {
  readonly answer: Answer;
  readonly why: Lapse;
}

/** What became of the `review` findings of one list of patches. */
export interface Judgement {
  readonly judged: readonly JudgedFinding[];
  /** Answers for this kernel beside the last patch whose finding is not there any more. */
  readonly gone: readonly LapsedAnswer[];
}
