// SPDX-License-Identifier: GPL-2.0-or-later

/** Note type of the build id, owner "GNU" (elf.h). */
const NT_GNU_BUILD_ID = 3;

/**
 * Finds the build id in a run of ELF notes, such as /sys/kernel/notes: three words of 32 bits (length of owner, length
 * of content, type), the owner and the content, each padded to four bytes (gABI figure 5-3).
 *
 * @returns lower-case hex, or undefined when there is none or the notes are cut off.
 */
export function findBuildId(notes: Buffer): string | undefined {
  let at = 0;
  while (at + 12 <= notes.length) {
    const ownerLength = notes.readUInt32LE(at);
    const length = notes.readUInt32LE(at + 4);
    const type = notes.readUInt32LE(at + 8);
    const owner = at + 12;
    const content = owner + Math.ceil(ownerLength / 4) * 4;
    if (content + length > notes.length) return undefined;
    if (type === NT_GNU_BUILD_ID && notes.toString('latin1', owner, owner + ownerLength) === 'GNU\0') {
      return notes.toString('hex', content, content + length);
    }
    at = content + Math.ceil(length / 4) * 4;
  }
  return undefined;
}
