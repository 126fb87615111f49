// SPDX-License-Identifier: GPL-2.0-or-later
import { type Finding, sha256 } from '@uptide/base';
import type { AuthorState, CallbackKind } from '../author/marks.ts';
import type { Piece } from '../dissect/piece.ts';
import { JUMP_TABLE } from '../dissect/tables/jump-table.ts';
import { finding } from '../error.ts';
import type { CutEntry } from './cut.ts';
import type { Destination, LiveSymbol } from './destination.ts';
import { globalLiveSymbol, liveSymbolAt } from './kernel-symbols.ts';
import type { CutUnit } from './unit.ts';

/** A variable of a klp object that the update gives another value. */
export interface CutDefault {
  readonly symbol: LiveSymbol;
  /** Copies of the value that was shipped and of the one that the patch gives, which the module carries. */
  readonly before: Piece;
  readonly after: Piece;
  /** Static keys that it consists of; 0 for bytes. */
  readonly keys: number;
}

/** What klp calls to set the values of an object and to put them back, by functions of kernel-side/defaults.c. */
export const DEFAULT_CALLBACKS: readonly { readonly kind: CallbackKind; readonly name: string }[] = [
  { kind: 'post_patch', name: 'uptide_set_defaults' },
  { kind: 'pre_unpatch', name: 'uptide_put_back_defaults' },
];

/** Version of all states below. */
const STATE_VERSION = 1;

/** Finds where the variables of a unit are that the update gives other values. */
export function cutDefaults(unit: CutUnit, findings: Finding[]): CutDefault[] {
  const { shipped, pieces } = unit.match;
  return (unit.defaults ?? []).flatMap(({ pre, post, keys }): CutDefault[] => {
    const place = { object: unit.object, file: unit.source, symbol: pre.name };
    const named = shipped.named(pre.name);
    const address = pieces.get(pre) ?? (named.length === 1 ? named[0]?.address : undefined);
    const symbol =
      address === undefined ? globalLiveSymbol(shipped, pre.name) : liveSymbolAt(shipped, pre.name, address);
    if (symbol === undefined) {
      const reason = `${unit.object} has ${named.length} symbols ${pre.name}, and nothing tells which one is meant`;
      findings.push(finding('MATCH_SYMBOL_UNKNOWN', 'refuse', place, reason));
      return [];
    }
    for (const { kind } of unit.marks.callbacks) {
      if (!DEFAULT_CALLBACKS.some((callback) => callback.kind === kind)) continue;
      const reason = `the update sets ${pre.name} in a ${kind} callback, and the patch has one: set it there`;
      findings.push(finding('AUTHOR_CALLBACK_TWICE', 'refuse', place, reason));
    }
    return [{ symbol, before: pre, after: post, keys }];
  });
}

/**
 * Refuses a switched jump on a key whose first value changes. The compiler made the jump for the new value, and the
 * kernel takes it for one that was made for the old (jump_label_init_type, kernel/jump_label.c): it would find
 * another instruction than it expects, and stop. A function that reads the key is right with both.
 */
export function refuseChangedKey(
  { entry, references }: CutEntry,
  user: Piece,
  unit: CutUnit,
  defaults: readonly CutDefault[],
): Finding[] {
  if (entry.table !== JUMP_TABLE) return [];
  const key = defaults.find(
    ({ symbol, keys }) => keys > 0 && references.some(({ destination }) => leadsTo(destination, symbol)),
  );
  if (key === undefined) return [];
  const place = { object: unit.object, file: unit.source, symbol: user.name, offset: entry.ownerOffset };
  const reason = `a jump is switched by ${key.symbol.name}, whose first value changes`;
  return [finding('CUT_TABLE_KEY_CHANGED', 'refuse', place, reason)];
}

function leadsTo(destination: Destination, { object, name, position }: LiveSymbol): boolean {
  if (destination.kind === 'import') return object === 'vmlinux' && destination.name === name;
  if (destination.kind !== 'live') return false;
  const { symbol } = destination;
  return symbol.object === object && symbol.name === name && symbol.position === position;
}

/**
 * The states by which klp refuses to replace an update by one that does not know of a value that it has set: one
 * for each variable, the same in all updates.
 */
export function statesOfDefaults(defaults: readonly CutDefault[]): AuthorState[] {
  return defaults.map(({ symbol: { object, name, position } }) => ({
    id: BigInt(`0x${sha256('uptide default', object, name, String(position)).slice(0, 16)}`) | 1n,
    version: STATE_VERSION,
  }));
}
