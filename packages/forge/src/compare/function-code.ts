// SPDX-License-Identifier: GPL-2.0-or-later
import {
  Decoder,
  DecoderOptions,
  FlowControl,
  Code as IcedCode,
  Instruction,
  InstructionInfoFactory,
  OpAccess,
  type Register,
  RegisterExt,
} from 'iced-x86';
import { eachInstruction } from '../dissect/instructions.ts';
import type { Piece, Reference, Target } from '../dissect/piece.ts';

/** Instructions that are followed from a load to a call, and back from a call to its arguments. */
const MAX_STEPS = 64;

/** A load of a 32-bit constant. */
export interface ConstantLoad {
  /** Bytes from the start of the function to what follows the load. */
  readonly end: number;
  readonly register: Register;
}

/** The instructions of a function, for following a value from where it is loaded to the calls that get it. */
export class FunctionCode {
  readonly #bytes: Uint8Array;
  readonly #references: ReadonlyMap<number, Reference>;
  readonly #starts: readonly number[];
  readonly #decoder: Decoder;
  readonly #instruction = new Instruction();
  readonly #registers = new InstructionInfoFactory();

  constructor(piece: Piece, bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#references = new Map(piece.references.map((reference) => [reference.at, reference]));
    const starts: number[] = [];
    eachInstruction(bytes, ({ start }) => starts.push(start));
    this.#starts = starts;
    this.#decoder = new Decoder(64, bytes, DecoderOptions.None);
  }

  free(): void {
    this.#registers.free();
    this.#instruction.free();
    this.#decoder.free();
  }

  /** The load of a constant that has the byte at an offset in its immediate. */
  loadAt(offset: number): ConstantLoad | undefined {
    const start = this.#starts[this.#indexOf(offset)] ?? 0;
    const end = this.#decode(start);
    const isLoad = this.#instruction.code === IcedCode.Mov_r32_imm32 && offset >= end - 4;
    return isLoad ? { end, register: this.#instruction.op0Register } : undefined;
  }

  /**
   * The calls that a loaded value gets to, as their offsets; undefined when on any path something else reads
   * or writes the register, or where the path leads is not known.
   */
  callsReached({ end: from, register }: ConstantLoad): number[] | undefined {
    const calls: number[] = [];
    const open = [from];
    const seen = new Set<number>();
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      if (seen.size > MAX_STEPS || at < 0 || at >= this.#bytes.length) return undefined;
      const end = this.#decode(at);
      if (this.#branchBetween(at, end) !== undefined) {
        calls.push(at);
        continue;
      }
      const next = this.#touches(register) ? undefined : this.#next(end);
      if (next === undefined) return undefined;
      open.push(...next);
    }
    return calls;
  }

  /** The name of what a call leads to. */
  calleeOf(call: number): string {
    const target = this.#branchBetween(call, this.#decode(call))?.target;
    if (target === undefined) return '';
    return target.kind === 'external' ? target.symbol.name : target.piece.name;
  }

  /**
   * What the address that a register was given last before a call leads to; undefined when that was no
   * address, or is too far away.
   */
  argumentOf(call: number, register: Register): Target | undefined {
    const index = this.#indexOf(call);
    for (let i = index - 1; i >= Math.max(index - MAX_STEPS, 0); i--) {
      const start = this.#starts[i] ?? 0;
      const end = this.#decode(start);
      if (!this.#touches(register, true)) continue;
      for (let at = start; at < end; at++) {
        const reference = this.#references.get(at);
        if (reference !== undefined) return reference.target;
      }
      return undefined;
    }
    return undefined;
  }

  /** The index of the instruction that has the byte at an offset. */
  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #decode(at: number): number {
    this.#decoder.position = at;
    this.#decoder.ip = BigInt(at);
    this.#decoder.decodeOut(this.#instruction);
    return at + this.#instruction.length;
  }

  /** The direct branch out of the function in a range. */
  #branchBetween(start: number, end: number): Reference | undefined {
    for (let at = start; at < end; at++) {
      const reference = this.#references.get(at);
      if (reference?.branch === true) return reference;
    }
    return undefined;
  }

  /** Whether the instruction reads or writes any part of a register, or only whether it writes it. */
  #touches(register: Register, writes = false): boolean {
    const info = this.#registers.info(this.#instruction);
    const used = info.usedRegisters();
    const whole = RegisterExt.fullRegister(register);
    const touches = used.some(
      (use) =>
        RegisterExt.fullRegister(use.register) === whole &&
        (!writes || use.access === OpAccess.Write || use.access === OpAccess.ReadWrite),
    );
    for (const use of used) use.free();
    info.free();
    return touches;
  }

  /** Where the processor may go on; undefined where that is not known. */
  #next(end: number): number[] | undefined {
    const target = Number(BigInt.asIntN(64, this.#instruction.nearBranchTarget));
    switch (this.#instruction.flowControl) {
      case FlowControl.Next:
        return [end];
      case FlowControl.ConditionalBranch:
        return [end, target];
      case FlowControl.UnconditionalBranch:
        return [target];
      default:
        return undefined;
    }
  }
}
