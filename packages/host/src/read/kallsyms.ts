// SPDX-License-Identifier: GPL-2.0-or-later
import { type Address, address } from '@uptide/elf';
import { HostError } from '../error.ts';

/** How klp calls the kernel itself. */
export const VMLINUX = 'vmlinux';

/** `%px %c %s`, and for a module `\t[%s]` (kernel/kallsyms.c, s_show). */
const LINE = /^([0-9a-f]{1,16}) \S (\S+)(?:\t\[(\S+)\])?$/;

/** The addresses of each wanted name, by object, in the order in which the kernel counts positions. */
export type SymbolTable = ReadonlyMap<string, ReadonlyMap<string, readonly Address[]>>;

/**
 * Reads `/proc/kallsyms`. Every entry of a name counts, whatever its type, as in klp_find_object_symbol.
 *
 * @param names which symbols to keep.
 * @throws HostError HOST_UNREADABLE for a line of another form: with it left out, positions would shift.
 */
export function readKallsyms(text: string, names: ReadonlySet<string>): SymbolTable {
  const table = new Map<string, Map<string, Address[]>>();
  for (let start = 0, line = 1; start < text.length; line += 1) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const [, digits, name, module] = LINE.exec(text.slice(start, end)) ?? [];
    if (digits === undefined || name === undefined) {
      throw new HostError('HOST_UNREADABLE', 'this is no line of kallsyms', {
        place: { file: '/proc/kallsyms', line },
      });
    }
    if (names.has(name)) keep(table, module ?? VMLINUX, name, digits);
    start = end + 1;
  }
  return table;
}

function keep(
  table: Map<string, Map<string, Address[]>>,
  object: string,
  name: string,
  digits: string,
): void {
  const symbols = table.get(object) ?? new Map<string, Address[]>();
  table.set(object, symbols);
  const value = address(Number(BigInt.asIntN(64, BigInt(`0x${digits}`))));
  const places = symbols.get(name);
  if (places === undefined) symbols.set(name, [value]);
  else places.push(value);
}
