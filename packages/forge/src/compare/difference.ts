// SPDX-License-Identifier: GPL-2.0-or-later
import { Decoder, DecoderOptions, Formatter, FormatterSyntax } from 'iced-x86';
import { eachInstruction } from '../dissect/instructions.ts';
import type { Piece, Reference, Target } from '../dissect/piece.ts';
import type { Equality } from './equality.ts';

/** Where two versions of a function part, for a person. */
export interface Difference {
  /** Bytes from the start of each version to the first instruction that differs; undefined when one has ended. */
  readonly preOffset: number | undefined;
  readonly postOffset: number | undefined;
  /** The instructions there, in GNU syntax, with names instead of addresses. */
  readonly pre: string;
  readonly post: string;
}

/**
 * Finds the first instruction in which two versions of a function differ; undefined when code is equal. A jump
 * that leads elsewhere because code between was added says nothing to a reader: it is named only when nothing
 * else differs.
 */
export function firstDifference(pre: Piece, post: Piece, equality: Equality): Difference | undefined {
  return (
    differenceFrom(pre, post, equality, sameButForDistance) ?? differenceFrom(pre, post, equality, sameBytes)
  );
}

/** Whether two instructions at the same place are alike outside of references. */
type Alike = (
  pre: Uint8Array,
  post: Uint8Array,
  range: Range,
  other: Range,
  covered: (at: number) => boolean,
) => boolean;

function differenceFrom(pre: Piece, post: Piece, equality: Equality, alike: Alike): Difference | undefined {
  const left = instructionRanges(pre.bytes ?? NO_CODE);
  const right = instructionRanges(post.bytes ?? NO_CODE);
  let preNext = 0;
  let postNext = 0;
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const a = left[i];
    const b = right[i];
    if (a !== undefined && b !== undefined) {
      const ours = referencesFrom(pre.references, preNext, a);
      const theirs = referencesFrom(post.references, postNext, b);
      preNext += ours.length;
      postNext += theirs.length;
      const covered = (at: number): boolean =>
        ours.some((reference) => at >= reference.at && at < reference.at + reference.width);
      const placed = a.start === b.start && a.end === b.end && equality.references(ours, theirs);
      if (placed && alike(pre.bytes ?? NO_CODE, post.bytes ?? NO_CODE, a, b, covered)) continue;
    }
    return {
      preOffset: a?.start,
      postOffset: b?.start,
      pre: a === undefined ? 'the end of the function' : describe(pre, a),
      post: b === undefined ? 'the end of the function' : describe(post, b),
    };
  }
  return undefined;
}

const NO_CODE = new Uint8Array();

interface Range {
  readonly start: number;
  readonly end: number;
  /** Where the distance of a jump within the function begins; the end for all other instructions. */
  readonly distanceAt: number;
}

function instructionRanges(code: Uint8Array): Range[] {
  const ranges: Range[] = [];
  eachInstruction(code, ({ start, end, branchTo }) => {
    // One byte in a short jump, which has an opcode and perhaps a prefix before it; four in all others.
    const width = branchTo === undefined ? 0 : end - start <= 3 ? 1 : 4;
    ranges.push({ start, end, distanceAt: end - width });
  });
  return ranges;
}

const sameBytes: Alike = (pre, post, { start, end }, _other, covered) => {
  for (let at = start; at < end; at++) if (pre[at] !== post[at] && !covered(at)) return false;
  return true;
};

const sameButForDistance: Alike = (pre, post, range, other, covered) =>
  range.distanceAt === other.distanceAt &&
  sameBytes(pre, post, { ...range, end: range.distanceAt }, other, covered);

/** The references in a range, of a list sorted by place, from the given index on. */
function referencesFrom(references: readonly Reference[], first: number, range: Range): Reference[] {
  const found: Reference[] = [];
  for (let i = first; i < references.length; i++) {
    const reference = references[i];
    if (reference === undefined || reference.at >= range.end) break;
    found.push(reference);
  }
  return found;
}

function referencesIn(piece: Piece, range: Range): Reference[] {
  return piece.references.filter(({ at }) => at >= range.start && at < range.end);
}

function describe(piece: Piece, range: Range): string {
  return disassemble(piece.bytes ?? NO_CODE, range, referencesIn(piece, range));
}

function disassemble(
  code: Uint8Array,
  range: Pick<Range, 'start' | 'end'>,
  references: readonly Reference[],
): string {
  const decoder = new Decoder(64, code.subarray(range.start, range.end), DecoderOptions.None);
  decoder.ip = BigInt(range.start);
  const formatter = new Formatter(FormatterSyntax.Gas);
  const instruction = decoder.decode();
  const text = formatter.format(instruction);
  instruction.free();
  formatter.free();
  decoder.free();
  const names = references.map(({ target }) => nameOf(target));
  return names.length === 0 ? text : `${text}  # ${names.join(', ')}`;
}

/**
 * The instruction that holds the byte at an offset of a function's code, in GNU syntax. `piece` names what the
 * code refers to; without it addresses are printed as they are.
 */
export function disassembleAt(
  piece: Piece | undefined,
  code: Uint8Array | undefined,
  offset: number,
): string {
  if (code === undefined) return '(no code)';
  const range = instructionRanges(code).find(({ start, end }) => offset >= start && offset < end);
  if (range === undefined) return '(the end of the function)';
  return disassemble(code, range, piece === undefined ? [] : referencesIn(piece, range));
}

/** The name of a target for a person: a symbol, a quoted string, or where it lies. */
export function nameOf(target: Target): string {
  const offset =
    target.offset === 0 ? '' : `${target.offset < 0 ? '-' : '+'}0x${Math.abs(target.offset).toString(16)}`;
  if (target.kind === 'external') return `${target.symbol.name}${offset}`;
  const { piece } = target;
  if (piece.kind === 'string' && piece.bytes !== undefined) {
    return JSON.stringify(Buffer.from(piece.bytes.subarray(0, -1)).toString('latin1'));
  }
  return piece.name === ''
    ? `${piece.section.name}+0x${(piece.start + target.offset).toString(16)}`
    : `${piece.name}${offset}`;
}
