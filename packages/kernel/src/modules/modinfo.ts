// SPDX-License-Identifier: GPL-2.0-or-later
import type { ElfObject } from '@uptide/elf';
import { KernelError } from '../error.ts';
import { moduleName } from './name.ts';

const SECTION = '.modinfo';

/**
 * What a module says of itself (`MODULE_INFO`): the values of each key, in the order of the section.
 *
 * @throws KernelError MODULE_BAD_INFO when the section is not there, or a string of it is no `key=value`.
 */
export function readModinfo(object: ElfObject): Map<string, string[]> {
  const [section, second] = object.sections.filter(({ name }) => name === SECTION);
  if (section === undefined || second !== undefined || section.content.kind !== 'bytes') {
    throw new KernelError(
      'MODULE_BAD_INFO',
      `the module has not exactly one ${SECTION} section with content`,
      {
        place: { section: SECTION },
      },
    );
  }
  return parseModinfo(section.content.bytes);
}

/** Strings that end with a NUL, with any number of further NULs between them (the linker's alignment). */
function parseModinfo(bytes: Uint8Array): Map<string, string[]> {
  const values = new Map<string, string[]>();
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf(0, at);
    if (end < 0) throw failure('the last string has no end', at);
    if (end > at) {
      const line = text.toString('utf8', at, end);
      const equals = line.indexOf('=');
      if (equals <= 0) throw failure('a string is no key=value', at);
      const key = line.slice(0, equals);
      const list = values.get(key);
      if (list === undefined) values.set(key, [line.slice(equals + 1)]);
      else list.push(line.slice(equals + 1));
    }
    at = end + 1;
  }
  return values;
}

/** The modules whose symbols a module uses, as modpost found them, by name and sorted. */
export function dependsOf(modinfo: ReadonlyMap<string, readonly string[]>): string[] {
  const names = (modinfo.get('depends') ?? []).flatMap((list) => list.split(','));
  return [...new Set(names.filter((name) => name !== '').map(moduleName))].sort();
}

function failure(reason: string, offset: number): KernelError {
  return new KernelError('MODULE_BAD_INFO', reason, { place: { section: SECTION, offset } });
}
