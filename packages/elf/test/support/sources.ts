// SPDX-License-Identifier: GPL-2.0-or-later

/** C with what kernel objects hold: functions, data, strings, tables of pointers, weak and static names. */
export const C_SOURCE = `
extern int outside(const char *, ...);
extern int array[];
static int counter;
int initialised = 3;
const char *const names[] = { "one", "two", "a longer name" };
__attribute__((weak)) int weak(int x) { return outside("weak %d\\n", x) + counter++; }
static __attribute__((noinline)) int local(int x) { return array[x] + initialised; }
__attribute__((section(".init.text"))) int start(void) { return local(4); }
int (*const table[])(int) = { weak, local };
int choose(int x) {
  switch (x) {
  case 1: return outside("a"); case 2: return local(7); case 3: return weak(2); case 4: return outside("b");
  case 5: return local(1); case 6: return counter; default: return outside(names[x & 1]);
  }
}
__thread int per_thread;
int read_thread(void) { return per_thread; }
`;

/** Assembly with what compilers rarely emit: groups, ordered sections, common and absolute symbols. */
export const ASM_SOURCE = `
  .text
  .globl entry
  .type entry, @function
entry:
  call missing
  movq $here, %rax
  ret
  .size entry, . - entry
here:
  .section .text.one,"axG",@progbits,one,comdat
  .weak one
  .type one, @function
one: ret
  .size one, 1
  .section .data.two,"awG",@progbits,two
two: .quad one, entry + 8
  .section __table,"ao",@progbits,.text
  .quad entry
  .section .rodata.strings,"aMS",@progbits,1
  .asciz "shared"
  .section .rodata.merged,"aM",@progbits,8
  .quad 1, 2
  .section .note.test,"a",@note
  .long 4, 0, 1
  .asciz "abc"
  .bss
  .balign 64
  .zero 300
  .comm common_one, 16, 8
  .globl absolute
  .set absolute, 0xffffffff81000000
  .hidden hidden_one
  .globl hidden_one
hidden_one:
`;

/** Assembly of that many sections, each with a function and a relocation against the next. */
export function manySections(count: number): string {
  const lines: string[] = [];
  for (let index = 0; index < count; index++) {
    lines.push(`.section .s${index},"ax",@progbits`, `.globl f${index}`, `.type f${index}, @function`);
    lines.push(`f${index}: .long 0`, `.size f${index}, 4`);
  }
  lines.push('.data', `.quad f0, f${count - 1}`);
  return `${lines.join('\n')}\n`;
}
