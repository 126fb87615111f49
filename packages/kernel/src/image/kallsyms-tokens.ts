// SPDX-License-Identifier: GPL-2.0-or-later

export const TOKEN_COUNT = 256;
/**
 * Bytes of a symbol name at most, its nm letter not counted: KSYM_NAME_LEN is 512 with the final NUL
 * (include/linux/kallsyms.h; earlier 128). No token is longer than a symbol.
 */
export const MAX_NAME_LENGTH = 511;
/** The tables are aligned to 8 bytes (`ALGN` of scripts/kallsyms.c) or, without a base, to 4. */
const MAX_PADDING = 7;
const SMALLEST_ALIGNMENT = 4;
const INDEX_SIZE = TOKEN_COUNT * 2;

/** The dictionary of kallsyms, with where it was found. */
export interface TokenTable {
  /** Bytes from the start of the region. */
  readonly tableOffset: number;
  readonly indexOffset: number;
  readonly tokens: readonly Uint8Array[];
}

/** Finds every place in a region where 256 rising u16 describe the 256 strings before them. */
export function* findTokenTables(bytes: Uint8Array): Generator<TokenTable> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = nextIndex(view, 0); at >= 0; at = nextIndex(view, at + SMALLEST_ALIGNMENT)) {
    const index = readIndex(view, at);
    if (index !== undefined) yield* tablesBefore(bytes, at, index);
  }
}

/** The next place where the first entry is 0 and the next two rise: this alone leaves few; -1 when none. */
function nextIndex(view: DataView, from: number): number {
  const last = view.byteLength - INDEX_SIZE;
  for (let at = from; at <= last; at += SMALLEST_ALIGNMENT) {
    const head = view.getUint32(at, true);
    if ((head & 0xffff) === 0 && head !== 0 && view.getUint16(at + 4, true) > head >>> 16) return at;
  }
  return -1;
}

function readIndex(view: DataView, at: number): Uint16Array | undefined {
  for (let i = 1, previous = 0; i < TOKEN_COUNT; i++) {
    const offset = view.getUint16(at + 2 * i, true);
    if (offset <= previous || offset > previous + MAX_NAME_LENGTH + 2) return undefined;
    previous = offset;
  }
  return Uint16Array.from({ length: TOKEN_COUNT }, (_, i) => view.getUint16(at + 2 * i, true));
}

/** The last token's length is not in the index, so the table may begin at any aligned place in its range. */
function* tablesBefore(bytes: Uint8Array, indexOffset: number, index: Uint16Array): Generator<TokenTable> {
  const lastBegins = index[TOKEN_COUNT - 1] ?? 0;
  const highest = indexOffset - lastBegins - 1;
  const lowest = Math.max(0, highest - MAX_NAME_LENGTH - 1 - MAX_PADDING);
  for (let start = highest - (highest % SMALLEST_ALIGNMENT); start >= lowest; start -= SMALLEST_ALIGNMENT) {
    const tokens = readTokens(bytes, start, indexOffset, index);
    if (tokens !== undefined) yield { tableOffset: start, indexOffset, tokens };
  }
}

function readTokens(
  bytes: Uint8Array,
  start: number,
  indexOffset: number,
  index: Uint16Array,
): Uint8Array[] | undefined {
  const tokens: Uint8Array[] = [];
  for (let i = 0; i < TOKEN_COUNT; i++) {
    const begin = start + (index[i] ?? 0);
    let end = begin;
    while (end < indexOffset && isNameByte(bytes[end] ?? 0)) end++;
    if (end >= indexOffset || bytes[end] !== 0) return undefined;
    const next = index[i + 1];
    if (next !== undefined && start + next !== end + 1) return undefined;
    if (next === undefined && !isPadding(bytes, end + 1, indexOffset)) return undefined;
    tokens.push(bytes.subarray(begin, end));
  }
  return tokens;
}

function isPadding(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from > MAX_PADDING) return false;
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false;
  return true;
}

/** Names of symbols are printable ASCII without a space: scripts/kallsyms.c reads them with `%s`. */
function isNameByte(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f;
}
