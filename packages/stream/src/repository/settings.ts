// SPDX-License-Identifier: GPL-2.0-or-later
/** `stream.json`: how a maker keeps a stream. Keys and thresholds are not here: the signed metadata says them. */
import { z } from 'zod';
import { MAX_ENTRIES } from '../trust/limits.ts';

/** 60 KB, which a host reads anew with every level in it; 1,000 targets have 190 KB. */
const DEFAULT_BIN_SIZE = 300;

/** Days from a publication to the end of what was signed; the longest that a stolen key or a mirror can freeze it. */
const EXPIRY = {
  root: z.int().min(30).max(1100).default(365),
  targets: z.int().min(7).max(400).default(180),
  series: z.int().min(7).max(400).default(90),
  rollout: z.int().min(1).max(90).default(14),
  snapshot: z.int().min(1).max(60).default(7),
  timestamp: z.int().min(1).max(30).default(2),
} as const;

export const settingsSchema = z.looseObject({
  schema: z.literal(1),
  /** For people; one line. */
  name: z.string().regex(/^[^\p{Cc}]{1,100}$/u),
  /** An address that belongs to the makers alone; CSAF names documents by it. */
  home: z.httpUrl().max(2048).optional(),
  expiryDays: z.looseObject(EXPIRY),
  /** Targets of a bin at most. */
  binSize: z.int().min(10).max(MAX_ENTRIES).default(DEFAULT_BIN_SIZE),
});

/** How a maker keeps a stream. */
export type Settings = z.infer<typeof settingsSchema>;
/** Roles that have an expiry of their own; a bin has that of its series. */
export type ExpiryKind = keyof typeof EXPIRY;
