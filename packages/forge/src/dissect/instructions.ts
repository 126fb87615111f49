// SPDX-License-Identifier: GPL-2.0-or-later
import { Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind } from 'iced-x86';

/** What of an instruction matters to someone who looks for addresses in code. */
export interface InstructionFields {
  /** Bytes from the start of the code. */
  readonly start: number;
  readonly end: number;
  /** Where a direct near branch leads, in bytes from the start of the code; undefined for all else. */
  readonly branchTo: number | undefined;
  /** What a memory operand relative to the instruction pointer means, in the same way. */
  readonly operandAt: number | undefined;
  /** Whether the next instruction is never reached through this one. */
  readonly barrier: boolean;
}

/** Code is decoded at this address, so that branches to before its start do not wrap around. */
const DECODE_BASE = 1n << 32n;

/** After these nothing runs on into the next instruction. `ud2` is none: a WARN goes on behind it. */
const BARRIERS: ReadonlySet<FlowControl> = new Set([
  FlowControl.UnconditionalBranch,
  FlowControl.IndirectBranch,
  FlowControl.Return,
]);

/** Decodes code from its first byte to its last and calls `visit` for each instruction. */
export function eachInstruction(code: Uint8Array, visit: (fields: InstructionFields) => void): void {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const instruction = new Instruction();
  decoder.ip = DECODE_BASE;
  try {
    let start = 0;
    while (decoder.canDecode) {
      decoder.decodeOut(instruction);
      const end = start + instruction.length;
      const flow = instruction.flowControl;
      const branches = flow !== FlowControl.Next && instruction.op0Kind === OpKind.NearBranch64;
      visit({
        start,
        end,
        branchTo: branches ? Number(instruction.nearBranchTarget - DECODE_BASE) : undefined,
        operandAt: instruction.isIpRelMemoryOperand
          ? Number(instruction.ipRelMemoryAddress - DECODE_BASE)
          : undefined,
        barrier: BARRIERS.has(flow),
      });
      start = end;
    }
  } finally {
    instruction.free();
    decoder.free();
  }
}

/**
 * Where the distance of a direct branch stands: behind the opcode, at the end of the instruction. The short
 * forms have two bytes and at most two prefixes, the near forms five or more (Intel SDM volume 2, JMP and
 * Jcc).
 */
export function branchField({ start, end }: { readonly start: number; readonly end: number }): {
  readonly at: number;
  readonly width: 1 | 4;
} {
  const width = end - start >= 5 ? 4 : 1;
  return { at: end - width, width };
}

/** Where the displacement stands of an instruction whose memory operand is relative to its end. */
export function operandField(
  code: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
): number | undefined {
  const decoder = new Decoder(64, code.subarray(start, end), DecoderOptions.None);
  const instruction = decoder.decode();
  const offsets = decoder.getConstantOffsets(instruction);
  const at = offsets.displacementSize === 4 ? start + offsets.displacementOffset : undefined;
  offsets.free();
  instruction.free();
  decoder.free();
  return at;
}

/** Whether bytes between functions are what assemblers fill with: zeroes, `int3` or no-operations. */
export function isPadding(bytes: Uint8Array): boolean {
  if (bytes.every((byte) => byte === 0 || byte === 0xcc || byte === 0x90)) return true;
  const decoder = new Decoder(64, bytes, DecoderOptions.None);
  const instruction = new Instruction();
  try {
    while (decoder.canDecode) {
      decoder.decodeOut(instruction);
      if (instruction.mnemonic !== Mnemonic.Nop && instruction.mnemonic !== Mnemonic.Int3) return false;
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
