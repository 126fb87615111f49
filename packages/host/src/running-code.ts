// SPDX-License-Identifier: GPL-2.0-or-later

// The last link of the chain that begins with "a unit compiled alone is what was shipped": is what was shipped
// also what runs?
//
// An update carries, for each function that it replaces, a digest over the shipped bytes in which everything is
// zero that a running kernel may hold otherwise (alternatives, jump labels, static calls, the ftrace call,
// addresses that move with the random base). The same bytes of the running function, with the same ranges
// zeroed, must have the same digest. Where the function runs, /proc/kallsyms says: the entries of a name in one
// object are counted as klp counts them. The bytes come from /proc/kcore, a core file of the running kernel: its
// program headers map addresses to positions in the file, and no position may come from anywhere else.
//
// Example: cmdline_proc_show, vmlinux, position 0, 41 bytes. kallsyms lists the name once for the kernel itself,
// at ffffffff9a3c5d10. The segment of kcore that begins at ffffffff80000000 with offset 7fff80003000 holds it, so
// the bytes lie at 7fff9a3c8d10.
//
// Limits: a module that is not loaded has no running code; klp patches it when it comes, and it is not compared
// then. A kernel that is locked down for confidentiality shows no kcore. Both are said.

import type { Finding } from '@uptide/base';
import type { Address } from '@uptide/elf';
import type { Description, PatchedFunction } from '@uptide/stream';
import { HostError } from './error.ts';
import { findFunction, judgeCode, MAX_FUNCTION_BYTES } from './judge/code.ts';
import { finding } from './judge/fit.ts';
import type { Machine } from './machine.ts';
import { readKallsyms, type SymbolTable, VMLINUX } from './read/kallsyms.ts';
import {
  ELF_HEADER_SIZE,
  locate,
  type MemorySegment,
  notShown,
  readCoreHeader,
  readSegments,
} from './read/kcore.ts';
import type { Kprobe } from './read/kprobes.ts';

const KALLSYMS = 'proc/kallsyms';
const KCORE = 'proc/kcore';

/** What the comparison found. */
export interface CodeJudgement {
  readonly findings: readonly Finding[];
  /** Whether every function that runs was compared. */
  readonly compared: boolean;
}

/** Compares every function that an update replaces with the running one. */
export async function judgeRunningCode(
  machine: Machine,
  { objects }: Description,
  modules: readonly string[],
  kprobes: readonly Kprobe[],
): Promise<CodeJudgement> {
  const findings: Finding[] = [];
  const loaded = objects.filter(({ name }) => name === VMLINUX || modules.includes(name));
  for (const { name } of objects.filter((object) => !loaded.includes(object))) {
    findings.push(finding('HOST_OBJECT_NOT_LOADED', 'review', 'the module is not loaded', { object: name }));
  }
  try {
    const names = new Set(loaded.flatMap(({ functions }) => functions.map(({ name }) => name)));
    const table = await readSymbols(machine, names);
    const memory = await Memory.open(machine);
    try {
      for (const { name, functions } of loaded) {
        for (const one of functions) {
          findings.push(...(await judgeFunction(memory, table, name, one, kprobes)));
        }
      }
    } finally {
      await memory.close();
    }
    return { findings, compared: true };
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'HOST_UNREADABLE') throw error;
    findings.push(finding('HOST_CODE_UNREADABLE', 'refuse', error.message, error.place));
    return { findings, compared: false };
  }
}

async function judgeFunction(
  memory: Memory,
  table: SymbolTable,
  object: string,
  one: PatchedFunction,
  kprobes: readonly Kprobe[],
): Promise<Finding[]> {
  const at = findFunction(table, object, one);
  if (typeof at !== 'number') return [at];
  if (one.size > MAX_FUNCTION_BYTES) {
    const reason = `no function of a kernel has ${one.size} bytes`;
    return [finding('HOST_CODE_DIFFERS', 'refuse', reason, { object, symbol: one.name })];
  }
  return judgeCode(object, one, at, await memory.read(at, one.size), kprobes);
}

async function readSymbols(machine: Machine, names: ReadonlySet<string>): Promise<SymbolTable> {
  const text = await machine.text(KALLSYMS);
  if (text === undefined) throw unreadable(KALLSYMS, 'there is no such file');
  const table = readKallsyms(text, names);
  // With kernel.kptr_restrict, or without CAP_SYSLOG, every address is printed as zero.
  for (const symbols of table.values()) {
    for (const places of symbols.values()) {
      if (places.includes(0 as Address)) throw unreadable(KALLSYMS, 'the kernel hides its addresses');
    }
  }
  return table;
}

/** The memory of the running kernel. */
class Memory {
  readonly #file: Awaited<ReturnType<Machine['open']>>;
  #segments: readonly MemorySegment[] = [];

  private constructor(file: Awaited<ReturnType<Machine['open']>>) {
    this.#file = file;
  }

  /** @throws HostError HOST_UNREADABLE. */
  static async open(machine: Machine): Promise<Memory> {
    const file = await machine.open(KCORE).catch((error: unknown) => {
      throw unreadable(KCORE, error instanceof Error ? error.message : String(error));
    });
    const memory = new Memory(file);
    try {
      const { offset, size } = readCoreHeader(await memory.#at(0n, ELF_HEADER_SIZE));
      memory.#segments = readSegments(await memory.#at(BigInt(offset), size));
      return memory;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** @throws HostError HOST_UNREADABLE when the memory is not shown. */
  async read(start: Address, size: number): Promise<Uint8Array> {
    const position = locate(this.#segments, start, size);
    if (position === undefined) throw unreadable(KCORE, notShown(start, size));
    return await this.#at(position, size);
  }

  async #at(position: bigint, size: number): Promise<Uint8Array> {
    const bytes = Buffer.alloc(size);
    try {
      for (let done = 0; done < size; ) {
        const { bytesRead } = await this.#file.read(bytes, done, size - done, position + BigInt(done));
        if (bytesRead === 0) throw unreadable(KCORE, `it ends ${size - done} bytes too early`);
        done += bytesRead;
      }
    } catch (error) {
      if (error instanceof HostError) throw error;
      throw unreadable(KCORE, error instanceof Error ? error.message : String(error));
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function unreadable(path: string, reason: string): HostError {
  return new HostError('HOST_UNREADABLE', reason, { place: { file: `/${path}` } });
}
