// SPDX-License-Identifier: GPL-2.0-or-later
import { MAX_NAME_LENGTH, TOKEN_COUNT, type TokenTable } from './kallsyms-tokens.ts';

/** seqs_of_names has three bytes for the number of a symbol, which bounds their count. */
export const MAX_SYMBOLS = 1 << 24;
/** Bytes of all names together: Debian's have 4 MB; a hostile dictionary could ask for gigabytes. */
export const MAX_NAME_BYTES = 128 * 1024 * 1024;
/**
 * Bytes that all attempts together may walk over before the search is given up: half a second. In Debian's
 * images the one right attempt walks over 2 MB.
 */
export const MAX_BYTES_WALKED = 128 * 1024 * 1024;

/** A marker for every so many symbols (scripts/kallsyms.c). */
const MARKER_INTERVAL = 256;
/** Alignments that the tables have had. */
const ALIGNMENTS = [8, 4] as const;
/** Bytes of seqs_of_names for one symbol, where that table stands between markers and token_table. */
const SEQUENCE_SIZES = [0, 3, 4] as const;

/** What the attempts on one image may still walk over. */
export interface WalkBudget {
  bytes: number;
}

/** The decoded names, as columns: a symbol is a number, and its name is bytes of one blob. */
export interface NameColumns {
  readonly count: number;
  /** The nm letter of each symbol. */
  readonly types: Uint8Array;
  /** Where each name begins in `names`; one more entry than symbols. */
  readonly nameOffsets: Uint32Array;
  readonly names: Uint8Array;
}

/** Where num_syms stands, for the search of the addresses. */
export interface NamePlace {
  readonly countOffset: number;
  readonly alignment: number;
}

/** How the length of a compressed name is written. */
type LengthForm = 'uleb128' | 'byte';

interface Walk {
  readonly end: number;
  readonly markers: readonly number[];
  readonly nameBytes: number;
}

/** Finds every list of names that ends at a dictionary; the one that stands nearest to it comes first. */
export function* findNames(
  bytes: Uint8Array,
  dictionary: TokenTable,
  budget: WalkBudget,
): Generator<NameColumns & NamePlace> {
  const walker = new NameWalker(bytes, dictionary, budget);
  for (const alignment of ALIGNMENTS) {
    for (const form of ['uleb128', 'byte'] as const) {
      yield* findWith(walker, dictionary, alignment, form);
    }
  }
}

function* findWith(
  walker: NameWalker,
  { tableOffset }: TokenTable,
  alignment: number,
  form: LengthForm,
): Generator<NameColumns & NamePlace> {
  const { view } = walker;
  for (let at = tableOffset - (tableOffset % alignment) - alignment; at >= 0; at -= alignment) {
    const count = view.getUint32(at, true);
    const begin = align(at + 4, alignment);
    const room = tableOffset - begin;
    // A symbol has at least a length and one token; at most two bytes of length and a token for each letter.
    if (count === 0 || count > MAX_SYMBOLS || count * 2 > room) continue;
    if (count * (MAX_NAME_LENGTH + 8) + MARKER_INTERVAL < room) continue;
    if (begin - at === 8 && view.getUint32(at + 4, true) !== 0) continue;
    if (walker.budget.bytes < 0) return;
    const walk = walker.walk(begin, count, form);
    if (walk === undefined || !endsAtTokens(view, walk, count, alignment, tableOffset)) continue;
    yield { ...walker.decode(begin, count, form, walk.nameBytes), countOffset: at, alignment };
  }
}

/** Whether the markers after the names agree with the walk and lead up to the token table. */
function endsAtTokens(
  view: DataView,
  walk: Walk,
  count: number,
  alignment: number,
  tableOffset: number,
): boolean {
  const begin = align(walk.end, alignment);
  if (begin + walk.markers.length * 4 > tableOffset) return false;
  if (walk.markers.some((marker, i) => view.getUint32(begin + i * 4, true) !== marker)) return false;
  const end = align(begin + walk.markers.length * 4, alignment);
  return SEQUENCE_SIZES.some((size) => align(end + size * count, alignment) === tableOffset);
}

/** Goes over compressed names; a walk that cannot be names ends at the first byte that shows it. */
class NameWalker {
  readonly bytes: Uint8Array;
  readonly budget: WalkBudget;
  readonly view: DataView;
  readonly #end: number;
  readonly #tokens: readonly Uint8Array[];
  readonly #lengths = new Uint16Array(TOKEN_COUNT);
  /** Which tokens a symbol can begin with: those whose first byte is an nm letter. */
  readonly #canBegin = new Uint8Array(TOKEN_COUNT);

  constructor(bytes: Uint8Array, dictionary: TokenTable, budget: WalkBudget) {
    this.bytes = bytes;
    this.budget = budget;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = dictionary.tableOffset;
    this.#tokens = dictionary.tokens;
    for (const [i, token] of dictionary.tokens.entries()) {
      this.#lengths[i] = token.length;
      this.#canBegin[i] = isTypeLetter(token[0] ?? 0) ? 1 : 0;
    }
  }

  /** Measures `count` names; undefined when they are no names, run into the dictionary or are too much. */
  walk(begin: number, count: number, form: LengthForm): Walk | undefined {
    const { bytes } = this;
    const markers: number[] = [];
    let at = begin;
    let nameBytes = 0;
    for (let i = 0; i < count; i++) {
      if (i % MARKER_INTERVAL === 0) markers.push(at - begin);
      let length = bytes[at++] ?? 0;
      if (form === 'uleb128' && length > 0x7f) length = (length & 0x7f) | ((bytes[at++] ?? 0) << 7);
      const end = at + length;
      if (length === 0 || end > this.#end || this.#canBegin[bytes[at] ?? 0] === 0) return undefined;
      this.budget.bytes -= length + 1;
      if (this.budget.bytes < 0) return undefined;
      let expanded = 0;
      for (; at < end; at++) expanded += this.#lengths[bytes[at] ?? 0] ?? 0;
      if (expanded < 2 || expanded > MAX_NAME_LENGTH + 1) return undefined;
      nameBytes += expanded - 1;
    }
    return nameBytes > MAX_NAME_BYTES ? undefined : { end: at, markers, nameBytes };
  }

  /** Expands names that `walk` has measured. */
  decode(begin: number, count: number, form: LengthForm, nameBytes: number): NameColumns {
    const { bytes } = this;
    const types = new Uint8Array(count);
    const nameOffsets = new Uint32Array(count + 1);
    const names = new Uint8Array(nameBytes);
    let at = begin;
    let to = 0;
    for (let i = 0; i < count; i++) {
      let length = bytes[at++] ?? 0;
      if (form === 'uleb128' && length > 0x7f) length = (length & 0x7f) | ((bytes[at++] ?? 0) << 7);
      const first = this.#tokens[bytes[at] ?? 0] ?? bytes.subarray(0, 0);
      types[i] = first[0] ?? 0;
      nameOffsets[i] = to;
      for (let k = 1; k < first.length; k++) names[to++] = first[k] ?? 0;
      for (let k = at + 1; k < at + length; k++) {
        const token = this.#tokens[bytes[k] ?? 0] ?? bytes.subarray(0, 0);
        for (let c = 0; c < token.length; c++) names[to++] = token[c] ?? 0;
      }
      at += length;
    }
    nameOffsets[count] = to;
    return { count, types, nameOffsets, names };
  }
}

/** The letters of nm(1), its `?` for an unknown type and `-` for a stabs symbol. */
function isTypeLetter(byte: number): boolean {
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || byte === 0x3f || byte === 0x2d;
}

function align(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
