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
  STT,
} from '@uptide/elf';
import { ForgeError } from '../error.ts';
import type { Extent } from './extents.ts';
import { branchField, eachInstruction, type InstructionFields, operandField } from './instructions.ts';

/** Where a field points before pieces exist: into a section, or to a symbol outside the object. */
export type RawTarget =
  | {
      readonly kind: 'section';
      readonly section: ElfSection;
      readonly offset: number;
      /** Where the symbol of the relocation is: it tells which literal is meant, also behind its end. */
      readonly anchor?: number;
    }
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

/** The fields of a section by rising place, and where its unnamed code may be divided. */
export interface SectionFields {
  readonly fields: readonly Field[];
  /** Offsets in unnamed code that the instruction before does not run on into. */
  readonly barriers: ReadonlySet<number>;
}

const NO_BARRIERS: ReadonlySet<number> = new Set();

/**
 * Finds every field with an address in a section. In code the assembler wrote `symbol + addend` so that the
 * distance counts from the end of the instruction (psABI 4.4.1: S + A - P with P the field), so the place
 * meant is only known after decoding: `cmpl $0, x(%rip)` has addend -5, `mov x(%rip), %rax` has -4, and
 * both mean `x`. And where a place is in the same section, the assembler wrote the distance and no
 * relocation at all.
 *
 * @throws ForgeError OBJECT_RELOCATION_UNKNOWN
 */
export function fieldsOf(
  object: ElfObject,
  section: ElfSection,
  relocations: readonly ElfRelocation[],
  extents: readonly Extent[],
  code: boolean,
): SectionFields {
  const meant = relocations.filter(({ type }) => type !== R_X86_64.NONE);
  if (code && section.content.kind === 'bytes') {
    return fieldsOfCode(object, section, section.content.bytes, meant, extents);
  }
  return {
    fields: meant.map((relocation) => fieldOf(object, section, relocation, undefined)),
    barriers: NO_BARRIERS,
  };
}

/** Decodes the code of a section extent by extent, with the relocations alongside. */
function fieldsOfCode(
  object: ElfObject,
  section: ElfSection,
  bytes: Uint8Array,
  relocations: readonly ElfRelocation[],
  extents: readonly Extent[],
): SectionFields {
  const fields: Field[] = [];
  const barriers = new Set<number>();
  let next = 0;
  for (const extent of extents) {
    const code = bytes.subarray(extent.start, extent.end);
    eachInstruction(code, (instruction) => {
      const end = extent.start + instruction.end;
      const first = next;
      for (; next < relocations.length; next++) {
        const relocation = relocations[next];
        if (relocation === undefined || relocation.offset >= end) break;
        fields.push(fieldOf(object, section, relocation, { instruction, end }));
      }
      if (extent.symbol === undefined && instruction.barrier) barriers.add(end);
      if (next > first && instruction.branchTo !== undefined) return;
      const implicit = implicitField(section, extent, code, instruction);
      if (
        implicit !== undefined &&
        !relocations.slice(first, next).some(({ offset }) => offset === implicit.at)
      )
        fields.push(implicit);
    });
  }
  for (; next < relocations.length; next++) {
    const relocation = relocations[next];
    if (relocation !== undefined) fields.push(fieldOf(object, section, relocation, undefined));
  }
  return { fields: fields.sort((a, b) => a.at - b.at), barriers };
}

/** The instruction that a relocated field belongs to, and where it ends in its section. */
interface Operand {
  readonly instruction: InstructionFields;
  readonly end: number;
}

function fieldOf(
  object: ElfObject,
  section: ElfSection,
  relocation: ElfRelocation,
  operand: Operand | undefined,
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
  const base = isPcRelative(type) && operand !== undefined ? operand.end - at : 0;
  const branch = operand?.instruction.branchTo !== undefined;
  const common = { at, type, width, base, branch, implicit: false };
  if (symbol.home.kind === 'section') {
    const home = object.sections[symbol.home.section];
    if (home === undefined) throw new UptideError('INTERNAL', `symbol ${symbol.name} has no section`);
    const offset = symbol.value + addend + base;
    const anchor = symbol.type === STT.SECTION ? offset : symbol.value;
    return { ...common, target: { kind: 'section', section: home, offset, anchor } };
  }
  return { ...common, target: { kind: 'external', symbol, offset: addend + base } };
}

/**
 * The field of an instruction that leads to another place of the section by a distance that the assembler
 * computed. What stays in a named extent moves with it and is none; unnamed code may yet be divided, and
 * all that it has is returned.
 */
function implicitField(
  section: ElfSection,
  { start, end, symbol }: Extent,
  code: Uint8Array,
  instruction: InstructionFields,
): Field | undefined {
  const { branchTo, operandAt } = instruction;
  const to = branchTo ?? operandAt;
  if (to === undefined || (symbol !== undefined && to >= 0 && to < end - start)) return undefined;
  const offset = start + to;
  if (section.content.kind !== 'bytes' || offset < 0 || offset >= section.content.bytes.length)
    return undefined;
  const at = branchTo === undefined ? operandField(code, instruction) : branchField(instruction).at;
  if (at === undefined) return undefined;
  const width = branchTo === undefined ? 4 : branchField(instruction).width;
  return {
    at: start + at,
    type: width === 4 ? R_X86_64.PC32 : R_X86_64.PC8,
    width,
    base: instruction.end - at,
    branch: branchTo !== undefined,
    implicit: true,
    target: { kind: 'section', section, offset },
  };
}
