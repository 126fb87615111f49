// SPDX-License-Identifier: GPL-2.0-or-later
import { R_X86_64, SHF } from '@uptide/elf';
import type { Btf, ExportedSymbol } from '@uptide/kernel';
import { ForgeError } from '../error.ts';
import type { Assembly, ModulePlace } from './assembly.ts';

/** struct modversion_info: an 8-byte checksum and a name of 56 bytes (include/linux/module.h). */
const VERSION_ENTRY = 64;
const VERSION_NAME_AT = 8;
/** MODULE_NAME_LEN, the room of `name` in struct module: 64 minus the size of a long. */
const MODULE_NAME_ROOM = 56;

/** What a module says of itself. */
export interface ModuleIdentity {
  readonly name: string;
  /** UTS release, SMP and so on, as the kernel's own modules say it; must be equal for the module to load. */
  readonly vermagic: string;
  /** Further `key=value` lines of the kernel's own modules that must be the same, such as `retpoline=Y`. */
  readonly inherited: readonly string[];
  /** Symbol namespaces of what is imported. */
  readonly namespaces: readonly string[];
}

/** Writes `.modinfo`: a livepatch module under the GPL that depends on no other. */
export function writeModinfo(assembly: Assembly, identity: ModuleIdentity): void {
  const lines = [
    'license=GPL',
    'livepatch=Y',
    'depends=',
    ...identity.namespaces.map((namespace) => `import_ns=${namespace}`),
    ...identity.inherited,
    `name=${identity.name}`,
    `vermagic=${identity.vermagic}`,
  ];
  const section = assembly.section('.modinfo', SHF.ALLOC);
  section.append(Buffer.from(lines.map((line) => `${line}\0`).join(''), 'latin1'), 1);
}

/**
 * Writes `__versions`: for each import the checksum of its type, by which the kernel sees that module and
 * kernel agree (CONFIG_MODVERSIONS).
 *
 * @throws ForgeError LINK_NO_VERSION when Module.symvers lacks one.
 */
export function writeVersions(
  assembly: Assembly,
  imports: readonly string[],
  exports: ReadonlyMap<string, ExportedSymbol>,
): void {
  const section = assembly.section('__versions', SHF.ALLOC);
  for (const name of ['module_layout', ...imports]) {
    const crc = exports.get(name)?.crc;
    const bytes = new Uint8Array(VERSION_ENTRY);
    if (crc === undefined || name.length >= VERSION_ENTRY - VERSION_NAME_AT) {
      throw new ForgeError('LINK_NO_VERSION', `there is no checksum for ${name}`, {
        place: { symbol: name },
      });
    }
    new DataView(bytes.buffer).setBigUint64(0, BigInt(crc), true);
    bytes.set(Buffer.from(name, 'latin1'), VERSION_NAME_AT);
    section.append(bytes, 32);
  }
}

/** Writes the `struct module` that the kernel takes over: its name and where to begin and to end. */
export function writeThisModule(
  assembly: Assembly,
  name: string,
  btf: Btf,
  start: ModulePlace,
  end: ModulePlace,
): ModulePlace {
  const size = btf.structSize('module');
  const nameAt = btf.memberOffset('module', 'name');
  const initAt = btf.memberOffset('module', 'init');
  const exitAt = btf.memberOffset('module', 'exit');
  if (size === undefined || nameAt === undefined || initAt === undefined || exitAt === undefined) {
    throw new ForgeError('LINK_TYPE_UNKNOWN', 'the kernel has no struct module with name, init and exit');
  }
  if (name.length >= MODULE_NAME_ROOM)
    throw new ForgeError('CUT_NAME_TOO_LONG', `${name} is too long for a module`);
  const bytes = new Uint8Array(size);
  bytes.set(Buffer.from(name, 'latin1'), nameAt);
  const section = assembly.section('.gnu.linkonce.this_module', SHF.ALLOC | SHF.WRITE);
  const place = { section, offset: section.append(bytes, 64) };
  assembly.pointer({ section, offset: initAt }, { kind: 'place', place: start }, R_X86_64[64]);
  assembly.pointer({ section, offset: exitAt }, { kind: 'place', place: end }, R_X86_64[64]);
  return place;
}
