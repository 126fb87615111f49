// SPDX-License-Identifier: GPL-2.0-or-later

import { UptideError } from '@uptide/base';
import {
  type ElfObject,
  type ElfRelocation,
  type ElfSection,
  type ElfSymbol,
  isPcRelative,
  R_X86_64,
  relocationName,
  relocationWidth,
} from '@uptide/elf';
import { ForgeError } from '../error.ts';
import type { Extent } from './extents.ts';
import { eachInstruction } from './instructions.ts';

/** Where a field points before pieces exist: into a section, or to a symbol outside the object. */
export type RawTarget =
  | { readonly kind: 'section'; readonly section: ElfSection; readonly offset: number }
  | { readonly kind: 'external'; readonly symbol: ElfSymbol; readonly offset: number };

/** A field with an address, by its place in its section. */
export interface Field {
  readonly at: number;
  readonly type: number;
  readonly width: number;
  /** See `Reference.base`. */
  readonly base: number;
  readonly branch: boolean;
  readonly implicit: boolean;
  readonly target: RawTarget;
}

/** What code says of its fields: where the instruction ends and whether it branches. */
interface Operand {
  readonly end: number;
  readonly branch: boolean;
}

/**
 * Finds every field with an address in a section. In code the assembler wrote `symbol + addend` so that the
 * distance counts from the end of the instruction (psABI 4.4.1: S + A - P with P the field), so the place
 * meant is only known after decoding: `cmpl $0, x(%rip)` has addend -5, `mov x(%rip), %rax` has -4, and
 * both mean `x`.
 */
export function fieldsOf(
  object: ElfObject,
  section: ElfSection,
  relocations: readonly ElfRelocation[],
  extents: readonly Extent[],
  code: boolean,
): Field[] {
  const fields: Field[] = [];
  const operands = code ? new Map<number, Operand>() : undefined;
  if (operands !== undefined && section.content.kind === 'bytes') {
    const relocated = new Set(relocations.map(({ offset }) => offset));
    fields.push(...scanCode(section, section.content.bytes, extents, relocated, operands));
  }
  for (const relocation of relocations) {
    if (relocation.type === R_X86_64.NONE) continue;
    fields.push(fieldOf(object, section, relocation, operands));
  }
  return fields.sort((a, b) => a.at - b.at);
}

function fieldOf(
  object: ElfObject,
  section: ElfSection,
  relocation: ElfRelocation,
  operands: ReadonlyMap<number, Operand> | undefined,
): Field {
  const { offset: at, type, addend } = relocation;
  const width = relocationWidth(type);
  const symbol = object.symbols[relocation.symbol];
  if (width === undefined || symbol === undefined) {
    throw new ForgeError(
      'OBJECT_RELOCATION_UNKNOWN',
      `${relocationName(type)} is not one that kernel code has`,
      {
        place: { section: section.name, offset: at },
      },
    );
  }
  const operand = operands?.get(at);
  const base = isPcRelative(type) && operand !== undefined ? operand.end - at : 0;
  const common = { at, type, width, base, branch: operand?.branch ?? false, implicit: false };
  if (symbol.home.kind === 'section') {
    const home = object.sections[symbol.home.section];
    if (home === undefined) throw new UptideError('INTERNAL', `symbol ${symbol.name} has no section`);
    return { ...common, target: { kind: 'section', section: home, offset: symbol.value + addend + base } };
  }
  return { ...common, target: { kind: 'external', symbol, offset: addend + base } };
}

/**
 * Decodes the code of a section piece by piece. Fills `operands` with what each relocated field belongs to,
 * and returns the branches between pieces that have no relocation.
 */
function scanCode(
  section: ElfSection,
  bytes: Uint8Array,
  extents: readonly Extent[],
  relocated: ReadonlySet<number>,
  operands: Map<number, Operand>,
): Field[] {
  const implicit: Field[] = [];
  for (const { start, end } of extents) {
    eachInstruction(bytes.subarray(start, end), (instruction) => {
      const branch = instruction.branchTo !== undefined;
      for (let at = start + instruction.start; at < start + instruction.end; at++) {
        if (relocated.has(at)) operands.set(at, { end: start + instruction.end, branch });
      }
      if (instruction.branchTo === undefined) return;
      const at = start + instruction.immediateAt;
      const offset = start + instruction.branchTo;
      if (relocated.has(at) || (offset >= start && offset < end) || offset < 0 || offset >= bytes.length)
        return;
      const width = instruction.immediateWidth;
      implicit.push({
        at,
        type: width === 4 ? R_X86_64.PC32 : R_X86_64.PC8,
        width,
        base: start + instruction.end - at,
        branch: true,
        implicit: true,
        target: { kind: 'section', section, offset },
      });
    });
  }
  return implicit;
}
