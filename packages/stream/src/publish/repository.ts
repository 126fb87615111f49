// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A maker's repository: a folder with
 *
 *   stream.json            how it is kept
 *   keys/                  keys, unless they are named
 *   public/                what is served
 *   staged/next.json       the roles that change, with the signatures that they have so far
 *   staged/targets/...     files that they list and public/ does not have yet
 *   staged/publishing.json there while a publication is on its way
 *
 * One process works on it at a time (flock on .lock). All that is staged changes by one rename of next.json; files
 * are laid before it, so what it lists is there, and what a killed process laid beyond it is never looked at.
 *
 * A publication is many writes. So it is written down whole first (publishing.json: every file with its bytes), and
 * carried out by `finishPublication`, which may be stopped and repeated anywhere: every step puts one given content
 * in one place. Whoever opens the repository next finishes it before doing anything else. Therefore a file of
 * metadata that was once in public/ never changes, even when nobody could have known of it yet.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '@uptide/base';
import { z } from 'zod';
import { StreamError } from '../error.ts';
import type {
  Envelope,
  Published,
  RootSigned,
  Staged,
  TargetMeta,
  TargetsSigned,
  View,
} from '../repository/model.ts';
import type { MetadataFile } from '../repository/publication.ts';
import {
  MAX_METADATA_BYTES,
  metadataFile,
  read,
  readRoot,
  readSnapshot,
  readTargets,
  readTimestamp,
  roleName,
  rootSchema,
  targetFile,
  targetsSchema,
} from '../repository/schema.ts';
import { type Settings, settingsSchema } from '../repository/settings.ts';
import { MAX_UPDATE_BYTES } from '../update/bounds.ts';
import { printCompactJson, printJson } from '../update/json.ts';
import { type Disk, forMany, REAL_DISK } from './disk.ts';

/** A year of weekly roots for five hundred years. */
const MAX_ROOTS = 25_000;
/** next.json and publishing.json hold many files of metadata: a first publication of 30,000 updates has 60 MB. */
const MAX_STAGE_BYTES = 1024 * 1024 * 1024;

const nextSchema = z.strictObject({
  schema: z.literal(1),
  root: rootSchema.optional(),
  targets: z.array(z.strictObject({ role: roleName, envelope: targetsSchema })),
  weakened: z.array(z.strictObject({ role: roleName, reason: z.string() })).optional(),
});

const publishingSchema = z.strictObject({
  schema: z.literal(1),
  /** In the order in which they are moved. */
  targets: z.array(targetFile),
  /** In the order in which they are written; the last one makes all others seen. */
  metadata: z.array(z.strictObject({ path: metadataFile, text: z.string() })),
  /** What is staged after it. */
  next: nextSchema.optional(),
});

/** A publication, written down before it is carried out. */
interface Publication {
  readonly targets: readonly string[];
  readonly metadata: readonly MetadataFile[];
}

/** An open repository. */
export class Repository {
  readonly folder: string;
  readonly settings: Settings;
  readonly disk: Disk;
  #published: Published;
  #staged: Staged;

  private constructor(folder: string, settings: Settings, disk: Disk, published: Published, staged: Staged) {
    this.folder = folder;
    this.settings = settings;
    this.disk = disk;
    this.#published = published;
    this.#staged = staged;
  }

  /** Opens a folder that is locked. Use `withRepository`. */
  static async open(folder: string, disk: Disk): Promise<Repository> {
    const settings = await readSettings(folder, disk);
    await finishPublication(folder, disk);
    const published = await readPublished(folder, disk);
    return new Repository(folder, settings, disk, published, await readStaged(folder, disk));
  }

