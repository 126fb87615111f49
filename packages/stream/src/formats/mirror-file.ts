// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * `mirror.json` at the top of a mirror: what it carries. Nobody signs it and nothing rests on it: a client that does
 * not find a file reads there whether it was left out on purpose, to say so in other words.
 */
import { z } from 'zod';

/** A glob on a name: `*` is any text, `?` one character. */
const glob = z.string().regex(/^[0-9A-Za-z.+~_*?-]{1,64}$/);

/** The file at the top of a mirror. */
export const MIRROR_FILE = 'mirror.json';
/** Two lists of a hundred globs. */
export const MAX_MIRROR_FILE_BYTES = 64 * 1024;
const MAX_GLOBS = 100;

export const targetFilterSchema = z.looseObject({
  /** Distribution series; all when empty. */
  distributions: z.array(glob).max(MAX_GLOBS).readonly(),
  /** Kernel releases; all when empty. */
  releases: z.array(glob).max(MAX_GLOBS).readonly(),
});

export const mirrorFileSchema = z.looseObject({ schema: z.literal(1), carries: targetFilterSchema });

/** Which kernels of a stream are carried: those that a glob of each list that has one fits. */
export type TargetFilter = z.infer<typeof targetFilterSchema>;
