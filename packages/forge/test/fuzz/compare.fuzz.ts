// SPDX-License-Identifier: GPL-2.0-or-later
import { diffObjects } from '../../src/compare/diff-objects.ts';
import { assembledFile, code, data, FENTRY, global, local, text } from '../support/assembly.ts';

/** An object with everything that the comparison looks at. */
const ORIGINAL = await assembledFile(
  [
    global(
      'f',
      FENTRY,
      '1: nop',
      'lea .LC0(%rip),%rdi',
      'mov $7,%esi',
      'call __might_sleep',
      'call f.cold',
      'mov count.1(%rip),%eax',
      'jmp *.Ljumps(,%rax,8)',
      '2: ret',
    ),
    code('.text.unlikely.f', 'f.cold', ['ud2', 'jmp f']),
    local('g.isra.0', FENTRY, 'mov $table,%rdi', '3: mov (%rdi),%rax', '4: ret'),
    code('.sched.text', 'h', ['call i', 'ret']),
    code('.sched.text', 'i', ['jmp h']),
    '.section .fixup,"ax"\n5: mov $-14,%eax\njmp 4b',
    data('.bss.count.1', 'aw', 'count.1', '.zero 4'),
    data('.data.table', 'aw', 'table', '.quad f, g.isra.0, .LC0'),
    data('.data.once', 'aw', '__already_done.2', '.byte 0'),
    text('.LC0', 'drivers/x.c'),
    '.section .rodata,"a"\n.balign 8\n.Ljumps: .quad 2b, f+3',
    '.section .rodata.cst8,"aM",@progbits,8\n.quad 5',
    '.section __bug_table,"aw"\n.long 1b - ., .LC0 - .\n.word 7, 1',
    '.section __jump_table,"aw"\n.balign 8\n.long 1b - ., 2b - .\n.quad table - .',
    '.section __ex_table,"a"\n.long 3b - ., 5b - ., 0',
    '.section .altinstr_replacement,"ax"\n6: lfence\n7:\n.section .altinstructions,"a"\n.long 1b - ., 6b - .\n.long 5\n.byte 1, 3',
    '.section .orc_unwind_ip,"a"\n.long 1b - .\n.section .orc_unwind,"a"\n.zero 6',
    '.section __mcount_loc,"a"\n.quad f',
  ].join('\n'),
);

/** Inputs that reach deep into the comparison. */
export const seeds: readonly Uint8Array[] = [ORIGINAL];

/** Any object is compared with a whole one, or refused with a code. */
export function target(input: Uint8Array): void {
  diffObjects(ORIGINAL, input);
  diffObjects(input, input);
}
