// SPDX-License-Identifier: GPL-2.0-or-later
import { createHash } from 'node:crypto';
import type { Finding } from '@uptide/base';
import { type Address, formatAddress } from '@uptide/elf';
import type { PatchedFunction } from '@uptide/stream';
import type { SymbolTable } from '../read/kallsyms.ts';
import type { Kprobe } from '../read/kprobes.ts';
import { finding } from './fit.ts';

/** The largest function of Debian's kernels has some 100 kB; an update that names a larger one is not right. */
export const MAX_FUNCTION_BYTES = 1024 * 1024;

/** Finds where a function runs, as klp does: position 0 asks for the only one of its name. */
export function findFunction(
  table: SymbolTable,
  object: string,
  { name, position }: PatchedFunction,
): Address | Finding {
  const places = table.get(object)?.get(name) ?? [];
  const place = { object, symbol: name };
  if (position === 0 && places.length > 1) {
    const reason = `there are ${places.length} of this name, and the update knows of one`;
    return finding('HOST_FUNCTION_MISSING', 'refuse', reason, place);
  }
  const address = places[Math.max(position, 1) - 1];
  if (address !== undefined) return address;
  const reason = `number ${Math.max(position, 1)} is wanted, and there are ${places.length}`;
  return finding('HOST_FUNCTION_MISSING', 'refuse', reason, place);
}

/**
 * Compares the running bytes of a function with its match record. What the kernel rewrites itself is masked in
 * the record, so that equal digests mean equal code. The record has a digest alone: where in the function the
 * difference lies is not known, unless a kprobe explains it.
 */
export function judgeCode(
  object: string,
  { name, size, match }: PatchedFunction,
  at: Address,
  running: Uint8Array,
  kprobes: readonly Kprobe[],
): Finding[] {
  const bytes = Uint8Array.from(running);
  for (const { offset, length } of match.masks) bytes.fill(0, offset, offset + length);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length === size && digest === match.sha256) return [];
  const probes = kprobes
    .filter((probe) => probe.object === object && probe.name === name)
    .map(({ offset }) => `+0x${offset.toString(16)}`);
  const why = probes.length === 0 ? '' : `; kprobes are set at ${probes.join(', ')}`;
  const range = `the bytes +0x0 to +0x${size.toString(16)} at ${formatAddress(at)}`;
  const reason = `${range} are not those of the update's match record${why}`;
  return [finding('HOST_CODE_DIFFERS', 'refuse', reason, { object, symbol: name })];
}
