// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * `index.json` of a kernel: its levels, oldest first, as a host needs them to choose. Fields are only ever added;
 * a level that stands here never goes away, it is withdrawn.
 */
import { z } from 'zod';
import { levelFix, severity } from '../update/schema.ts';
import { buildId, cveId, distribution, kernelName, level, moment, sha256, text } from './fields.ts';

/** A level as a host needs it to choose: what it brings, and what its file must be. */
const indexedLevel = z.looseObject({
  level,
  /** The id of the update. */
  id: sha256,
  /** Of the .uptide file. */
  size: z.int().positive(),
  sha256,
  /** The livepatch module: its name and the digest of its file as the maker built it, without a signature. */
  module: z.looseObject({ name: z.string().regex(/^[A-Za-z0-9_]{1,55}$/), sha256 }),
  title: text,
  /** When it was put into the stream; it is seen when all have signed. */
  date: moment,
  /** The highest of its fixes that the level before did not have. */
  severity: severity.optional(),
  /** All CVEs that are closed while it is live. */
  cves: z.array(cveId).readonly(),
  fixes: z.array(levelFix).readonly(),
  /** Whether a host can go from here to the level before; false when klp refuses the states. */
  back: z.boolean(),
  /** The verdict of the proof that the update carries. */
  proof: z.looseObject({ verdict: z.enum(['proven', 'partly']), sha256 }),
  /** What the publisher let through, in words: findings that nobody signed off, a proof in parts. */
  accepted: z
    .array(z.looseObject({ what: z.enum(['unreviewed', 'partly']), reason: text }))
    .readonly()
    .optional(),
  /** Set when the level must not be taken any more. */
  withdrawn: z.looseObject({ reason: text, date: moment }).optional(),
});

export const indexSchema = z.looseObject({
  schema: z.literal(1),
  distribution,
  kernel: kernelName,
  /** The distribution's package with the image of this kernel, by which others know it. */
  package: z.looseObject({ name: text, version: text }).optional(),
  /** The day to which levels for this kernel are promised; absent when nothing is promised. */
  coveredUntil: z.iso.date().optional(),
  /** Set when no more levels will come. */
  ended: z
    .looseObject({
      reason: text,
      date: moment,
      successor: z.looseObject({ release: text, buildId: buildId.optional() }).optional(),
    })
    .optional(),
  levels: z.array(indexedLevel).max(1000).readonly(),
});

/** What is published for one kernel. */
export type KernelIndex = z.infer<typeof indexSchema>;
/** One level of it. */
export type IndexedLevel = z.infer<typeof indexedLevel>;
