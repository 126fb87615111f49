// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding, Place } from '@uptide/base';
import { nameOf } from '../compare/difference.ts';
import type { Piece, TableEntry } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import type { CutReference } from './cut.ts';
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
 */
export function judgeEntry(
  entry: TableEntry,
  resolved: readonly CutReference[],
  user: Piece,
  unit: CutUnit,
): EntryVerdict {
  // References that could not be resolved have findings of their own.
  if (resolved.length < entry.references.length) return { keep: false };
  const place: Place = {
    object: unit.object,
    file: unit.source,
    symbol: user.name,
    offset: entry.ownerOffset,
  };
  const inModule = resolved.find(
    ({ destination }) => destination.kind === 'live' && destination.symbol.object !== 'vmlinux',
  );
  if (inModule?.destination.kind === 'live')
    return judgeModuleReference(entry, inModule.destination.symbol, place);
  const late = lateReference(entry, user, unit);
  if (late === undefined) return KEEP;
  const reason = `the kernel rewrites the instruction at ${user.name}+0x${entry.ownerOffset.toString(16)}, which refers to ${late} in a module`;
  return { keep: false, finding: finding('CUT_TABLE_REFERENCE', 'refuse', place, reason) };
}

/** Keys of tracepoints and of their static calls. */
const TRACEPOINT = /^(__tracepoint_|__SCK__tp_func_)/;

function judgeModuleReference({ table }: TableEntry, symbol: LiveSymbol, place: Place): EntryVerdict {
  if (TRACEPOINT.test(symbol.name)) {
    const reason = `the tracepoint behind ${symbol.name} of ${symbol.object} stays silent in the replaced function`;
    return { keep: false, finding: finding('CUT_TRACEPOINT_SILENT', 'review', place, reason) };
  }
  if (table.section === '.static_call_sites') {
    // The call stays one to the trampoline, which the kernel switches too (arch_static_call_transform).
    const reason = `the static call of ${symbol.name} goes through its trampoline in ${symbol.object}`;
    return { keep: false, finding: finding('CUT_STATIC_CALL_INDIRECT', 'ok', place, reason) };
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

/**
 * A reference into the patched module inside an instruction that alternatives or paravirt rewrite when our
 * module is loaded: klp would later write into what is no longer that instruction.
 */
function lateReference(entry: TableEntry, user: Piece, unit: CutUnit): string | undefined {
  const { siteLength } = entry.layout;
  if (siteLength === undefined || unit.object === 'vmlinux') return undefined;
  const start = entry.ownerOffset;
  const end = start + (entry.bytes[siteLength] ?? 0);
  const inside = user.references.find(({ at, target }) => {
    if (at < start || at >= end) return false;
    if (target.kind === 'external') return unit.match.shipped.named(target.symbol.name).length > 0;
    return unit.comparison.pairing.pre(target.piece) !== undefined;
  });
  return inside === undefined ? undefined : nameOf(inside.target);
}
