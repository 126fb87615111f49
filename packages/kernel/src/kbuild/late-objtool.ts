// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * What objtool does to a unit, in kernels where it runs late.
 *
 * objtool writes the tables by which the kernel finds returns, indirect calls and static calls in its code,
 * and the unwinder its way. Most kernels run it on every object that comes out of the compiler. One with
 * CONFIG_X86_KERNEL_IBT or clang's LTO (`delay-objtool` in scripts/Makefile.lib) runs it with --link on what
 * is linked: each module and the whole of vmlinux.o. An object alone would lack the tables, and the same
 * code would look otherwise than in the shipped image, where objtool also has turned the jumps of jump
 * labels into no-operations.
 *
 * A live update is made of single units, so objtool has to run on them after all. The flags follow from the
 * configuration and are the same for everything that is linked; the dry run shows them at each module:
 *
 *   objtool --hacks=jump_label ... --ibt --orc ... --prefix=16  --link  --module fs/fat/fat.o
 *
 * For `fs/fat/inode.o` they become those of a kernel without the delay:
 *
 *   objtool --hacks=jump_label ... --orc ... --prefix=16  --module fs/fat/inode.o
 *
 * --link goes, since one unit is not the whole. --ibt goes, since it says of functions whose address nothing
 * in the object takes that they need no ENDBR, which is only true of a whole: another unit may take it. An
 * ENDBR that stays is never wrong. --module stays with units of modules: without it, objtool wants the key of
 * each static call to be in the object. Every unit gets the same, also one that is a module by itself.
 *
 * Limits: --noinstr and --unret, which vmlinux.o may get besides, check rules and write nothing.
 */

import { posix } from 'node:path';
import { KernelError } from '../error.ts';
import type { TranslationUnit } from '../model.ts';

type Command = readonly string[];

/** Flags that only make sense for the whole of what is linked. */
const WHOLE_ONLY: ReadonlySet<string> = new Set(['--link', '--ibt']);
const MODULE = '--module';

/** Whether a command runs objtool on something linked. */
export function isLateObjtool(command: Command): boolean {
  return posix.basename(command[0] ?? '') === 'objtool' && command.includes('--link');
}

/**
 * Gives every unit that is a part of a klp object an objtool run of its own, where the kernel's build has it
 * only for linked objects. Where the build runs it on each object, nothing changes.
 *
 * @param late the objtool commands of linked objects, each with the object as its last word.
 * @throws KernelError KBUILD_UNREADABLE when the commands differ in more than their object.
 */
export function withUnitObjtool(
  units: readonly TranslationUnit[],
  late: readonly Command[],
): readonly TranslationUnit[] {
  const [first, ...others] = late.map(flagsOf);
  if (first === undefined) return units;
  const different = others.find((flags) => flags.join(' ') !== first.join(' '));
  if (different !== undefined) {
    const reason = `objtool is run both as ${first.join(' ')} and as ${different.join(' ')}`;
    throw new KernelError('KBUILD_UNREADABLE', reason);
  }
  return units.map((unit) => {
    if (unit.owners.length === 0) return unit;
    const module = unit.compile.includes('-DMODULE') ? [MODULE] : [];
    const others = unit.post.filter((command) => !isLateObjtool(command));
    return { ...unit, post: [...others, [...first, ...module, unit.objectFile]] };
  });
}

/** Program and flags of an objtool command without the object and what depends on it. */
function flagsOf(command: Command): string[] {
  return command.slice(0, -1).filter((word) => word !== MODULE && !WHOLE_ONLY.has(word));
}
