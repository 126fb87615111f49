// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * A stream that is followed: the rules of `trust/` with a folder to remember in, a source to ask and a clock.
 *
 * Opening reads and verifies what was trusted before and asks nobody. `refresh` asks the source, holding the lock of the
 * folder, and begins with what the folder has then, not with what this process read before: two processes that
 * refresh at once do it one after the other. `info` and `download` speak of the last refresh.
 */
import type { Metadata, TargetFile, Targets } from '@tufjs/models';
import { StreamError } from '../error.ts';
import { afterRefresh, type ClockMemory, lookAtClock } from '../trust/clock.ts';
import { everyRole, findTarget, type LoadRole } from '../trust/delegations.ts';
import type { Current, Held, Trusted } from '../trust/held.ts';
import { loadTrusted } from '../trust/load.ts';
import type { Freshness, Lateness, Source, SourceFault, TargetInfo, TrustedRole } from '../trust/model.ts';
import { ask, loadRole, type Means, refresh } from '../trust/refresh.ts';
import { checkFresh, checkSigned, nextSnapshot } from '../trust/rules.ts';
import { checkTarget, targetInfo, targetPath } from '../trust/target.ts';
import { saysNotMirrored } from './not-mirrored.ts';
import { type TrustFolder, trustFolder } from './trust-folder.ts';

/** A stream as a client sees it. Every error is a StreamError or one of the system. */
export interface TrustedStream {
  /**
   * Asks the source for news and believes what verifies.
   *
   * @throws StreamError the code of what is wrong; what was trusted before is still trusted.
   */
  readonly refresh: () => Promise<void>;
  /** What the stream says of a target; undefined when nobody who may speak for it lists it. */
  readonly info: (path: string) => Promise<TargetInfo | undefined>;
  /**
   * Brings a target.
   *
   * @param have bytes of an earlier download: when they are the target, nothing is asked for.
   * @returns its bytes, of the signed length and digest.
   * @throws StreamError STREAM_NO_TARGET, STREAM_NOT_FOUND, STREAM_TRUNCATED, STREAM_WRONG_HASH, and what the source
   * throws.
   */
  readonly download: (path: string, have?: Uint8Array) => Promise<Uint8Array>;
  /** Every role that lists targets, `targets` first; brings all of them. */
  readonly roles: () => Promise<readonly TrustedRole[]>;
  /** The bytes of root, timestamp or snapshot as they were served. */
  readonly topLevel: (role: 'root' | 'timestamp' | 'snapshot') => Uint8Array | undefined;
  readonly freshness: () => Freshness;
  /** What single mirrors did wrong although the stream could be read. */
  readonly faults: () => readonly SourceFault[];
}

export interface TrustedStreamOptions {
  /** Made by `subscribeFolder`. */
  readonly folder: string;
  readonly source: Source;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Where news come on foot: what is still taken after its end. */
  readonly late?: Lateness | undefined;
}

/**
 * Opens a stream that a folder follows.
 *
 * @throws StreamError STREAM_NO_ROOT when the folder follows no stream, or the root that it was subscribed to is damaged.
 */
export async function openTrustedStream(options: TrustedStreamOptions): Promise<TrustedStream> {
  const { source } = options;
  const folder = trustFolder(options.folder);
  const state = new State(await loadTrusted(folder), await folder.readClock());
  const find = async (path: string): Promise<TargetFile | undefined> => {
    const { current, load } = await state.ready(folder, options);
    return await findTarget(current.targets.metadata, path, load);
  };
  return {
    refresh: () => folder.locked(() => refreshState(state, folder, options)),
    info: async (path) => {
      const target = await find(path);
      return target === undefined ? undefined : targetInfo(target);
    },
    download: async (path, have) => {
      const target = await find(path);
      if (target === undefined)
        throw new StreamError('STREAM_NO_TARGET', 'the stream does not list it', { place: { file: path } });
      if (have !== undefined && isTarget(target, have)) return have;
      return await downloadTarget(state.trusted, target, source);
    },
    roles: async () => {
      const { current, load } = await state.ready(folder, options);
      await everyRole(current.targets.metadata, load);
      return [...state.loaded].map(([name, held]) => trustedRole(name, held));
    },
    topLevel: (role) => state.trusted[role]?.bytes,
    freshness: () => state.freshness(options.late),
    faults: () => source.faults?.() ?? [],
  };
}

const TOP_LEVEL_ROLES = ['root', 'timestamp', 'snapshot', 'targets'] as const;

/** What one process knows of a stream. */
class State {
  trusted: Trusted;
  clock: ClockMemory | undefined;
  current: Current | undefined;
  /** Roles that list targets, by name, as far as they were needed. */
  readonly loaded = new Map<string, Held<Targets>>();
  /** Which of them were verified by the keys of which delegator: a mirror asks for each of many thousand targets. */
  #verified = new WeakMap<Metadata<Targets>, Set<string>>();

