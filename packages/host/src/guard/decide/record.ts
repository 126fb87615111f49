// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * What the journal says: one record for each thing that happened, in the order in which it did. Fields are only
 * ever added, and every object keeps those that it does not know.
 *
 * No decision rests on `at`, the wall clock, which anybody may set: times that count are `uptime`, milliseconds
 * since the kernel started (/proc/uptime), and are compared within one boot alone.
 */
import { fields } from '@uptide/stream';
import { z } from 'zod';

const count = z.int().nonnegative();
/** More than a message of the kernel has; the journal is not a log. */
const line = z.string().max(400);
/** Lines that tell of a complaint; the whole is in the kernel's log. */
const MAX_LINES = 20;
const lines = z.array(line).max(MAX_LINES).readonly();
/** /proc/sys/kernel/random/boot_id. */
const bootId = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** As much of a title as the journal keeps. */
export const MAX_TITLE = 400;

/** One exact kernel. */
const kernel = z.looseObject({ release: fields.release, buildId: fields.buildId });

/** An update as the journal names it. */
export const namedSchema = z.looseObject({
  /** The id of the update. */
  id: fields.sha256,
  level: fields.level,
  module: z.string().regex(/^[A-Za-z0-9_]{1,55}$/),
  /** Digest of the module's file without a signature of this host; absent when it was loaded past this journal. */
  moduleSha256: fields.sha256.optional(),
  /** Digest of the .uptide file, which is its name in the cache; absent when it was loaded from elsewhere. */
  archive: fields.sha256.optional(),
  title: z.string().max(MAX_TITLE),
});

/**
 * Where the kernel's complaints stood at a moment. The counters are lossless where the kernel has them; the log is
 * a ring.
 */
const marks = z.looseObject({
  /** The sequence number that the next message of /dev/kmsg will have; absent when the log cannot be read. */
  nextMessage: count.optional(),
  /** /proc/sys/kernel/tainted. */
  taint: count.optional(),
  /** /sys/kernel/warn_count and oops_count, /proc/sys/kernel/hung_task_detect_count. */
  warnings: count.optional(),
  oopses: count.optional(),
  hungTasks: count.optional(),
});

const at = { at: fields.moment, uptime: count };

/** A boot that the journal had not seen before. */
const boot = z.looseObject({
  kind: z.literal('boot'),
  ...at,
  boot: bootId,
  kernel,
  /** Crash dumps of the firmware's store (/sys/fs/pstore), with their times; those known before say nothing. */
  dumps: z.array(line).max(1000).readonly(),
  /** What the new dumps tell. */
  evidence: lines,
});
/** Written before the kernel is touched. */
const intent = z.looseObject({
  kind: z.literal('intent'),
  ...at,
  action: z.enum(['load', 'unload']),
  update: namedSchema,
  /** Who asked: a person, the agent in its round, or the start of the machine. */
  by: z.enum(['hand', 'agent', 'boot']),
  marks,
});
/**
 * How the intent before it ended. `failed`: the kernel refused it. `interrupted`: whoever carried it out was ended, and
 * the kernel shows nothing of it.
 */
const outcome = z.looseObject({
  kind: z.literal('outcome'),
  ...at,
  result: z.enum(['live', 'reverted', 'failed', 'unloaded', 'kept', 'interrupted']),
  /** What the transition took. */
  milliseconds: count.optional(),
  /** The code of the error that ended it. */
  code: z.string().max(64).optional(),
});
/** The live update is no longer loaded, and nobody wrote down why: it was taken out past the guard. */
const gone = z.looseObject({ kind: z.literal('gone'), ...at });
/** An update of ours is live that this journal does not know of: another journal did, which was put aside. */
const found = z.looseObject({ kind: z.literal('found'), ...at, update: namedSchema, marks });
/** The kernel complained while an update was on probation. */
const complaint = z.looseObject({ kind: z.literal('complaint'), ...at, lines });
/** The log lost messages: what was said in between is not known, and the probation begins anew. */
const unwatched = z.looseObject({ kind: z.literal('unwatched'), ...at, marks });
/** The live update passed its probation. */
const trusted = z.looseObject({ kind: z.literal('trusted'), ...at });
/** The machine is about to go down cleanly. */
const shutdown = z.looseObject({ kind: z.literal('shutdown'), ...at });
/** It did not go down after all. */
const resumed = z.looseObject({ kind: z.literal('resumed'), ...at });
/** An administrator looked, and lets updates be loaded again. */
const cleared = z.looseObject({
  kind: z.literal('cleared'),
  ...at,
  /** Which quarantine ends, by the id of the update; all when absent. */
  ids: z.array(fields.sha256).max(1000).readonly().optional(),
});

