// SPDX-License-Identifier: GPL-2.0-or-later
import { CATALOGUE, type Finding, type StreamCode } from '@uptide/base';
import type { KernelIndex } from '../../formats/index-file.ts';
import type { StreamKernel } from '../../formats/paths.ts';
import type { Update } from '../../update/model.ts';

/** An update that wants to be published, and what stands before it. */
export interface Candidate {
  /** The file, for messages. */
  readonly file: string;
  /** SHA-256 of the file. */
  readonly sha256: string;
  readonly size: number;
  readonly update: Update;
  readonly kernel: StreamKernel;
  /** The index of its kernel as it is staged or published; undefined for a new kernel. */
  readonly index?: KernelIndex | undefined;
  /** The level before it. */
  readonly before?: Update | undefined;
  readonly accepted: Acceptance;
}

/** What the publisher lets through, with the words for it. They stand in the signed index. */
export interface Acceptance {
  readonly partly?: string | undefined;
  readonly unreviewed?: string | undefined;
}

/** One thing that an update must fulfil. */
export type Gate = (candidate: Candidate) => readonly Finding[];

/** A refusal that names the file of the candidate. */
export function refuse(code: StreamCode, { file }: Pick<Candidate, 'file'>, reason: string): Finding {
  return { code, verdict: 'refuse', place: { file }, reason, remedy: CATALOGUE[code].remedy };
}
