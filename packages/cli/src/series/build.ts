// SPDX-License-Identifier: GPL-2.0-or-later
//
// Builds the levels of a series, from 1 to n. Each is made from the pristine source and all patches up to it. A
// published level whose file is there, with the digest of the lock file, is taken as it is; every other one is made.
// The first level that cannot be made, or must not be, ends the build: those above it contain its patches.
import { type ExitName, type Finding, type Reporter, UptideError } from '@uptide/base';
import { decodeUpdate, encodeUpdate, type Update } from '@uptide/stream';
import { endingOf, type Naming } from '../glue/create.ts';
import type { Made } from '../glue/make.ts';
import { remadeBytes } from '../glue/verify.ts';
import { compareCallbacks } from './callbacks.ts';
import { type SeriesLock, updateChanged } from './lock.ts';
import { levelFile, type PlannedLevel } from './model.ts';
import { fileDigest } from './plan.ts';
import { compareStates } from './states.ts';

/** The files of the levels, by name. */
export interface LevelFiles {
  /** Undefined when there is no such file. */
  readonly read: (name: string) => Promise<Uint8Array | undefined>;
  readonly write: (name: string, bytes: Uint8Array) => Promise<void>;
}

/** What is built, and by what. */
export interface BuildOptions {
  readonly plan: readonly PlannedLevel[];
  readonly lock: SeriesLock | undefined;
  readonly files: LevelFiles;
  readonly make: (patches: PlannedLevel['patches'], naming: Naming) => Promise<Made>;
  readonly reporter: Pick<Reporter, 'note'>;
}

/**
 * A level that is there. `made`: its file was written. `same`: the file that was there is what was made, and stayed,
 * with its proof. `judged`: it is what was made, and was written again with its proof and other sign-offs.
 * `published`: the file of the lock file was there, and nothing was made.
 */
export interface BuiltLevel {
  readonly plan: PlannedLevel;
  readonly how: 'made' | 'same' | 'judged' | 'published';
  readonly update: Update;
  /** SHA-256 of the update without proof and sign-offs. */
  readonly digest: string;
  readonly findings: readonly Finding[];
}

/** A build that came to its end, or why it stopped. */
export interface SeriesBuild {
  readonly levels: readonly BuiltLevel[];
  /** There when a level could not be built. */
  readonly stopped?: {
    readonly plan: PlannedLevel;
    readonly ending: ExitName;
    readonly findings: readonly Finding[];
  };
}

/** Builds the levels; the lock file must have been compared with the plan. */
export async function buildSeries(options: BuildOptions): Promise<SeriesBuild> {
  const levels: BuiltLevel[] = [];
  for (const plan of options.plan) {
    const locked = options.lock?.levels[plan.level - 1];
    const present = await presentUpdate(options.files, plan);
    const stop = (findings: readonly Finding[], ending: ExitName = 'refused'): SeriesBuild => ({
      levels,
      stopped: { plan, ending, findings },
    });
    if (present !== undefined && present.digest === locked?.update) {
      const findings = between(levels.at(-1), plan, present.update);
      levels.push({ plan, how: 'published', ...present, findings });
      continue;
    }
    const { outcome, update } = await options.make(plan.patches, namingOf(plan));
    for (const note of outcome.notes) options.reporter.note(note);
    if (update === undefined) return stop(outcome.findings, endingOf(outcome));
    const digest = fileDigest(remadeBytes(update));
    if (locked !== undefined && digest !== locked.update) return stop([updateChanged(locked)]);
    const findingsBetween = between(levels.at(-1), plan, update);
    const findings = [...outcome.findings, ...findingsBetween];
    if (findingsBetween.some(({ verdict }) => verdict === 'refuse')) return stop(findings);
    if (present?.digest === digest && judgementOf(present.update) === judgementOf(update)) {
      levels.push({ plan, how: 'same', ...present, findings });
    } else if (present?.digest === digest) {
      const judged = { ...present.update, description: update.description };
      await options.files.write(levelFile(plan.level), encodeUpdate(judged));
      levels.push({ plan, how: 'judged', update: judged, digest, findings });
    } else {
      await options.files.write(levelFile(plan.level), encodeUpdate(update));
      levels.push({ plan, how: 'made', update, digest, findings });
    }
  }
  return { levels };
}

/** What the update of a level is called: the fix that it brings, the CVEs of all that it has. */
function namingOf({ level, entry, fixes, undone, patches }: PlannedLevel): Naming {
  // In many series every patch is called 0001.patch, in a folder of its fix.
  const patchNames = patches.map(({ path }) => path.replaceAll('/', '-'));
  return { level, title: entry.title, cves: fixes.flatMap(({ cves }) => cves), fixes, undone, patchNames };
}

/** What stands between a level and the one before it. */
function between(before: BuiltLevel | undefined, { level }: PlannedLevel, update: Update): Finding[] {
  if (before === undefined) return [];
  const [old, next] = [before.update.description, update.description];
  const from = { level: before.plan.level, states: old.states ?? [], objects: old.objects };
  const to = { level, states: next.states ?? [], objects: next.objects };
  const states = compareStates(from, to);
  const back = !states.some(({ code }) => code === 'SERIES_ONE_WAY');
  return [...states, ...compareCallbacks(from, to, back)];
}

/** What people said of the findings of an update, which its digest leaves out. */
function judgementOf({ description: { findings, unreviewed } }: Update): string {
  const said = findings.map(({ signedOff }) =>
    signedOff === undefined ? null : [signedOff.name, signedOff.reason, signedOff.date],
  );
  return JSON.stringify([said, unreviewed?.reason ?? null]);
}

/** The update in the file of a level; undefined when there is none, or something else. */
async function presentUpdate(
  files: LevelFiles,
  { level }: PlannedLevel,
): Promise<{ readonly update: Update; readonly digest: string } | undefined> {
  const bytes = await files.read(levelFile(level));
  if (bytes === undefined) return undefined;
  try {
    const update = decodeUpdate(bytes);
    return { update, digest: fileDigest(remadeBytes(update)) };
  } catch (error) {
    if (error instanceof UptideError) return undefined;
    throw error;
  }
}
