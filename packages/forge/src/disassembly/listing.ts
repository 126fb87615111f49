// SPDX-License-Identifier: GPL-2.0-or-later
import {
  Decoder,
  DecoderOptions,
  FlowControl,
  Formatter,
  FormatterSyntax,
  Instruction,
  OpKind,
} from 'iced-x86';
import { nameOf } from '../compare/difference.ts';
import type { Piece, Reference } from '../dissect/piece.ts';

/** An instruction of a function, for a person. */
export interface Line {
  /** GNU syntax, with names instead of addresses. */
  readonly text: string;
  /** Equal for instructions that do the same: a jump within the function without its distance. */
  readonly key: string;
  /** Bytes from the start of the function. */
  readonly offset: number;
}

/** The instructions of a function. */
export function listingOf(piece: Piece): Line[] {
  const code = piece.bytes ?? new Uint8Array();
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const formatter = new Formatter(FormatterSyntax.Gas);
  formatter.uppercaseHex = false;
  formatter.branchLeadingZeros = false;
  formatter.ripRelativeAddresses = true;
  const instruction = new Instruction();
  const lines: Line[] = [];
  let next = 0;
  try {
    for (let offset = 0; decoder.canDecode; ) {
      decoder.decodeOut(instruction);
      const end = offset + instruction.length;
      const references: Reference[] = [];
      for (; (piece.references[next]?.at ?? end) < end; next += 1) {
        const reference = piece.references[next];
        if (reference !== undefined && reference.at >= offset) references.push(reference);
      }
      const near =
        instruction.flowControl !== FlowControl.Next && instruction.op0Kind === OpKind.NearBranch64;
      const text = formatter.format(instruction).replaceAll(/\s+/g, ' ');
      const [operation = ''] = text.split(' ');
      const names = references.map(({ target }) => nameOf(target)).join(', ');
      if (near && names !== '')
        lines.push({ text: `${operation} ${names}`, key: `${operation} ${names}`, offset });
      else if (near) lines.push({ text, key: operation, offset });
      else {
        const named = withNames(text, names);
        lines.push({ text: named, key: named, offset });
      }
      offset = end;
    }
  } finally {
    instruction.free();
    formatter.free();
    decoder.free();
  }
  return lines;
}

/** An operand relative to the instruction pointer becomes the name of what is there. */
function withNames(text: string, names: string): string {
  if (names === '') return text;
  const relative = /-?(?:0x[0-9a-f]+|\d+)?\(%rip\)/;
  return relative.test(text) ? text.replace(relative, () => `${names}(%rip)`) : `${text}  # ${names}`;
}
