// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * First values that can be set in a running kernel.
 *
 * Data is not replaced: what it holds now may be anything. But a variable that still holds the value that it was
 * shipped with has not been touched, and can be given the one that the patch gives it. The update does that when
 * every task runs the new code, with all processors stopped, and puts the old value back when it is taken back
 * (kernel-side/defaults.c). What something has set since stays as it is, and the kernel's log says so.
 *
 * Example. A fix turns a feature of the scheduler off: one bit of a number, and a static key. On a machine where
 * nobody has turned features on or off both get their new values; the key is switched by the kernel's own means.
 *
 * Three kinds of variables qualify, because what they mean is theirs alone:
 *   - a number: it is written as a whole. Where init code mentions it, something may be laid out by the old value;
 *     then it does not qualify.
 *   - static keys: whoever switches them does so while the kernel runs.
 *   - what was all zeroes and gets a first value: init code used to set it up, or nobody. Where it is still all
 *     zeroes it was not set up. It may only point to what the kernel keeps.
 * Members of structs and elements of tables do not qualify: they belong together with others, and the objects that
 * were made from them have their copies.
 *
 * Limits: whether something has been derived from the old value is for a person to judge.
 */
import type { Finding } from '@uptide/base';
import { SHF } from '@uptide/elf';
import { type Dissection, type Piece, pieceSize } from '../dissect/piece.ts';
import { finding } from '../error.ts';
import type { VariableType } from '../layout/variable-types.ts';
import type { Comparison } from './comparison.ts';
import { identityOf } from './identity.ts';
import { isStartOrEndCode } from './judge-functions.ts';
import { reachableFrom } from './reach.ts';

/** A variable that the update gives another value. */
export interface DefaultChange {
  readonly pre: Piece;
  readonly post: Piece;
  /** Static keys that it consists of; 0 for anything else. */
  readonly keys: number;
}

/** Where variables lie that can be written at any time; read-only after the start and per CPU are others. */
const WRITABLE = /^\.(data|bss)(\.[^.]|$)|^\.data\.\.(read_mostly|cacheline_aligned|shared_aligned)(\.|$)/;
/** The structs that are a static key and nothing else (include/linux/jump_label.h). */
const KEYS: ReadonlySet<string> = new Set(['static_key', 'static_key_true', 'static_key_false']);
/** A pointer is the largest number. */
const WORD = 8;
/** All processors stand still while values are compared and written. */
const MAX_SIZE = 4096;

/** The names of variables whose first value changes. */
export function changedVariables({ findings }: Comparison): ReadonlySet<string> {
  return new Set(findings.flatMap(({ code, place }) => (isRefused(code) ? (place.symbol ?? []) : [])));
}

const isRefused = (code: string): boolean => code === 'COMPARE_DATA_CHANGED';

/**
 * Takes the variables that qualify out of the refusals of a unit.
 *
 * @param types of the variables in `changedVariables`, from the debug information
 * @param keySize bytes of a static key; undefined when the kernel has none
 */
export function settleDefaults(
  comparison: Comparison,
  types: ReadonlyMap<string, VariableType>,
  keySize: number | undefined,
): { readonly comparison: Comparison; readonly defaults: readonly DefaultChange[] } {
  const defaults: DefaultChange[] = [];
  const findings = comparison.findings.map((found): Finding => {
    const { symbol } = found.place;
    if (!isRefused(found.code) || symbol === undefined) return found;
    const [pre, other] = comparison.pre.named.get(symbol) ?? [];
    const post = pre === undefined ? undefined : comparison.pairing.post(pre);
    // Of two statics of one name the debug information does not tell which is meant.
    if (pre === undefined || post === undefined || other !== undefined) return found;
    const keys = kindOf(pre, post, comparison, types.get(symbol), keySize);
    if (keys === undefined) return found;
    defaults.push({ pre, post, keys });
    const reason = `${describe(pre, post, keys)}: set where it is as it was shipped, and put back when the update goes`;
    return finding('COMPARE_DEFAULT_SET', 'review', found.place, reason);
  });
  return { comparison: { ...comparison, findings }, defaults };
}

/** The static keys that a variable consists of, 0 for another that qualifies, undefined for one that does not. */
function kindOf(
  pre: Piece,
  post: Piece,
  { pre: before, pairing }: Comparison,
  type: VariableType | undefined,
  keySize: number | undefined,
): number | undefined {
  const size = pieceSize(pre);
  if (size !== pieceSize(post) || size === 0 || size > MAX_SIZE) return undefined;
  if (![pre, post].every(isWritable) || pre.references.length > 0) return undefined;
  if (type !== undefined && KEYS.has(type.name)) {
    const isWhole = keySize !== undefined && size % keySize === 0 && post.references.length === 0;
    return isWhole ? size / keySize : undefined;
  }
  if (type?.kind === 'number') {
    const isWord = size <= WORD && post.references.length === 0;
    return isWord && !type.array && !isSetUp(pre, before) ? 0 : undefined;
  }
  const wasZero = pre.bytes?.every((byte) => byte === 0) ?? true;
  const isKept = post.references.every(
    ({ target }) =>
      target.kind === 'external' ||
      (identityOf(target.piece) !== 'content' && pairing.pre(target.piece) !== undefined),
  );
  return wasZero && isKept && type?.kind === 'struct' && !type.array ? 0 : undefined;
}

/** What changes, for a person. */
function describe(pre: Piece, post: Piece, keys: number): string {
  const [before, after] = [bytesOf(pre), bytesOf(post)];
  if (keys > 0) {
    const size = before.length / keys;
    const isOn = (bytes: Buffer, i: number): boolean => bytes.readInt32LE(i * size) !== 0;
    const switched = [...Array(keys).keys()].filter((i) => isOn(before, i) !== isOn(after, i));
    const words = switched.map(
      (i) => `${pre.name}${keys > 1 ? `[${i}]` : ''} ${isOn(after, i) ? 'on' : 'off'}`,
    );
    return `static key ${words.join(', ')}`;
  }
  if (before.length > WORD) return `${pre.name}, which was all zeroes, gets a first value`;
  const hex = (bytes: Buffer): string => `0x${Buffer.from(bytes).reverse().toString('hex')}`;
  return `${pre.name} from ${hex(before)} to ${hex(after)}`;
}

const bytesOf = (piece: Piece): Buffer => Buffer.from(piece.bytes ?? new Uint8Array(pieceSize(piece)));

function isWritable({ section, kind }: Piece): boolean {
  return kind === 'data' && (section.flags & SHF.WRITE) !== 0 && WRITABLE.test(section.name);
}

/** Whether code that runs once mentions a variable. */
function isSetUp(variable: Piece, object: Dissection): boolean {
  return reachableFrom(object.pieces.filter(isStartOrEndCode), ({ kind }) => kind !== 'function').has(
    variable,
  );
}
