// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The container of an update: a POSIX.1-1988 tar archive (ustar) of plain files, of which exactly one form
 * exists for given names and contents.
 *
 * tar has many ways to say the same: blanks or zeros in numbers, extension headers, padding after the end,
 * junk in unused fields. Readers differ in what they make of the odd ones, and a signature over bytes that
 * two programs read differently is worth nothing. So the reader here does not judge oddities one by one. It
 * takes names and contents at the places where the plain form has them, writes the archive anew from these,
 * and accepts the input only when it is that, byte for byte. Whatever the writer does not write is refused.
 *
 * Every field is fixed: owner 0, mode 0644, time 0, no names of users. The cost is one copy of the archive in
 * memory (some milliseconds for the few megabytes that an update has).
 */
import { StreamError } from '../error.ts';
import { MAX_FILES, MAX_PATH_BYTES, MAX_UPDATE_BYTES } from './bounds.ts';

/** A file of an archive. */
export interface TarFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export const BLOCK = 512;
/** The archive ends with two blocks of zeros (POSIX.1-1988, 10.1.1). */
export const END_BYTES = 2 * BLOCK;
/** Path segments of plain ASCII that begin with a letter or digit: no `..`, no root, nothing hidden. */
const SAFE_PATH = /^[A-Za-z0-9][A-Za-z0-9._+-]*(\/[A-Za-z0-9][A-Za-z0-9._+-]*)*$/;

/** Offset and length of the fields of a ustar header (POSIX.1-1988, table 10-1). */
const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeflag: [156, 1],
  magic: [257, 6],
  version: [263, 2],
  devmajor: [329, 8],
  devminor: [337, 8],
} as const;

/**
 * Packs files in the given order.
 *
 * @throws StreamError UPDATE_BAD_PATH, UPDATE_DUPLICATE_FILE, UPDATE_TOO_LARGE.
 */
export function writeTar(files: readonly TarFile[]): Uint8Array {
  checkNames(files.map((file) => file.path));
  const total = files.reduce((sum, file) => sum + BLOCK + padded(file.bytes.length), END_BYTES);
  if (total > MAX_UPDATE_BYTES) throw tooLarge(total);
  const archive = new Uint8Array(total);
  let at = 0;
  for (const file of files) {
    archive.set(header(file.path, file.bytes.length), at);
    archive.set(file.bytes, at + BLOCK);
    at += BLOCK + padded(file.bytes.length);
  }
  return archive;
}

/**
 * Unpacks an archive that `writeTar` made; the contents are views of `archive`.
 *
 * @throws StreamError UPDATE_TRUNCATED, UPDATE_TOO_LARGE, UPDATE_BAD_ARCHIVE, UPDATE_BAD_PATH,
 * UPDATE_DUPLICATE_FILE.
 */
export function readTar(archive: Uint8Array): TarFile[] {
  if (archive.length > MAX_UPDATE_BYTES) throw tooLarge(archive.length);
  const files: TarFile[] = [];
  let at = 0;
  for (;;) {
    if (at + END_BYTES > archive.length) {
      throw new StreamError('UPDATE_TRUNCATED', 'the archive has no end', { place: { offset: at } });
    }
    if (archive[at] === 0) break;
    if (files.length === MAX_FILES) {
      throw new StreamError('UPDATE_TOO_LARGE', `the archive has more than ${MAX_FILES} files`);
    }
    const size = readSize(archive, at);
    const start = at + BLOCK;
    if (start + padded(size) > archive.length) {
      throw new StreamError('UPDATE_TRUNCATED', `a file of ${size} bytes reaches past the end`, {
        place: { offset: at },
      });
    }
    files.push({ path: readName(archive, at), bytes: archive.subarray(start, start + size) });
    at = start + padded(size);
  }
  const plain = writeTar(files);
  if (Buffer.compare(plain, archive) !== 0) {
    const offset = plain.findIndex((byte, index) => byte !== archive[index]);
    throw new StreamError('UPDATE_BAD_ARCHIVE', 'the archive is not in the one form that an update has', {
      place: { offset: offset === -1 ? plain.length : offset },
    });
  }
  return files;
}

/** The one header that a file has. */
export function header(path: string, size: number): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const put = ([offset]: readonly [number, number], text: string): void => {
    block.write(text, offset, 'latin1');
  };
  put(FIELD.name, path);
  put(FIELD.mode, octal(0o644, 7));
  put(FIELD.uid, octal(0, 7));
  put(FIELD.gid, octal(0, 7));
  put(FIELD.size, octal(size, 11));
  put(FIELD.mtime, octal(0, 11));
  put(FIELD.typeflag, '0');
  put(FIELD.magic, 'ustar');
  put(FIELD.version, '00');
  put(FIELD.devmajor, octal(0, 7));
  put(FIELD.devminor, octal(0, 7));
  // The sum of all bytes of the header, with the checksum itself taken as blanks.
  put(FIELD.checksum, ' '.repeat(FIELD.checksum[1]));
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(FIELD.checksum, `${octal(sum, 6)}\0 `);
  return block;
}

/**
 * Reads one header of an archive that is too large to be read whole.
 *
 * @throws StreamError UPDATE_BAD_ARCHIVE when it is not the one that `header` writes.
 */
export function readHeader(block: Uint8Array): { readonly path: string; readonly size: number } {
  const found = { path: readName(block, 0), size: readSize(block, 0) };
  if (found.path.length <= MAX_PATH_BYTES && Buffer.compare(header(found.path, found.size), block) === 0)
    return found;
  throw new StreamError('UPDATE_BAD_ARCHIVE', 'a header is not in its one form');
}

function readName(archive: Uint8Array, at: number): string {
  const field = archive.subarray(at, at + FIELD.name[1]);
  const end = field.indexOf(0);
  return Buffer.from(end === -1 ? field : field.subarray(0, end)).toString('latin1');
}

function readSize(archive: Uint8Array, at: number): number {
  const [offset, length] = FIELD.size;
  const text = Buffer.from(archive.subarray(at + offset, at + offset + length)).toString('latin1');
  if (!/^[0-7]{11}\0$/.test(text)) {
    throw new StreamError('UPDATE_BAD_ARCHIVE', 'a header has no size', { place: { offset: at + offset } });
  }
  return Number.parseInt(text, 8);
}

function checkNames(paths: readonly string[]): void {
  if (paths.length > MAX_FILES) {
    throw new StreamError('UPDATE_TOO_LARGE', `${paths.length} files; the bound is ${MAX_FILES}`);
  }
  const seen = new Set<string>();
  for (const path of paths) {
    if (!SAFE_PATH.test(path) || path.length > MAX_PATH_BYTES) {
      throw new StreamError('UPDATE_BAD_PATH', `${JSON.stringify(path)} is no path of an update`);
    }
    if (seen.has(path)) throw new StreamError('UPDATE_DUPLICATE_FILE', `${path} is there twice`);
    seen.add(path);
  }
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** The bytes that a content of this size takes, filled up to whole blocks. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function tooLarge(size: number): StreamError {
  return new StreamError('UPDATE_TOO_LARGE', `${size} bytes; the bound is ${MAX_UPDATE_BYTES}`);
}
