// SPDX-License-Identifier: GPL-2.0-or-later
import { KernelError } from '../error.ts';
import type { ExportedSymbol } from '../model.ts';
import { moduleName } from '../modules/name.ts';

/** The kinds of export that modpost has written, and whether only GPL-compatible modules may use them. */
const GPL_ONLY: ReadonlyMap<string, boolean> = new Map([
  ['EXPORT_SYMBOL', false],
  ['EXPORT_SYMBOL_GPL', true],
  ['EXPORT_UNUSED_SYMBOL', false],
  ['EXPORT_UNUSED_SYMBOL_GPL', true],
  ['EXPORT_SYMBOL_GPL_FUTURE', false],
]);

const CRC = /^0x[0-9a-f]{8}$/;

/**
 * Reads a `Module.symvers`: the symbols that a kernel and its modules export, by name.
 *
 * @throws KernelError SYMVERS_BAD_LINE, SYMVERS_DUPLICATE.
 */
export function parseSymvers(text: string): ReadonlyMap<string, ExportedSymbol> {
  const symbols = new Map<string, ExportedSymbol>();
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const [i, line] of lines.entries()) {
    const symbol = parseLine(line);
    if (typeof symbol === 'string') throw failure('SYMVERS_BAD_LINE', symbol, i);
    const earlier = symbols.get(symbol.name);
    if (earlier !== undefined) {
      const reason = `${symbol.name} is exported by ${earlier.object} and by ${symbol.object}`;
      throw failure('SYMVERS_DUPLICATE', reason, i);
    }
    symbols.set(symbol.name, symbol);
  }
  return symbols;
}

/**
 * The fields are CRC, symbol, object, kind, namespace. Without namespaces the last is not there; at first
 * it stood third (commit 5190044c2965, "modpost: move the namespace field in Module.symvers last").
 *
 * @returns the symbol, or what is wrong with the line.
 */
function parseLine(line: string): ExportedSymbol | string {
  const fields = line.split('\t');
  if (fields.length !== 4 && fields.length !== 5) return `there are ${fields.length} fields`;
  const [crc = '', name = ''] = fields;
  const [namespace = '', path = '', kind = ''] = GPL_ONLY.has(fields[3] ?? '')
    ? [fields[4], fields[2], fields[3]]
    : fields.slice(2);
  const gplOnly = GPL_ONLY.get(kind);
  if (!CRC.test(crc)) return `"${crc}" is no CRC`;
  if (name === '') return 'the symbol has no name';
  if (gplOnly === undefined) return `no field names a known kind of export`;
  const object = moduleName(path);
  if (object === '') return `"${path}" is no object`;
  return { name, crc: Number.parseInt(crc, 16), object, gplOnly, namespace };
}

function failure(code: 'SYMVERS_BAD_LINE' | 'SYMVERS_DUPLICATE', reason: string, index: number): KernelError {
  return new KernelError(code, reason, { place: { file: 'Module.symvers', line: index + 1 } });
}
