// SPDX-License-Identifier: GPL-2.0-or-later
/** `cves.json` of a kernel: for each CVE that its maker knows of, what a machine with this kernel can hope for. */
import { z } from 'zod';
import { severity } from '../update/schema.ts';
import { cveId, distribution, kernelName, level, moment, text } from './fields.ts';

const cveStatus = z.looseObject({
  /**
   * `fixed`: by the level `since` and all above. `mitigated`: made harmless there without the fix.
   * `not-patchable`: no live update can bring it, `reason` says why. `not-affected`: this kernel never had it.
   * `pending`: somebody works on it.
   */
  status: z.enum(['fixed', 'mitigated', 'not-patchable', 'not-affected', 'pending']),
  /** The first level that has it; there for `fixed` and `mitigated`. */
  since: level.optional(),
  reason: text.optional(),
  reference: text.optional(),
  severity: severity.optional(),
});

export const cvesSchema = z.looseObject({
  schema: z.literal(1),
  distribution,
  kernel: kernelName,
  date: moment,
  cves: z.record(cveId, cveStatus),
});

/** What is known of the CVEs of one kernel. */
export type CvesFile = z.infer<typeof cvesSchema>;
