// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * `export.json`, the first file of an export: what it has. Nobody signs it. Each file that it names is verified by the
 * signed metadata when it is imported; the end can only be stretched to what the importer allows.
 */
import { z } from 'zod';
import { sha256 } from './fields.ts';
import { targetFilterSchema } from './mirror-file.ts';

/** The name of the first file of the archive. */
export const EXPORT_FILE = 'export.json';
/** Files of a stream with 30,000 updates. */
export const MAX_EXPORT_FILES = 300_000;
/** Some 250 bytes a file. */
export const MAX_EXPORT_FILE_BYTES = 128 * 1024 * 1024;

export const exportSchema = z.looseObject({
  schema: z.literal(1),
  /** The last day on which it may be imported. */
  expires: z.iso.date(),
  carries: targetFilterSchema,
  /** Names as a mirror serves them, rising. Contents lie in the archive under their digests. */
  files: z
    .array(z.looseObject({ path: z.string().max(2048), length: z.int().nonnegative(), sha256 }))
    .max(MAX_EXPORT_FILES)
    .refine(
      (files) => files.every(({ path }, at) => path > (files[at - 1]?.path ?? '')),
      'paths must rise, each once',
    )
    .readonly(),
});

/** What an export has. */
export type ExportFile = z.infer<typeof exportSchema>;
