// SPDX-License-Identifier: GPL-2.0-or-later
/** The OpenVEX 0.2.0 schema for the fields that are written; any other field is refused. */
import { z } from 'zod';

const uri = z
  .string()
  .regex(/^(urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|pkg:\S+)$/);
const component = { '@id': uri, identifiers: z.strictObject({ purl: z.string().startsWith('pkg:') }) };

export const openVexSchema = z.strictObject({
  '@context': z.literal('https://openvex.dev/ns/v0.2.0'),
  '@id': uri,
  author: z.string().min(1),
  role: z.string(),
  timestamp: z.iso.datetime(),
  version: z.int().min(1),
  tooling: z.string(),
  statements: z
    .array(
      z.strictObject({
        vulnerability: z.strictObject({ name: z.string().startsWith('CVE-') }),
        products: z
          .array(
            z.strictObject({
              ...component,
              subcomponents: z.array(z.strictObject(component)).min(1).optional(),
            }),
          )
          .min(1),
        status: z.literal('fixed'),
        status_notes: z.string().min(1),
      }),
    )
    .min(1),
});