export const recordSchema = z.discriminatedUnion('kind', [
  boot,
  intent,
  outcome,
  gone,
  found,
  complaint,
  unwatched,
  trusted,
  shutdown,
  resumed,
  cleared,
]);

const action = z.looseObject({
  action: z.enum(['load', 'unload']),
  update: namedSchema,
  by: z.enum(['hand', 'agent', 'boot']),
  ...at,
  result: outcome.shape.result.optional(),
  milliseconds: count.optional(),
  code: outcome.shape.code,
});

const live = z.looseObject({
  update: namedSchema,
  phase: z.enum(['probation', 'trusted', 'quarantined']),
  /** When it was loaded. */
  ...at,
  /** Since when the kernel has been watched without a gap, as uptime. */
  watchedSince: count,
  marks,
  milliseconds: count.optional(),
});

const bootState = z.looseObject({
  boot: bootId,
  kernel,
  ...at,
  dumps: boot.shape.dumps,
  /** How the boot before it ended; `first`: the journal knows of none. */
  previous: z.enum(['first', 'clean', 'unclean']),
  evidence: lines,
  /** Set while the machine is about to go down. */
  shutdown: z.looseObject(at).optional(),
  /** The intent that has no outcome yet. */
  open: intent.optional(),
  /** The update of ours that is live. */
  live: live.optional(),
  /** Every load and unload, oldest first. */
  actions: z.array(action).readonly(),
  /** How many of the oldest were left out. */
  forgotten: count,
  /** The ids of all updates that the kernel was given since it started; none is ever left out. */
  everLoaded: z.array(fields.sha256).readonly(),
});

const known = z.looseObject({
  update: namedSchema,
  kernel,
  /** Whether it is to come back in the next boot: it was loaded, and neither taken back nor replaced by less. */
  wanted: z.boolean(),
  /** When it passed its probation. */
  trusted: z.looseObject(at).optional(),
  /** Why this host does not load it any more. */
  quarantined: z
    .looseObject({ at: fields.moment, why: z.enum(['unclean-boot', 'complaint']), evidence: lines })
    .optional(),
  /** How often it was quarantined. */
  strikes: count,
});

/** All that the records so far come to; kept in place of them when they become many. */
export const stateSchema = z.looseObject({
  boot: bootState.optional(),
  /** Boots in a row that ended uncleanly, whatever the cause. */
  uncleanInARow: count,
  /** What was loaded last is last. */
  known: z.array(known).readonly(),
  /** Boots before this one, oldest first. */
  history: z.array(bootState).readonly(),
});

export type JournalRecord = z.infer<typeof recordSchema>;
export type KernelName = z.infer<typeof kernel>;
export type NamedUpdate = z.infer<typeof namedSchema>;
export type Marks = z.infer<typeof marks>;
/** Who asks for a load or an unload. */
export type By = z.infer<typeof intent>['by'];
export type OutcomeResult = z.infer<typeof outcome>['result'];
/** One load or unload of a boot. */
export type Action = z.infer<typeof action>;
export type LiveState = z.infer<typeof live>;
export type BootState = z.infer<typeof bootState>;
export type KnownUpdate = z.infer<typeof known>;
/** What the journal knows. */
export type GuardState = z.infer<typeof stateSchema>;
