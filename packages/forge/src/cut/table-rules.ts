// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, Place } from '@uptide/base';
import type { Piece, TableEntry } from '../dissect/piece.ts';
import { CALL_SITES } from '../dissect/tables/sites.ts';
import { finding } from '../error.ts';
import type { CutEntry, CutReference } from './cut.ts';
import type { LiveSymbol } from './destination.ts';
import type { CutUnit } from './unit.ts';

/** What becomes of a table entry of a carried function. */
export interface EntryVerdict {
  readonly keep: boolean;
  readonly finding?: Finding;
}

const KEEP: EntryVerdict = { keep: true };

/**
 * Judges an entry whose references are resolved. The kernel reads the tables of a module when it loads it;
 * klp writes references into a module that is not loaded yet only later (klp_resolve_symbols refuses the
 * other way round since 5.8). So no entry may need a symbol of a module.
 *
 * - .call_sites: a call of something in a module leads nowhere yet when the kernel wants to lead it through
 *   the accounting of its destination. It stays a plain call, which is counted one too low: the return stack
 *   is filled up a little earlier.
 */
export function judgeEntry(
  { entry, references: resolved }: CutEntry,
  user: Piece,
  unit: CutUnit,
  settled: ReadonlyMap<Piece, readonly CutReference[]>,
): EntryVerdict {
  if (entry.table.fate === 'dropped') return { keep: false };
  // References that could not be resolved have findings of their own.
  if (resolved.length < entry.references.length) return { keep: false };
  const place: Place = {
    object: unit.object,
    file: unit.source,
    symbol: user.name,
    offset: entry.ownerOffset,
  };
  const [inModule] = resolved.flatMap(symbolOfModule);
  if (inModule !== undefined) return judgeModuleReference(entry, inModule, place);
  if (entry.table === CALL_SITES) return { keep: !callsLate(entry, user, settled) };
  const late = lateReference(entry, user, settled);
  if (late === undefined) return KEEP;
  const reason = `the kernel rewrites the instruction at ${user.name}+0x${entry.ownerOffset.toString(16)}, and ${late.name} of ${late.object} would come too late`;
  return { keep: false, finding: finding('CUT_TABLE_REFERENCE', 'refuse', place, reason) };
}

/** Whether the call that an entry speaks of leads into a module. */
function callsLate(
  { ownerOffset }: TableEntry,
  user: Piece,
  settled: ReadonlyMap<Piece, readonly CutReference[]>,
): boolean {
  const field = ownerOffset + CALL_OPCODE;
  const call = (settled.get(user) ?? []).filter(({ reference }) => reference.at === field);
  return call.flatMap(symbolOfModule).length > 0;
}

/** Bytes of a near call before its distance. */
const CALL_OPCODE = 1;

/** Keys of tracepoints. */
const TRACEPOINT = /^__tracepoint_/;

function judgeModuleReference({ table }: TableEntry, symbol: LiveSymbol, place: Place): EntryVerdict {
  if (table.section === '.static_call_sites') {
    // The call stays one to the trampoline, which the kernel switches too (arch_static_call_transform).
    const reason = `the static call of ${symbol.name} goes through its trampoline in ${symbol.object}`;
    return { keep: false, finding: finding('CUT_STATIC_CALL_INDIRECT', 'ok', place, reason) };
  }
  if (TRACEPOINT.test(symbol.name)) {
    const reason = `the tracepoint behind ${symbol.name} of ${symbol.object} stays silent in the replaced function`;
    return { keep: false, finding: finding('CUT_TRACEPOINT_SILENT', 'review', place, reason) };
  }
  return {
    keep: false,
    finding: finding(
      table.section === '__jump_table' ? 'CUT_TABLE_KEY_IN_MODULE' : 'CUT_TABLE_REFERENCE',
      'refuse',
      place,
      `an entry of ${table.section} refers to ${symbol.name} of ${symbol.object}`,
    ),
  };
}

/** The symbol of a module that a field leads to. klp writes it when that module is there, maybe later. */
function symbolOfModule({ destination }: CutReference): LiveSymbol[] {
  return destination.kind === 'live' && destination.symbol.object !== 'vmlinux' ? [destination.symbol] : [];
}

/**
 * A reference into a module that is part of what alternatives or paravirt rewrite when our module is loaded: in
 * the instruction, which klp would later write into although it is no longer there, or in the code that takes
 * its place, of which klp would write the copy that nobody runs.
 */
function lateReference(
  entry: TableEntry,
  user: Piece,
  settled: ReadonlyMap<Piece, readonly CutReference[]>,
): LiveSymbol | undefined {
  const { siteLength, code } = entry.layout;
  if (siteLength === undefined) return undefined;
  const start = entry.ownerOffset;
  const end = start + (entry.bytes[siteLength] ?? 0);
  const inside = (settled.get(user) ?? []).filter(
    ({ reference }) => reference.at >= start && reference.at < end,
  );
  const replacement = entry.references.find(({ at }) => at === code?.reference)?.target;
  const replaced = replacement?.kind === 'piece' ? (settled.get(replacement.piece) ?? []) : [];
  return [...inside, ...replaced].flatMap(symbolOfModule)[0];
}
