// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Copies a stream into a folder that can be served. The mirror is a client like any other: it verifies from its own
 * pinned root, and never goes back. Whoever reads the mirror verifies again, so a chain of mirrors needs no trust in
 * any of them.
 *
 * Metadata is copied whole, whatever the filter. Snapshot and delegations speak of all roles at once; a mirror without
 * some of them would look like an attack to a client that needs one. A filter leaves out targets only, and
 * `mirror.json` says which, so that a client can tell "not carried here" from "held back".
 *
 * Targets come first, then the metadata (`metadata.ts` has its order); the timestamp makes all of it seen at once. All
 * names but that one are new ones, as a version or a digest stands in them. So a reader sees the state before or the
 * state after, at every moment and after a kill at any moment. What was copied before a failure is there for the next
 * try.
 *
 * Files that are there under the name of their digest are not read again: they were verified before they got it. With
 * `verify` they are.
 */
import { QUIET, type Reporter, Slots, UptideError } from '@uptide/base';
import { openTrustedStream, type TrustedStream } from '../client/open.ts';
import { subscribeFolder, trustFolder } from '../client/trust-folder.ts';
import { StreamError } from '../error.ts';
import { MIRROR_FILE, type TargetFilter } from '../formats/mirror-file.ts';
import type { Freshness, Lateness, Source, SourceFault, TargetInfo, TrustedRole } from '../trust/model.ts';
import { parseRoot } from '../trust/parse.ts';
import { printJson } from '../update/json.ts';
import { carries } from './filter.ts';
import { metadataFiles } from './metadata.ts';
import { MirrorFolder } from './mirror-folder.ts';
import { targetName } from './names.ts';
import { planPrune } from './unreferenced.ts';

/** Files on their way at a time: a web server answers each after a round trip. */
const DOWNLOADS = 4;
/** Failures that are told; whoever lacks one file mostly lacks many. */
const MAX_TOLD = 10;

export interface MirrorOptions {
  readonly source: Source;
  /** The root to pin; needed the first time, and later only compared. */
  readonly root?: Uint8Array | undefined;
  readonly filter: TargetFilter;
  /** Read again what is there, and compare it with its digest. */
  readonly verify?: boolean | undefined;
  /** Remove files that have not been listed for so many milliseconds. */
  readonly pruneAfter?: number | undefined;
  /** For what came on foot; see `air-gap/lateness.ts`. */
  readonly late?: Lateness | undefined;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
  readonly reporter?: Reporter | undefined;
}

/** What a mirror did. */
export interface MirrorReport {
  readonly freshness: Freshness;
  /** Files of metadata that were written. */
  readonly metadata: number;
  readonly targets: {
    /** In the whole stream. */
    readonly listed: number;
    /** Of these, carried here. */
    readonly carried: number;
    /** Brought now. */
    readonly fetched: number;
    readonly bytes: number;
  };
  readonly pruned: readonly string[];
  /** Files that are not listed any more and wait for their end. */
  readonly unlisted: number;
  /** What single mirrors of the source did wrong. */
  readonly faults: readonly SourceFault[];
}

/**
 * Brings a mirror up to what its source has.
 *
 * @throws StreamError STREAM_NO_ROOT, STREAM_OTHER_ROOT, STREAM_BAD_NAME, STREAM_INCOMPLETE when files are missing or
 * damaged at the source (the mirror stays as it was), and what a refresh throws; UptideError INTERRUPTED, LOCKED.
 */
export async function mirrorStream(
  options: MirrorOptions & { readonly folder: string },
): Promise<MirrorReport> {
  return await mirrorInto(new MirrorFolder(options.folder), options);
}

