// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * An export as a file: the tar archive of `update/tar.ts`, too large to be held in memory. `export.json` comes first,
 * then each content once, under its digest, by rising digest. As with an update there is one form only; the reader
 * compares each header with the one that it would write, and everything between and behind with zeros.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StreamError } from '../error.ts';
import { EXPORT_FILE, type ExportFile, exportSchema, MAX_EXPORT_FILE_BYTES } from '../formats/export-file.ts';
import { MAX_TARGET_BYTES } from '../trust/limits.ts';
import { parseJson, printJson } from '../update/json.ts';
import { BLOCK, END_BYTES, header, padded, readHeader } from '../update/tar.ts';

/** Bytes that are read at a time when digests are compared. */
const CHUNK = 1024 * 1024;

/**
 * Writes an export; at every moment the path holds the file that was there before, or the new one.
 *
 * @param read the content of a file by its path.
 */
export async function writeArchive(
  path: string,
  described: ExportFile,
  read: (path: string) => Promise<Uint8Array>,
): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await append(file, EXPORT_FILE, printJson(described));
      for (const { sha256, path: name } of contents(described)) await append(file, sha256, await read(name));
      await file.writeFile(new Uint8Array(END_BYTES));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}

async function append(file: FileHandle, name: string, bytes: Uint8Array): Promise<void> {
  await file.writeFile(header(name, bytes.length));
  await file.writeFile(bytes);
  await file.writeFile(new Uint8Array(padded(bytes.length) - bytes.length));
}

/** An export that was opened. */
export interface Archive {
  readonly described: ExportFile;
  /** The content of a file; undefined when the export does not have it. */
  readonly read: (path: string) => Promise<Uint8Array | undefined>;
  /** Compares every content with its digest. @throws StreamError STREAM_EXPORT_DAMAGED */
  readonly verify: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Opens an export and checks its form; contents are read later.
 *
 * @throws StreamError STREAM_EXPORT_DAMAGED
 */
export async function openArchive(path: string): Promise<Archive> {
  const file = await open(path, 'r');
  try {
    const reader = new Reader(file, path, (await file.stat()).size);
    const described = await reader.describe();
    const places = await reader.walk(described);
    const bySha = new Map(described.files.map((one) => [one.path, one.sha256]));
    return {
      described,
      read: async (name) => {
        const place = places.get(bySha.get(name) ?? '');
        return place === undefined ? undefined : await reader.bytes(place.start, place.size);
      },
      verify: async () => {
        for (const [sha256, { start, size }] of places) await reader.compare(sha256, start, size);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface Place {
  readonly start: number;
  readonly size: number;
}

class Reader {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #end: number;
  #at = 0;

  constructor(file: FileHandle, path: string, end: number) {
    this.#file = file;
    this.#path = path;
    this.#end = end;
  }

  /** Reads `export.json`. */
  async describe(): Promise<ExportFile> {
    const { start, size } = await this.#next(EXPORT_FILE);
    if (size > MAX_EXPORT_FILE_BYTES) throw this.damaged(`${EXPORT_FILE} has ${size} bytes`);
    const read = exportSchema.safeParse(this.#parsed(await this.bytes(start, size)));
    if (read.success) return read.data;
    throw this.damaged(`${EXPORT_FILE} is not in its form`, read.error);
  }

  /** Finds the contents, in their order and nothing else. */
  async walk(described: ExportFile): Promise<ReadonlyMap<string, Place>> {
    const places = new Map<string, Place>();
    for (const { sha256, length } of contents(described)) {
      const place = await this.#next(sha256);
      if (place.size !== length) throw this.damaged(`${sha256} has ${place.size} bytes, not ${length}`);
      places.set(sha256, place);
    }
    const rest = await this.bytes(this.#at, Math.min(END_BYTES, this.#end - this.#at));
    if (rest.length !== END_BYTES || this.#at + END_BYTES !== this.#end || rest.some((byte) => byte !== 0)) {
      throw this.damaged('the archive does not end where it should');
    }
    return places;
  }

  async bytes(start: number, size: number): Promise<Uint8Array> {
    if (start + size > this.#end) throw this.damaged('it ends too early');
    const bytes = Buffer.alloc(size);
    for (let length = 0; length < size; ) {
      const { bytesRead } = await this.#file.read(bytes, length, size - length, start + length);
      if (bytesRead === 0) throw this.damaged('it ends too early');
      length += bytesRead;
    }
    return bytes;
  }

  async compare(sha256: string, start: number, size: number): Promise<void> {
    const hash = createHash('sha256');
    for (let done = 0; done < size; done += CHUNK) {
      hash.update(await this.bytes(start + done, Math.min(CHUNK, size - done)));
    }
    if (hash.digest('hex') !== sha256) throw this.damaged(`the content ${sha256} is not what its name says`);
  }

  damaged(reason: string, cause?: unknown): StreamError {
    return new StreamError('STREAM_EXPORT_DAMAGED', reason, { place: { file: this.#path }, cause });
  }

  /** The next file of the archive, which must have this name. */
  async #next(name: string): Promise<Place> {
    const start = this.#at + BLOCK;
    const { path, size } = this.#header(await this.bytes(this.#at, BLOCK));
    if (path !== name) throw this.damaged(`${JSON.stringify(path)} stands where ${name} belongs`);
    if (size > Math.max(MAX_TARGET_BYTES, MAX_EXPORT_FILE_BYTES))
      throw this.damaged(`${name} has ${size} bytes`);
    const padding = await this.bytes(start + size, padded(size) - size);
    if (padding.some((byte) => byte !== 0)) throw this.damaged(`there is something behind ${name}`);
    this.#at = start + padded(size);
    return { start, size };
  }

  #header(block: Uint8Array): ReturnType<typeof readHeader> {
    try {
      return readHeader(block);
    } catch (cause) {
      throw this.damaged('this is no header of an export', cause);
    }
  }

  #parsed(bytes: Uint8Array): unknown {
    try {
      return parseJson(bytes, EXPORT_FILE);
    } catch (cause) {
      throw this.damaged(`${EXPORT_FILE} is not in its one form`, cause);
    }
  }
}

/** One file for each content, by rising digest. */
function contents({ files }: ExportFile): ExportFile['files'] {
  const bySha = new Map(files.map((file) => [file.sha256, file]));
  return [...bySha.values()].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}
