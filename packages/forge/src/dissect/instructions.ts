// SPDX-License-Identifier: GPL-2.0-or-later
import { type ConstantOffsets, Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic } from 'iced-x86';

/** What of an instruction matters to someone who looks for addresses in code. */
export interface InstructionFields {
  /** Bytes from the start of the code. */
  readonly start: number;
  readonly end: number;
  /** Where a direct near branch leads, in bytes from the start of the code; undefined for all else. */
  readonly branchTo: number | undefined;
  /** Offset and width of the field that holds the branch distance or immediate, from the start of the code. */
  readonly immediateAt: number;
  readonly immediateWidth: number;
  readonly valid: boolean;
}

/** Code is decoded at this address, so that branches to before its start do not wrap around. */
const DECODE_BASE = 1n << 32n;

/**
 * Decodes code from its first byte to its last and calls `visit` for each instruction. One instruction
 * object is reused: what `visit` is given is a fresh plain record.
 */
export function eachInstruction(code: Uint8Array, visit: (fields: InstructionFields) => void): void {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const instruction = new Instruction();
  decoder.ip = DECODE_BASE;
  try {
    let start = 0;
    while (decoder.canDecode) {
      decoder.decodeOut(instruction);
      const length = instruction.length;
      const offsets: ConstantOffsets = decoder.getConstantOffsets(instruction);
      const branches = instruction.isJccShortOrNear || instruction.isJmpShortOrNear || instruction.isCallNear;
      visit({
        start,
        end: start + length,
        branchTo: branches ? Number(instruction.nearBranchTarget - DECODE_BASE) : undefined,
        immediateAt: start + offsets.immediateOffset,
        immediateWidth: offsets.immediateSize,
        valid: !instruction.isInvalid,
      });
      offsets.free();
      start += length;
    }
  } finally {
    instruction.free();
    decoder.free();
  }
}

/** Whether bytes between functions are what assemblers fill with: zeroes, `int3` or no-operations. */
export function isPadding(bytes: Uint8Array): boolean {
  if (bytes.every((byte) => byte === 0 || byte === 0xcc || byte === 0x90)) return true;
  const decoder = new Decoder(64, bytes, DecoderOptions.None);
  const instruction = new Instruction();
  try {
    while (decoder.canDecode) {
      decoder.decodeOut(instruction);
      const filler = instruction.mnemonic === Mnemonic.Nop || instruction.mnemonic === Mnemonic.Int3;
      if (!filler || instruction.flowControl === FlowControl.Exception) return false;
    }
    return true;
  } finally {
    instruction.free();
    decoder.free();
  }
}

/** Bytes of the instruction at an offset of code. */
export function instructionLengthAt(code: Uint8Array, offset: number): number {
  const decoder = new Decoder(64, code.subarray(offset), DecoderOptions.None);
  const instruction = decoder.decode();
  const { length } = instruction;
  instruction.free();
  decoder.free();
  return length;
}