/** As `mirrorStream`, into a folder of which a test may have its own kind. */
export async function mirrorInto(folder: MirrorFolder, options: MirrorOptions): Promise<MirrorReport> {
  return await folder.locked(async () => {
    const { source, now, late, filter, reporter = QUIET } = options;
    await pinRoot(folder.trust, options.root);
    const stream = await openTrustedStream({ folder: folder.trust, source, now, late });
    const roles = await reporter.step('metadata', async () => {
      await stream.refresh();
      return await stream.roles();
    });
    const listed = await listTargets(stream, roles);
    const carried = listed.filter(({ path }) => carries(filter, path));
    const targets = await reporter.step('targets', () => fetchTargets(folder, stream, carried, options));
    const metadata = await metadataFiles(folder, stream, roles, source);
    let written = 0;
    for (const [name, bytes] of [mirrorFile(filter), ...metadata]) {
      if (await folder.put(name, bytes)) written++;
    }
    const names = new Set([...metadata.map(([name]) => name), ...carried.map(targetName)]);
    const { remove, marks } = await prune(folder, names, options);
    return {
      freshness: stream.freshness(),
      metadata: written,
      targets: { listed: listed.length, carried: carried.length, ...targets },
      pruned: remove,
      unlisted: Object.keys(marks).length,
      faults: stream.faults(),
    };
  });
}

/** Trust begins with the root that was given first; another one later is a mistake or worse. */
async function pinRoot(folder: string, root: Uint8Array | undefined): Promise<void> {
  const store = trustFolder(folder);
  if ((await store.embeddedRoot()) === undefined) {
    if (root === undefined) {
      throw new StreamError('STREAM_NO_ROOT', 'the mirror is new, and no root was given');
    }
    await subscribeFolder(folder, root);
    return;
  }
  if (root === undefined) return;
  const copies = await store.rootCopies(parseRoot(root).signed.version);
  if (copies.some((bytes) => Buffer.compare(bytes, root) === 0)) return;
  throw new StreamError(
    'STREAM_OTHER_ROOT',
    'the mirror follows another stream, or does not know this root yet',
  );
}

/** Every target that a client would find; a role may list what it must not speak for. */
async function listTargets(stream: TrustedStream, roles: readonly TrustedRole[]): Promise<TargetInfo[]> {
  const paths = new Set(roles.flatMap(({ targets }) => targets.map(({ path }) => path)));
  const found: TargetInfo[] = [];
  for (const path of [...paths].sort()) {
    const info = await stream.info(path);
    if (info !== undefined) found.push(info);
  }
  return found;
}

async function fetchTargets(
  folder: MirrorFolder,
  stream: TrustedStream,
  carried: readonly TargetInfo[],
  { verify = false, signal, reporter = QUIET }: MirrorOptions,
): Promise<{ readonly fetched: number; readonly bytes: number }> {
  await folder.served();
  const slots = new Slots(DOWNLOADS);
  const failures: UptideError[] = [];
  let [done, fetched, bytes] = [0, 0, 0];
  const bring = async (info: TargetInfo): Promise<void> => {
    if (signal?.aborted === true)
      throw new UptideError('INTERRUPTED', 'the mirror was not brought up to date');
    const name = targetName(info);
    reporter.progress(done++, carried.length, 'files');
    if (await folder.holds(name, info.length, verify ? info.sha256 : undefined)) return;
    try {
      await folder.put(name, await stream.download(info.path));
      fetched++;
      bytes += info.length;
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      failures.push(error);
    }
  };
  // All of them end before the lock is given back, also when one fails.
  const ends = await Promise.allSettled(carried.map((info) => slots.run(() => bring(info))));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  if (failures.length === 0) return { fetched, bytes };
  const told = failures.slice(0, MAX_TOLD).map((error) => error.describe());
  const more = failures.length > told.length ? [`and ${failures.length - told.length} more`] : [];
  throw new StreamError('STREAM_INCOMPLETE', [...told, ...more].join('\n'), { cause: failures[0] });
}

function mirrorFile(filter: TargetFilter): readonly [string, Uint8Array] {
  return [MIRROR_FILE, printJson({ schema: 1, carries: filter })];
}

/** Roots stay for ever: a machine that was off for years walks from the one that it has (TUF 5.3). */
const ROOT_NAME = /^metadata\/\d+\.root\.json$/;

async function prune(
  folder: MirrorFolder,
  listed: ReadonlySet<string>,
  { now, pruneAfter }: MirrorOptions,
): Promise<ReturnType<typeof planPrune>> {
  const present = [...(await folder.served())].filter((name) => !ROOT_NAME.test(name));
  const plan = planPrune(present, listed, await folder.readMarks(), now(), pruneAfter);
  for (const name of plan.remove) await folder.remove(name);
  await folder.keepMarks(plan.marks);
  return plan;
}
