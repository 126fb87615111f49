// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The status of a host: the one object from which `uptide status` and all formats for other programs are made,
 * and what `uptide status --json` prints. Fields are only ever added; a reader keeps those that it does not know.
 * `docs/status.schema.json` is made from it.
 */
import { fields } from '@uptide/stream';
import { z } from 'zod';

/**
 * What a host is, in one word. Where several hold, the first of this list that holds is told.
 *
 * `disabled`: a kill switch is set. `stopped`: too many boots ended uncleanly; a person must look.
 * `reboot-first`: only a reboot makes the next level possible. `quarantined`: the level that it should have made
 * this host fail. `halted`: the maker stopped all levels. `blocked`: the maker stopped this level here.
 * `no-stream`: nothing is subscribed to, or nothing was ever fetched. `unsupported`: the stream has nothing for
 * this kernel, or no more will come. `held-by-policy`: the host's own configuration holds a level back.
 * `waiting-wave`: a level is there, and this host's turn comes later. `update-available`: a level can be loaded.
 * `current`: the newest level is live, or there is none yet.
 */
export const STATES = [
  'disabled',
  'stopped',
  'reboot-first',
  'quarantined',
  'halted',
  'blocked',
  'no-stream',
  'unsupported',
  'held-by-policy',
  'waiting-wave',
  'update-available',
  'current',
] as const;

/** A kernel has a few hundred CVEs a year; a bound that no honest feed comes near. */
const MAX_CVES = 20_000;
/** One entry for each update that this host ever failed with. */
const MAX_STRIKES = 10_000;

const { cveId, level, moment, sha256, text } = fields;
const count = z.int().nonnegative();
const code = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/);

const liveLevel = z.looseObject({
  level,
  /** The id of the update. */
  id: sha256,
  module: text,
  title: text,
  /** `probation`: not yet believed; `trusted`: it comes back early in the next boot. */
  trust: z.enum(['probation', 'trusted']),
  /** When it was loaded in this boot. */
  since: moment,
  /** How long the kernel took to switch every task. */
  transitionMilliseconds: count.optional(),
});

const levelOnOffer = z.looseObject({
  level,
  id: sha256,
  title: text,
  severity: fields.severity.optional(),
  /** When this host's wave begins; absent when no wave names it yet. */
  from: moment.optional(),
});

const cve = z.looseObject({
  id: cveId,
  /**
   * `fixed` and `mitigated`: by the level that is live. `available`: by a level above. `pending`: somebody works
   * on it. `not-patchable`: only another kernel brings it.
   */
  state: z.enum(['fixed', 'mitigated', 'available', 'pending', 'not-patchable']),
  severity: fields.severity.optional(),
  /** The first level that fixes or mitigates it. */
  since: level.optional(),
});

const strike = z.looseObject({
  level,
  id: sha256,
  count: count.min(1),
  /** Whether this host will not load it any more. */
  quarantined: z.boolean(),
  last: moment,
  reason: text,
});

export const statusSchema = z.looseObject({
  schema: z.literal(1),
  /** When this was said. */
  date: moment,
  state: z.enum(STATES),
  /** Why it is in that state, for people, with a code where there is one. */
  reasons: z
    .array(z.looseObject({ code: code.optional(), reason: text }))
    .max(100)
    .readonly(),
  /** The version of Uptide that says it. */
  agent: text,
  kernel: fields.kernelName.extend({
    /** The package URL of the distribution's package with this kernel, where the stream says it. */
    package: text.optional(),
  }),
  /** The kernel's random id of this boot (/proc/sys/kernel/random/boot_id), and when it began. */
  boot: z.looseObject({ id: z.uuid(), date: moment.optional() }),
  /** The release with what is live; never what `uname -r` prints. */
  effectiveVersion: text,
  /** What is live; absent when nothing is. */
  live: liveLevel.optional(),
  /** A transition that has not ended. */
  transition: z.looseObject({ level, since: moment, blocking: z.array(text).max(100).readonly() }).optional(),
  /** The level that this host should come to; absent when that is live, or there is none. */
  available: levelOnOffer.optional(),
  /** Absent when no stream is subscribed to. */
  stream: z
    .looseObject({
      /** Where it is read from, without passwords. */
      url: text,
      channel: text.optional(),
      distribution: fields.distribution.optional(),
      /** The last time that it was reached and believed. */
      checked: moment.optional(),
      /** When what is trusted of it ends. */
      expires: moment.optional(),
      /** Since when it is too old to bring anything new; absent while it is fresh. */
      staleSince: moment.optional(),
      /** The last attempt, when it failed. */
      error: z.looseObject({ code, reason: text, date: moment }).optional(),
      /** The day to which levels for this kernel are promised. */
      coveredUntil: z.iso.date().optional(),
      /** Set when no more levels will come for this kernel. */
      ended: z.looseObject({ reason: text, successor: text.optional() }).optional(),
    })
    .optional(),
  /** The CVEs of this kernel that its maker speaks of, by id. */
  cves: z.array(cve).max(MAX_CVES).readonly(),
  /** Updates with which this host failed. */
  strikes: z.array(strike).max(MAX_STRIKES).readonly(),
  /** Boots in a row that ended uncleanly. */
  uncleanBoots: count,
});

/** The status of a host. */
export type Status = z.infer<typeof statusSchema>;
