// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The status of a host: the one object from which `uptide status` and all formats for other programs are made,
 * and what `uptide status --json` prints. Fields are only ever added; a reader keeps those that it does not know.
 * `docs/status.schema.json` is made from it.
 */
import { fields } from '@uptide/stream';
import { z } from 'zod';

/** What a host is, in one word, with its meaning. Where several hold, the first of this list that holds is told. */
const MEANINGS = {
  disabled: 'a kill switch is set',
  stopped: 'too many boots ended uncleanly; a person must look',
  'reboot-first': 'only a reboot makes the next level possible',
  quarantined: 'the level that it should have made this host fail',
  halted: 'the maker stopped all levels',
  blocked: 'the maker stopped this level here',
  'no-stream': 'nothing is subscribed to, or nothing was ever fetched',
  unsupported: 'the stream has nothing for this kernel, or no more will come',
  'held-by-policy': "the host's own configuration holds a level back",
  'waiting-wave': "a level is there, and this host's turn comes later",
  'update-available': 'a level can be loaded',
  current: 'the newest level is live, or there is none yet',
} as const;

/** The states in the order in which they are told. */
export const STATES = Object.keys(MEANINGS) as readonly (keyof typeof MEANINGS)[];
const meanings = Object.entries(MEANINGS).map(([state, meaning]) => `\`${state}\`: ${meaning}.`);

/** A kernel has a few hundred CVEs a year; a bound that no honest feed comes near. */
const MAX_CVES = 20_000;
/** One entry for each update that this host ever failed with. */
const MAX_STRIKES = 10_000;

const { cveId, level, moment, sha256, text } = fields;
const count = z.int().nonnegative();
const code = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/);

const liveLevel = z.looseObject({
  level,
  id: sha256.describe('The id of the update.'),
  module: text,
  title: text,
  trust: z
    .enum(['probation', 'trusted'])
    .describe('`probation`: not yet believed; `trusted`: it comes back early in the next boot.'),
  since: moment.describe('When it was loaded in this boot.'),
  transitionMilliseconds: count.optional().describe('How long the kernel took to switch every task.'),
});

const levelOnOffer = z.looseObject({
  level,
  id: sha256,
  title: text,
  severity: fields.severity.optional(),
  from: moment.optional().describe("When this host's wave begins; absent when no wave names it yet."),
});

const cve = z.looseObject({
  id: cveId,
  state: z
    .enum(['fixed', 'mitigated', 'available', 'pending', 'not-patchable'])
    .describe(
      '`fixed` and `mitigated`: by the level that is live. `available`: by a level above. `pending`: somebody works on it. `not-patchable`: only another kernel brings it.',
    ),
  severity: fields.severity.optional(),
  since: level.optional().describe('The first level that fixes or mitigates it.'),
});

const strike = z.looseObject({
  level,
  id: sha256,
  count: count.min(1),
  quarantined: z.boolean().describe('Whether this host will not load it any more.'),
  last: moment,
  reason: text,
});

export const statusSchema = z.looseObject({
  schema: z.literal(1),
  date: moment.describe('When this was said.'),
  state: z.enum(STATES).describe(`The first of these that holds. ${meanings.join(' ')}`),
  reasons: z
    .array(z.looseObject({ code: code.optional(), reason: text }))
    .max(100)
    .readonly()
    .describe('Why it is in that state, for people, with a code where there is one.'),
  agent: text.describe('The version of Uptide that says it.'),
  kernel: fields.kernelName.extend({
    package: text
      .optional()
      .describe("The package URL of the distribution's package with this kernel, where the stream says it."),
  }),
  boot: z
    .looseObject({ id: z.uuid(), date: moment.optional() })
    .describe("The kernel's random id of this boot (/proc/sys/kernel/random/boot_id), and when it began."),
  effectiveVersion: text.describe('The release with what is live; never what `uname -r` prints.'),
  live: liveLevel.optional().describe('What is live; absent when nothing is.'),
  transition: z
    .looseObject({ level, since: moment, blocking: z.array(text).max(100).readonly() })
    .optional()
    .describe('A transition that has not ended.'),
  available: levelOnOffer
    .optional()
    .describe('The level that this host should come to; absent when that is live, or there is none.'),
  stream: z
    .looseObject({
      url: text.describe('Where it is read from, without passwords.'),
      channel: text.optional(),
      distribution: fields.distribution.optional(),
      checked: moment.optional().describe('The last time that it was reached and believed.'),
      expires: moment.optional().describe('When what is trusted of it ends.'),
      staleSince: moment
        .optional()
        .describe('Since when it is too old to bring anything new; absent while it is fresh.'),
      error: z
        .looseObject({ code, reason: text, date: moment })
        .optional()
        .describe('The last attempt, when it failed.'),
      coveredUntil: z.iso.date().optional().describe('The day to which levels for this kernel are promised.'),
      ended: z
        .looseObject({ reason: text, successor: text.optional() })
        .optional()
        .describe('Set when no more levels will come for this kernel.'),
    })
    .optional()
    .describe('Absent when no stream is subscribed to.'),
  cves: z
    .array(cve)
    .max(MAX_CVES)
    .readonly()
    .describe('The CVEs of this kernel that its maker speaks of, by id.'),
  strikes: z.array(strike).max(MAX_STRIKES).readonly().describe('Updates with which this host failed.'),
  uncleanBoots: count.describe('Boots in a row that ended uncleanly.'),
});

/** The status of a host. */
export type Status = z.infer<typeof statusSchema>;