  constructor(trusted: Trusted, clock: ClockMemory | undefined) {
    this.trusted = trusted;
    this.clock = clock;
  }

  /** What `info` and its like work on: the last refresh, or what the folder had when it was opened. */
  async ready(
    folder: TrustFolder,
    options: TrustedStreamOptions,
  ): Promise<{ current: Current; load: LoadRole }> {
    const reference = lookAtClock(this.clock, options.now()).latest;
    const { source, late } = options;
    const means: Means = { store: lockedStore(folder), source, reference, late };
    const current = this.current ?? (await this.fromFolder(means));
    this.accept(current);
    for (const role of TOP_LEVEL_ROLES) checkFresh(role, current[role].metadata, means);
    const load: LoadRole = async (role, delegator) => {
      const known = this.loaded.get(role);
      const verified = this.#verified.get(delegator) ?? new Set();
      if (known !== undefined) {
        if (!verified.has(role)) checkSigned(delegator, role, known.metadata);
        checkFresh(role, known.metadata, means);
      }
      const held = known ?? (await loadRole(role, delegator, current, means));
      this.loaded.set(role, held);
      this.#verified.set(delegator, verified.add(role));
      return held.metadata;
    };
    return { current, load };
  }

  /** Takes a refresh as what is true now. */
  accept(current: Current): void {
    if (this.current === current) return;
    this.current = current;
    this.trusted = current;
    this.loaded.clear();
    this.#verified = new WeakMap();
    this.loaded.set('targets', current.targets);
  }

  freshness(late: Lateness | undefined): Freshness {
    const { root, timestamp, snapshot } = this.trusted;
    const { checked, seen } = this.clock ?? {};
    const grace = late?.roles.includes('timestamp') === true ? late.milliseconds : 0;
    const top = { root, timestamp, snapshot, ...Object.fromEntries(this.loaded) };
    const versions: Record<string, number> = {};
    for (const [role, held] of Object.entries(top)) {
      if (held !== undefined) versions[role] = held.metadata.signed.version;
    }
    return {
      ...(checked === undefined ? {} : { checked }),
      ...(timestamp === undefined ? {} : { expires: Date.parse(timestamp.metadata.signed.expires) + grace }),
      ...(seen === undefined ? {} : { unchangedSince: seen.since }),
      versions,
    };
  }

  private async fromFolder(means: Means): Promise<Current> {
    const { root, timestamp, snapshot } = this.trusted;
    if (timestamp === undefined || snapshot === undefined)
      throw new StreamError('STREAM_NOT_FOUND', 'the stream was not read yet');
    nextSnapshot(root.metadata, timestamp.metadata, undefined, snapshot.bytes);
    const whole = { root, timestamp, snapshot };
    return { ...whole, targets: await loadRole('targets', root.metadata, whole, means) };
  }
}

async function refreshState(
  state: State,
  folder: TrustFolder,
  { source, now, late }: TrustedStreamOptions,
): Promise<void> {
  state.clock = lookAtClock(await folder.readClock(), now());
  await folder.keepClock(state.clock);
  state.trusted = await loadTrusted(folder);
  try {
    state.accept(
      await refresh(state.trusted, { store: folder, source, reference: state.clock.latest, late }),
    );
  } catch (error) {
    state.trusted = await loadTrusted(folder);
    throw error;
  }
  state.clock = afterRefresh(state.clock, state.trusted.timestamp?.metadata.signed.version ?? 1);
  await folder.keepClock(state.clock);
}

/** Roles are brought outside of a refresh: each write takes the lock for itself. */
function lockedStore(folder: TrustFolder): TrustFolder {
  return { ...folder, keep: (role, bytes) => folder.locked(() => folder.keep(role, bytes)) };
}

async function downloadTarget({ root }: Trusted, target: TargetFile, source: Source): Promise<Uint8Array> {
  const path = targetPath(target, root.metadata.signed.consistentSnapshot);
  const bytes = await ask(source, path, target.length, (found) => {
    checkTarget(target, found);
    return found;
  });
  if (bytes !== undefined) return bytes;
  const left = await saysNotMirrored(source, target.path);
  const [code, reason] = left
    ? (['STREAM_NOT_MIRRORED', 'the mirror does not carry this kernel'] as const)
    : (['STREAM_NOT_FOUND', 'the source does not have it'] as const);
  throw new StreamError(code, reason, { place: { file: path } });
}

function isTarget(target: TargetFile, bytes: Uint8Array): boolean {
  try {
    checkTarget(target, bytes);
    return true;
  } catch {
    return false;
  }
}

function trustedRole(name: string, { metadata, bytes }: Held<Targets>): TrustedRole {
  const targets = Object.values(metadata.signed.targets).map(targetInfo);
  return { name, version: metadata.signed.version, bytes, targets };
}
