// SPDX-License-Identifier: GPL-2.0-or-later

/** NT_GNU_BUILD_ID of the owner "GNU" (binutils, include/elf/common.h). */
const NT_GNU_BUILD_ID = 3;
const GNU = 'GNU\0';
const NOTE_HEADER_SIZE = 12;

/**
 * Finds the build id in a section of ELF notes (gABI, "Note Section"; name and descriptor are aligned to
 * four bytes).
 *
 * @returns the build id as lower-case hex; undefined when no note of the section is one.
 */
export function findBuildId(notes: Uint8Array): string | undefined {
  const buffer = Buffer.from(notes.buffer, notes.byteOffset, notes.byteLength);
  let at = 0;
  while (at + NOTE_HEADER_SIZE <= buffer.length) {
    const nameSize = buffer.readUInt32LE(at);
    const size = buffer.readUInt32LE(at + 4);
    const type = buffer.readUInt32LE(at + 8);
    const nameAt = at + NOTE_HEADER_SIZE;
    const contentAt = nameAt + alignToWord(nameSize);
    if (contentAt + size > buffer.length) return undefined;
    const name = buffer.toString('latin1', nameAt, nameAt + nameSize);
    if (type === NT_GNU_BUILD_ID && name === GNU && size > 0) {
      return buffer.toString('hex', contentAt, contentAt + size);
    }
    at = contentAt + alignToWord(size);
  }
  return undefined;
}

function alignToWord(size: number): number {
  return Math.ceil(size / 4) * 4;
}
