// SPDX-License-Identifier: GPL-2.0-or-later
import { LabError } from './error.ts';

/**
 * A file of an archive. Folders need no entry of their own: those on the way to a file are made.
 * `path` is relative, with `/` between its parts.
 */
export interface CpioFile {
  readonly path: string;
  readonly content: Uint8Array;
  /** Whether the file may be run; otherwise it can only be read and written. */
  readonly executable?: boolean;
}

/** File types of st_mode (inode(7)). */
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;

/** The header is the magic and thirteen fields of eight hex digits (init/initramfs.c, parse_header). */
const HEADER_LENGTH = 6 + 13 * 8;
const TRAILER = 'TRAILER!!!';
/** Header with name, and content, each begin at a multiple of this (init/initramfs.c, N_ALIGN). */
const ALIGNMENT = 4;
/** The kernel ignores an entry whose name is longer (init/initramfs.c, do_header: `name_len > PATH_MAX`). */
const PATH_MAX = 4096;
/** The size field has eight hex digits. */
const MAX_FILE_SIZE = 0xffff_ffff;

/**
 * Writes a "newc" cpio archive, the form in which the kernel takes an initramfs
 * (Documentation/driver-api/early-userspace/buffer-format.rst).
 * The bytes depend on the files alone: entries are sorted by path, owned by root, and dated 0.
 *
 * @throws LabError LAB_BAD_GUEST_FILE for a path that is absolute, empty, has `.` or `..` or a NUL in it, is too
 * long, appears twice, or passes through a file; or a content that is too long for the format.
 */
export function writeCpio(files: readonly CpioFile[]): Buffer {
  const entries = withFolders(files);
  const names = [...entries.keys()].sort(compareBytes);
  const parts: Buffer[] = [];
  let inode = 1;
  for (const name of names) {
    const file = entries.get(name);
    const mode = file === undefined ? S_IFDIR | 0o755 : S_IFREG | (file.executable === true ? 0o755 : 0o644);
    parts.push(...entry(name, inode, mode, file === undefined ? 2 : 1, file?.content ?? new Uint8Array(0)));
    inode += 1;
  }
  parts.push(...entry(TRAILER, 0, 0, 1, new Uint8Array(0)));
  return Buffer.concat(parts);
}

/** All entries by path; a folder has no file. */
function withFolders(files: readonly CpioFile[]): ReadonlyMap<string, CpioFile | undefined> {
  const entries = new Map<string, CpioFile | undefined>();
  for (const file of files) {
    checkFile(file);
    if (entries.has(file.path)) throw refuse(file, 'appears twice');
    entries.set(file.path, file);
  }
  for (const file of files) {
    const parts = file.path.split('/');
    for (let length = 1; length < parts.length; length += 1) {
      const folder = parts.slice(0, length).join('/');
      if (entries.get(folder) !== undefined) throw refuse(file, `lies below the file ${folder}`);
      entries.set(folder, undefined);
    }
  }
  return entries;
}

function checkFile(file: CpioFile): void {
  const parts = file.path.split('/');
  if (file.path.includes('\0')) throw refuse(file, 'has a NUL in its path');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw refuse(file, 'does not have a plain relative path');
  }
  if (file.path === TRAILER) throw refuse(file, 'has the name that ends an archive');
  if (Buffer.byteLength(file.path) + 1 > PATH_MAX) throw refuse(file, 'has too long a path');
  if (file.content.length > MAX_FILE_SIZE) throw refuse(file, 'is too long for the archive format');
}

function refuse(file: CpioFile, why: string): LabError {
  const shown = JSON.stringify(file.path.slice(0, 200));
  return new LabError('LAB_BAD_GUEST_FILE', `${shown} cannot be put into the guest: it ${why}`);
}

function entry(name: string, inode: number, mode: number, links: number, content: Uint8Array): Buffer[] {
  const nameBytes = Buffer.from(`${name}\0`);
  // Order of fields: ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check.
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, nameBytes.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return [
    Buffer.from(header, 'latin1'),
    nameBytes,
    padding(HEADER_LENGTH + nameBytes.length),
    Buffer.from(content.buffer, content.byteOffset, content.length),
    padding(content.length),
  ];
}

function padding(length: number): Buffer {
  return Buffer.alloc((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
