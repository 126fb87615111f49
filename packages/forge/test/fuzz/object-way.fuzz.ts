// SPDX-License-Identifier: GPL-2.0-or-later

// Fuzz target of the way of an object: taken apart, compared, matched, cut and linked. A damaged object is once
// the patched one, once the original, once what was shipped. What must hold of any bytes: there is a module, or
// findings, or an error with a code.

import { type ElfObject, readObject } from '@uptide/elf';
import { linkModule } from '../../src/link/link.ts';
import { judgeMatch } from '../../src/match/judge.ts';
import { recordMatch } from '../../src/match/record.ts';
import { assembled, assembledFile, code, data, FENTRY, local, text } from '../support/assembly.ts';
import { cutOf, shippedFrom, unitOf } from '../support/units.ts';
import { exportsOf, FRAME, fakeBtf } from '../support/updates.ts';

/** A unit with a bit of everything; `last` is the instruction that a patch changes. */
function unit(last: string): string {
  return [
    local(
      'foo',
      FENTRY,
      'call helper',
      'call kfree',
      'jmp *.Ltable(,%rax,8)',
      '.Lcase: lea .Ltext(%rip), %rdi',
      'mov .Lnumber(%rip), %rax',
      'cmpb $1, state(%rip)',
      '771: ud2',
      '.pushsection __bug_table,"aw"',
      '.long 771b - ., .Ltext - .',
      '.word 12, 3',
      '.popsection',
      '772: .nops 5',
      '.pushsection __jump_table,"aw"',
      '.balign 8',
      '.long 772b - ., 773f - .',
      '.quad key - .',
      '.popsection',
      '773: lock incl state(%rip)',
      '.pushsection .smp_locks,"a"',
      '.balign 4',
      '.long 773b - .',
      '.popsection',
      '661: .nops 5',
      '.pushsection .altinstructions,"a"',
      '.long 661b - ., 663f - .',
      '.word 16',
      '.byte 5, 5',
      '.popsection',
      '.pushsection .altinstr_replacement,"ax"',
      '663: call kfree',
      '.popsection',
      last,
      'jmp foo.cold',
      '.pushsection .orc_unwind_ip,"a"',
      '.long foo - ., 773b - .',
      '.popsection',
      '.pushsection .orc_unwind,"a"',
      '.byte 8, 0, 0, 0, 5, 0, 16, 0, 0, 0, 5, 0',
      '.popsection',
      '.pushsection __mcount_loc,"a"',
      '.quad foo',
      '.popsection',
    ),
    code('.text.unlikely.foo', 'foo.cold', ['call printk', 'jmp .Lcase']),
    code('.sched.text', 'helper', [FENTRY, 'ret']),
    code('.sched.text', 'waiter', [FENTRY, last, 'jmp.d32 helper']),
    data('.data.state', 'aw', 'state', '.quad foo, state'),
    data('.data.key', 'aw', 'key', '.quad 0, 0'),
    data('.bss.room', 'aw', 'room', '.skip 64'),
    text('.Ltext', 'a.c'),
    '.section .rodata.cst8,"aM",@progbits,8\n.Lnumber: .quad 42',
    '.section .rodata,"a"\n.Ltable: .quad .Lcase, foo, .Ltext',
  ].join('\n');
}

const original = await assembledFile(unit('cld'));
const patched = await assembledFile(unit('std'));
const frame = await assembled(FRAME);
const EXPORTS = { __fentry__: 'vmlinux', kfree: 'vmlinux', printk: 'vmlinux' };

/** Inputs that reach the end of the way. */
export const seeds: readonly Uint8Array[] = [patched, original];

/** Tries one damaged object in each of its places; the module for the first, when there is one. */
export function target(input: Uint8Array): Uint8Array | undefined {
  const damaged = readObject(input);
  const good = { pre: readObject(original), post: readObject(patched) };
  const module = tryWay(good.pre, damaged, good.pre, 'vmlinux');
  tryWay(damaged, good.post, good.pre, 'vmlinux');
  tryWay(good.pre, good.post, damaged, 'sctp');
  return module;
}

function tryWay(pre: ElfObject, post: ElfObject, shipped: ElfObject, object: string): Uint8Array | undefined {
  const own = unitOf({ pre, post, shipped: shippedFrom(shipped, object) });
  const { comparison, match } = own;
  const replaced = comparison.changed.map((change) => change.pre);
  const cut = cutOf([own], EXPORTS);
  const findings = [...comparison.findings, ...judgeMatch(match, replaced, 'a.c'), ...cut.findings];
  for (const piece of replaced) {
    const verdict = match.functions.get(piece);
    if (verdict?.state === 'matched') recordMatch(piece, verdict.address, match.shipped, verdict.layout);
  }
  if (findings.some(({ verdict }) => verdict === 'refuse')) return undefined;
  const identity = { name: 'uptide_fuzz', vermagic: 'x', inherited: [] };
  return linkModule({ cut, frame, btf: fakeBtf(), exports: exportsOf(), identity });
}
