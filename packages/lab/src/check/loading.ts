// SPDX-License-Identifier: GPL-2.0-or-later
import { type ElfObject, readCString, STB, sectionBytes } from '@uptide/elf';
import { dependsOf, type ExportedSymbol, KernelError, readModinfo } from '@uptide/kernel';
import { VMLINUX } from '../prove/input.ts';
import type { Report } from './report.ts';

/** struct modversion_info, include/linux/module.h: the CRC as unsigned long, and the name in 64 - 8 bytes. */
const VERSION_SIZE = 64;
const VERSION_NAME = 8;
/** Its CRC stands for the layout of struct module (check_modstruct_version). */
const MODULE_LAYOUT = 'module_layout';
/** What the loader takes for compatible (include/linux/license.h, license_is_gpl_compatible). */
const GPL_COMPATIBLE = new Set([
  'GPL',
  'GPL v2',
  'GPL and additional rights',
  'Dual BSD/GPL',
  'Dual MIT/GPL',
  'Dual MPL/GPL',
]);

/** Checks what the loader asks of the update before klp sees it: its .modinfo, and the symbols that it imports. */
export function checkLoading(
  update: ElfObject,
  shipped: ElfObject,
  exports: ReadonlyMap<string, ExportedSymbol>,
  report: Report,
): void {
  const info = modinfoOf(update, report);
  if (info === undefined) return;
  const values = (key: string): readonly string[] => info.get(key) ?? [];
  if (values('livepatch')[0] === undefined) {
    report.refuse('CHECK_NOT_A_LIVEPATCH', { section: '.modinfo' }, 'there is no livepatch=Y');
  }
  const [magic] = values('vermagic');
  const [shippedMagic] = readModinfo(shipped).get('vermagic') ?? [];
  // The loader skips the release where symbols have CRCs (same_magic); an update is for one release alone.
  if (magic === undefined || magic !== shippedMagic) {
    const reason = `vermagic is ${JSON.stringify(magic)}, that of the module ${JSON.stringify(shippedMagic)}`;
    report.refuse('CHECK_VERMAGIC', { section: '.modinfo' }, reason);
  }
  const versions = readVersions(update);
  const imports = update.symbols.filter(
    ({ home, name, bind }) => home.kind === 'undefined' && name !== '' && bind !== STB.WEAK,
  );
  for (const name of [MODULE_LAYOUT, ...imports.map((symbol) => symbol.name)]) {
    checkImport(name, exports.get(name), versions.get(name), info, report);
  }
}

function checkImport(
  symbol: string,
  exported: ExportedSymbol | undefined,
  crc: number | undefined,
  info: ReadonlyMap<string, readonly string[]>,
  report: Report,
): void {
  if (exported === undefined) {
    report.refuse('CHECK_NOT_EXPORTED', { symbol }, 'neither the kernel nor a module exports it');
    return;
  }
  const { object, namespace, gplOnly } = exported;
  if (object !== VMLINUX && !dependsOf(info).includes(object)) {
    report.refuse(
      'CHECK_NOT_EXPORTED',
      { symbol },
      `${object} exports it, on which the update does not depend`,
    );
  }
  if (namespace !== '' && info.get('import_ns')?.includes(namespace) !== true) {
    report.refuse(
      'CHECK_NOT_EXPORTED',
      { symbol },
      `it is in the namespace ${namespace}, which is not imported`,
    );
  }
  if (gplOnly && !GPL_COMPATIBLE.has(info.get('license')?.[0] ?? '')) {
    report.refuse('CHECK_NOT_EXPORTED', { symbol }, 'only modules with a GPL-compatible license may use it');
  }
  if (crc !== exported.crc) {
    const found = crc === undefined ? 'there is none in __versions' : `__versions has 0x${crc.toString(16)}`;
    report.refuse('CHECK_CRC', { symbol }, `its CRC is 0x${exported.crc.toString(16)}, ${found}`);
  }
}

function modinfoOf(update: ElfObject, report: Report): ReadonlyMap<string, readonly string[]> | undefined {
  try {
    return readModinfo(update);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    report.refuse('CHECK_NOT_A_LIVEPATCH', error.place, error.message);
    return undefined;
  }
}

/** The CRCs of imported symbols by name. An entry that is cut off or has no name is left out: its symbol has none. */
function readVersions(update: ElfObject): ReadonlyMap<string, number> {
  const versions = new Map<string, number>();
  const section = update.sections.find(({ name }) => name === '__versions');
  const bytes = section === undefined ? undefined : sectionBytes(section);
  if (bytes === undefined) return versions;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + VERSION_SIZE <= bytes.length; at += VERSION_SIZE) {
    const name = readCString(bytes.subarray(at, at + VERSION_SIZE), VERSION_NAME);
    // check_version takes the first entry of a name.
    if (name !== undefined && !versions.has(name)) versions.set(name, view.getUint32(at, true));
  }
  return versions;
}