  /** What is known: the roles that every command needs, and the bins that `readBins` was asked for. */
  get view(): View {
    return { published: this.#published, staged: this.#staged };
  }

  /** Reads published bins, or other roles with targets, into the view. */
  async readRoles(roles: readonly string[]): Promise<void> {
    const targets = new Map(this.#published.targets);
    for (const role of roles) {
      const version = this.#published.snapshot?.signed.meta[`${role}.json`]?.version;
      if (version === undefined || targets.has(role)) continue;
      const path = publicPath(this.folder, `metadata/${version}.${role}.json`);
      targets.set(role, readTargets(await mustRead(this.disk, path), path));
    }
    this.#published = { ...this.#published, targets };
  }

  /** The bytes of a target, staged or published; undefined when it is in neither place. */
  async readTarget(path: string, target: TargetMeta): Promise<Uint8Array | undefined> {
    const name = targetFileName(path, target);
    const limit = Math.max(target.length, 1);
    return (
      (await this.disk.read(join(this.folder, 'staged', name), limit)) ??
      (await this.disk.read(publicPath(this.folder, name), limit))
    );
  }

  /** The bytes of a file of published metadata; undefined when there is none. */
  async readPublished(path: string): Promise<Uint8Array | undefined> {
    return await this.disk.read(publicPath(this.folder, path), MAX_METADATA_BYTES);
  }

  /** Lays files of targets, by `targetFileName`, for a stage or a publication that lists them. */
  async lay(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const paths = [...files].map(([name, bytes]) => ({ path: join(this.folder, 'staged', name), bytes }));
    await forMany(paths, ({ path, bytes }) => this.disk.lay(path, bytes));
    await this.disk.settle(
      this.folder,
      paths.map(({ path }) => path),
    );
  }

  /** Replaces what is staged, with files that it lists. */
  async stage(staged: Staged, files: ReadonlyMap<string, Uint8Array> = new Map()): Promise<void> {
    await this.lay(files);
    await this.disk.write(nextPath(this.folder), printCompactJson(nextOf(staged)));
    this.#staged = staged;
  }

  /** Drops all that is staged. @throws StreamError STREAM_NOTHING_PUBLISHED where nothing would be left. */
  async unstage(): Promise<void> {
    if (this.#published.root === undefined) {
      throw new StreamError('STREAM_NOTHING_PUBLISHED', 'what is staged is all that there is', {
        place: { file: this.folder },
      });
    }
    await this.disk.remove(join(this.folder, 'staged'));
    this.#staged = { targets: new Map() };
  }

  /** Carries a publication out; `rest` stays staged after it. */
  async publish(publication: Publication, rest: Staged = { targets: new Map() }): Promise<void> {
    const next = isEmpty(rest) ? undefined : nextOf(rest);
    await this.disk.write(publishingPath(this.folder), printCompactJson({ schema: 1, ...publication, next }));
    await finishPublication(this.folder, this.disk);
    this.#published = await readPublished(this.folder, this.disk);
    this.#staged = rest;
  }
}

/**
 * Makes a repository in a folder that has none.
 *
 * @throws StreamError STREAM_EXISTS; UptideError LOCKED.
 */
export async function createRepository(
  folder: string,
  settings: Settings,
  staged: Staged,
  disk: Disk = REAL_DISK,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await withLock(join(folder, '.lock'), async () => {
    const path = settingsPath(folder);
    if ((await disk.read(path, MAX_METADATA_BYTES)) !== undefined) {
      throw new StreamError('STREAM_EXISTS', 'there is a stream already', { place: { file: folder } });
    }
    await disk.write(nextPath(folder), printCompactJson(nextOf(staged)));
    // The file that makes the folder a repository; without it all of this can be done again.
    await disk.write(path, printJson(settings));
  });
}

/**
 * Works on a repository that no other process works on, after finishing a publication that was stopped.
 *
 * @throws StreamError STREAM_NO_REPOSITORY, STREAM_BAD_REPOSITORY, STREAM_BAD_FILE; UptideError LOCKED.
 */
export async function withRepository<T>(
  folder: string,
  work: (repository: Repository) => Promise<T>,
  disk: Disk = REAL_DISK,
): Promise<T> {
  // Before the lock, which would make a file in a folder that is none.
  await readSettings(folder, disk);
  return await withLock(join(folder, '.lock'), async () => await work(await Repository.open(folder, disk)));
}

/** The name below `targets/` that a target is served under (section 6.2.1 of the specification). */
export function targetFileName(path: string, target: TargetMeta): string {
  const slash = path.lastIndexOf('/') + 1;
  return `targets/${path.slice(0, slash)}${target.hashes.sha256}.${path.slice(slash)}`;
}

async function readSettings(folder: string, disk: Disk): Promise<Settings> {
  const path = settingsPath(folder);
  const bytes = await disk.read(path, MAX_METADATA_BYTES);
  if (bytes === undefined) {
    throw new StreamError('STREAM_NO_REPOSITORY', 'there is no stream.json', { place: { file: folder } });
  }
  return read(settingsSchema, bytes, path);
}

function settingsPath(folder: string): string {
  return join(folder, 'stream.json');
}

async function readPublished(folder: string, disk: Disk): Promise<Published> {
  const root = await readNewestRoot(folder, disk);
  const path = publicPath(folder, 'metadata/timestamp.json');
  const bytes = await disk.read(path, MAX_METADATA_BYTES);
  if (root === undefined || bytes === undefined) return { targets: new Map() };
  const timestamp = readTimestamp(bytes, path);
  const snapshotPath = publicPath(
    folder,
    `metadata/${timestamp.signed.meta['snapshot.json'].version}.snapshot.json`,
  );
  const snapshot = readSnapshot(await mustRead(disk, snapshotPath), snapshotPath);
  const targets = new Map<string, Envelope<TargetsSigned>>();
  const readRole = async (role: string): Promise<Envelope<TargetsSigned>> => {
    const version = snapshot.signed.meta[`${role}.json`]?.version;
    const at = publicPath(folder, `metadata/${version}.${role}.json`);
    const envelope = readTargets(await mustRead(disk, at), at);
    targets.set(role, envelope);
    return envelope;
  };
  const top = await readRole('targets');
  for (const { name } of top.signed.delegations?.roles ?? []) await readRole(name);
  return { root, targets, snapshot, timestamp };
}

async function readNewestRoot(folder: string, disk: Disk): Promise<Envelope<RootSigned> | undefined> {
  let newest: Envelope<RootSigned> | undefined;
  for (let version = 1; version <= MAX_ROOTS; version++) {
    const path = publicPath(folder, `metadata/${version}.root.json`);
    const bytes = await disk.read(path, MAX_METADATA_BYTES);
    if (bytes === undefined) return newest;
    newest = readRoot(bytes, path);
  }
  throw new StreamError('STREAM_BAD_REPOSITORY', `there are more than ${MAX_ROOTS} roots`);
}

async function readStaged(folder: string, disk: Disk): Promise<Staged> {
  const path = nextPath(folder);
  const bytes = await disk.read(path, MAX_STAGE_BYTES);
  if (bytes === undefined) return { targets: new Map() };
  const { root, targets, weakened } = read(nextSchema, bytes, path, MAX_STAGE_BYTES);
  return { root, targets: new Map(targets.map(({ role, envelope }) => [role, envelope])), weakened };
}

function nextOf({ root, targets, weakened }: Staged): z.infer<typeof nextSchema> {
  const listed = [...targets].map(([role, envelope]) => ({ role, envelope }));
  const next = { schema: 1, root, targets: listed.sort((a, b) => (a.role < b.role ? -1 : 1)), weakened };
  return nextSchema.parse(next);
}

/** Whether nothing is staged. */
export function isEmpty({ root, targets }: Staged): boolean {
  return root === undefined && targets.size === 0;
}

/** Carries out what publishing.json says, if it is there. Every step may be repeated. */
async function finishPublication(folder: string, disk: Disk): Promise<void> {
  const journal = publishingPath(folder);
  const bytes = await disk.read(journal, MAX_STAGE_BYTES);
  if (bytes === undefined) return;
  for (const swept of ['staged', 'public/metadata']) await disk.sweep(join(folder, swept));
  const { targets, metadata, next } = read(publishingSchema, bytes, journal, MAX_STAGE_BYTES);
  await forMany(targets, (name) => disk.move(join(folder, 'staged', name), publicPath(folder, name)));
  await disk.settle(
    folder,
    targets.map((name) => publicPath(folder, name)),
  );
  for (const { path, text } of metadata) await disk.write(publicPath(folder, path), Buffer.from(text));
  // The journal goes last: until then all of this can be done again.
  if (next === undefined) {
    await disk.remove(nextPath(folder));
    await disk.remove(join(folder, 'staged', 'targets'));
  } else await disk.write(nextPath(folder), printCompactJson(next));
  await disk.remove(journal);
}

async function mustRead(disk: Disk, path: string): Promise<Uint8Array> {
  const bytes = await disk.read(path, Math.max(MAX_METADATA_BYTES, MAX_UPDATE_BYTES));
  if (bytes === undefined) {
    throw new StreamError('STREAM_BAD_REPOSITORY', 'the file is gone', { place: { file: path } });
  }
  return bytes;
}

function publicPath(folder: string, name: string): string {
  return join(folder, 'public', name);
}

function nextPath(folder: string): string {
  return join(folder, 'staged', 'next.json');
}

function publishingPath(folder: string): string {
  return join(folder, 'staged', 'publishing.json');
}
