// SPDX-License-Identifier: GPL-2.0-or-later
import type { ByteReader, ByteWriter } from './bytes.ts';
import { GRP_COMDAT, SHF, SHT } from './constants.ts';
import { malformed } from './error.ts';
import { ENTRY_SIZE } from './links.ts';
import { type SectionIndex, sectionIndex } from './model.ts';
import { describeSection, type SectionHeader } from './section-headers.ts';

/** A section group (gABI "Section Groups"). */
export interface Group {
  /** 0 or GRP_COMDAT. */
  readonly flags: number;
  readonly members: readonly SectionIndex[];
}

/**
 * Decodes all section groups, by the index of the section that holds them. A section belongs to one group
 * at most, and says so by SHF_GROUP.
 *
 * @throws ElfError ELF_BAD_GROUP
 */
export function readGroups(
  file: ByteReader,
  headers: readonly SectionHeader[],
  symbolCount: number,
): ReadonlyMap<SectionIndex, Group> {
  const groups = new Map<SectionIndex, Group>();
  const grouped = new Uint8Array(headers.length);
  for (const section of headers) {
    if (section.type !== SHT.GROUP) continue;
    if (section.info === 0 || section.info >= symbolCount) {
      const reason = `${describeSection(section)} has symbol ${section.info} of ${symbolCount} as signature`;
      throw malformed('ELF_BAD_GROUP', section.at + 44, reason);
    }
    groups.set(section.index, readGroup(file, headers, section, grouped));
  }
  for (const section of headers) {
    if ((section.flags & SHF.GROUP) !== 0 && grouped[section.index] === 0) {
      const reason = `${describeSection(section)} is marked as in a group, but none lists it`;
      throw malformed('ELF_BAD_GROUP', section.at + 8, reason);
    }
  }
  return groups;
}

/** Writes the content of a group to `offset`. */
export function writeGroup(file: ByteWriter, offset: number, group: Group): void {
  file.u32(offset, group.flags);
  for (const [position, member] of group.members.entries()) {
    file.u32(offset + (position + 1) * ENTRY_SIZE.group, member);
  }
}

function readGroup(
  file: ByteReader,
  headers: readonly SectionHeader[],
  section: SectionHeader,
  grouped: Uint8Array,
): Group {
  if (section.size === 0) throw malformed('ELF_BAD_GROUP', section.at + 32, 'a group without flags');
  const flags = file.u32(section.offset);
  if (flags !== 0 && flags !== GRP_COMDAT) {
    throw malformed('ELF_BAD_GROUP', section.offset, `unknown group flags 0x${flags.toString(16)}`);
  }
  const members: SectionIndex[] = [];
  for (
    let at = section.offset + ENTRY_SIZE.group;
    at < section.offset + section.size;
    at += ENTRY_SIZE.group
  ) {
    const index = file.u32(at);
    const member = headers[index];
    if (member === undefined || index === 0 || member.type === SHT.GROUP) {
      throw malformed('ELF_BAD_GROUP', at, `${describeSection(section)} lists section ${index}`);
    }
    if ((member.flags & SHF.GROUP) === 0) {
      throw malformed(
        'ELF_BAD_GROUP',
        at,
        `${describeSection(member)} is listed but not marked as in a group`,
      );
    }
    if (grouped[index] !== 0) {
      throw malformed('ELF_BAD_GROUP', at, `${describeSection(member)} is listed twice`);
    }
    grouped[index] = 1;
    members.push(sectionIndex(index));
  }
  return { flags, members };
}
