// SPDX-License-Identifier: GPL-2.0-or-later
/** The rules of the OSV schema (1.7.5) for the fields that the feed writes; any other field is refused. */
import { z } from 'zod';

/** RFC 3339 in UTC: "the time zone must be Z". */
const time = z.iso.datetime();
const id = z.string().regex(/^(x_[A-Z]+|CVE)-\S+$/);

export const osvSchema = z
  .strictObject({
    schema_version: z.literal('1.7.5'),
    id,
    modified: time,
    published: time,
    withdrawn: time.optional(),
    upstream: z.array(id).min(1),
    // "It is recommended that this field be kept short": plain text of one line.
    summary: z.string().regex(/^[^\n]+$/),
    details: z.string().min(1),
    affected: z
      .array(
        z.strictObject({
          package: z.strictObject({
            ecosystem: z.string().regex(/^(AlmaLinux|Debian|Rocky Linux|Ubuntu):.+$/),
            name: z.string().min(1),
            // "identifies the package, without the @version component"
            purl: z.string().regex(/^pkg:[a-z]+\/[^@]+$/),
          }),
          versions: z.array(z.string().min(1)).min(1),
          ecosystem_specific: z.record(z.string(), z.unknown()),
        }),
      )
      .min(1),
    references: z
      .array(z.strictObject({ type: z.enum(['ADVISORY', 'FIX', 'WEB']), url: z.url() }))
      .optional(),
    database_specific: z.record(z.string(), z.unknown()),
  })
  .refine(({ published, modified }) => published <= modified, 'modified before it was published')
  .refine(({ id: own, upstream }) => !upstream.includes(own), 'upstream of itself');
