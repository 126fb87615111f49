// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * What Kbuild would do, read from `make -n vmlinux modules`.
 *
 * The exact compiler command of a unit is known to Kbuild alone: flags come from the top Makefile, the
 * architecture's, the folder's, the file's own CFLAGS_x.o and from probes of the compiler. A dry run
 * prints every command of the whole kernel in 20 s without running one. A line for a unit looks so:
 *
 *   set -e;  echo '  CC [M]  fs/ext4/balloc.o'; trap '...' HUP; ... gcc-12 ... -DMODULE
 *   -DKBUILD_MODNAME='"ext4"' -c -o fs/ext4/balloc.o fs/ext4/balloc.c ; ./tools/objtool/objtool ...
 *   --module fs/ext4/balloc.o; scripts/basic/fixdep ... 'gcc-12 ... again' > fs/ext4/.balloc.o.cmd; ...
 *
 * From it come the compiler's argument vector, the commands after it (objtool) and the owners. A unit with
 * -DMODULE belongs to the modules that KBUILD_MODNAME names, joined by colons when the object is linked
 * into several (scripts/Makefile.lib, `modname`). One without is part of vmlinux only when the archives
 * lead from vmlinux.a down to it: vDSO, real mode, purgatory and the EFI stub are compiled in the same run
 * but linked into something else. The `AR` lines have all members.
 *
 * Make prints what it would make besides: generated sources, which have to be there before a unit that
 * includes them is compiled. Their names are collected.
 *
 * Limits: several jobs would write into each other's lines, so make runs one. A line of a CC rule that is
 * not understood is an error, and so is a member of vmlinux.a that no line makes: no unit is dropped.
 * Cost: 157 MB of text, 1 s beside the 19 s that make takes.
 */

import { posix } from 'node:path';
import { KernelError } from '../error.ts';
import type { TranslationUnit } from '../model.ts';
import { isLateObjtool, withUnitObjtool } from './late-objtool.ts';
import { type PlainCommand, type ShellLine, splitShellLine } from './words.ts';

/** What a dry run says. */
export interface DryRun {
  /** In the order of their sources, then objects; a source may be there several times. */
  readonly units: readonly TranslationUnit[];
  /** Paths of sources that the build generates, sorted. */
  readonly generated: readonly string[];
}

/** `echo '  CC [M]  fs/ext4/balloc.o'`, with either kind of quotes. */
const ANNOUNCEMENT = /\becho (?:'|") {2}([A-Z][A-Za-z0-9._]*) +(?:\[M\] +)?([^'"]+)(?:'|")/;
/** `delete-on-interrupt` (scripts/Kbuild.include) names the target in full. */
const INTERRUPTED_TARGET = /\btrap 'rm -f ([^';]+); trap - HUP;/;
/** filechk_* rules (scripts/Kbuild.include) say so only at run time, when the content changed. */
const CHECKED_FILE = /; then echo ' {2}UPD {5}([^']+)'; mv -f /;
/** What an `#include` of a unit can name, or a unit be compiled from. */
const SOURCE_SUFFIX = /\.(?:c|h|inc)$/;
/** certs/blacklist_hash_list is included too. */
const NO_SUFFIX = /(?:^|\/)[^./]+$/;
/** The archive with everything that is linked into vmlinux. */
const ROOT_ARCHIVE = 'vmlinux.a';
/** From here on a CC line repeats itself for the .cmd file. */
const FIXDEP = '; scripts/basic/fixdep ';

/** Reads a dry run line by line; `finish` gives the result. */
export class DryRunReader {
  readonly #compiler: string;
  readonly #units: UnitLine[] = [];
  readonly #archives = new Map<string, readonly string[]>();
  readonly #objects = new Set<string>();
  readonly #generated = new Set<string>();
  /** What is run on linked modules. */
  readonly #late: (readonly string[])[] = [];

  /** `compiler` is the command that each unit must be compiled with. */
  constructor(compiler: string) {
    this.#compiler = compiler;
  }

  /** @throws KernelError KBUILD_UNREADABLE for a rule that is known and a line that is not. */
  line(line: string): void {
    const announcement = ANNOUNCEMENT.exec(line);
    const verb = announcement?.[1];
    const target = announcement?.[2] ?? '';
    // tools/build works with whole paths: host programs such as objtool, which 6.12 looks at again.
    if (posix.isAbsolute(target)) return;
    if (verb !== undefined && target.endsWith('.o')) this.#objects.add(inTree(target));
    if (verb === 'CC' || verb === 'AS') this.#unit(line, target);
    else if (verb === 'AR') this.#archive(line, target);
    else if (verb === 'LD') this.#linked(line, target);
    else if (verb !== undefined && verb !== 'UPD') {
      for (const name of [...announcedFiles(target), INTERRUPTED_TARGET.exec(line)?.[1]]) {
        if (name !== undefined) this.#addGenerated(name, verb);
      }
    }
    const checked = CHECKED_FILE.exec(line)?.[1];
    if (checked !== undefined) this.#addGenerated(checked, 'UPD');
  }

  /** @throws KernelError KBUILD_UNREADABLE when the run has no units or does not say what vmlinux consists of. */
  finish(): DryRun {
    if (this.#units.length === 0) throw unreadable('the dry run compiles nothing');
    if (!this.#archives.has(ROOT_ARCHIVE)) throw unreadable(`the dry run does not make ${ROOT_ARCHIVE}`);
    const linked = this.#membersOf(ROOT_ARCHIVE);
    for (const member of linked) {
      if (member.endsWith('.o') && !this.#objects.has(member)) {
        throw unreadable(`${ROOT_ARCHIVE} has ${member}, which the dry run does not make`);
      }
    }
    const owned = this.#units.map((unit) => withOwners(unit, linked));
    const late = [...this.#late, ...owned.flatMap(({ post }) => post.filter(isLateObjtool))];
    const units = [...withUnitObjtool(owned, late)];
    units.sort((a, b) => compare(a.source, b.source) || compare(a.objectFile, b.objectFile));
    return { units, generated: [...this.#generated].sort(compare) };
  }

  #unit(line: string, target: string): void {
    const end = line.indexOf(FIXDEP);
    // kernel/bounds.s and its like are compiled to be read by sed; headers made of them are there by now.
    if (target.endsWith('.s')) return;
    const split = splitShellLine(end < 0 ? line : line.slice(0, end));
    const commands = ruleCommands(split, target);
    const compile = commands[0]?.words ?? [];
    const source = compile.at(-1);
    const object = compile.at(-2);
    if (compile[0] !== this.#compiler) {
      throw unreadable(`${target} is made by ${compile[0]}, not by ${this.#compiler}`);
    }
    if (source === undefined || object !== target || compile.at(-3) !== '-o' || !compile.includes('-c')) {
      throw unreadable(`the command for ${target} does not end with -o OBJECT SOURCE`);
    }
    this.#units.push({
      source: inTree(source),
      objectFile: target,
      compile,
      post: commands.slice(1).map((command) => command.words),
    });
  }

  #archive(line: string, target: string): void {
    const { commands } = splitShellLine(line);
    const members: string[] = [];
    let made = false;
    commands.forEach((command, i) => {
      const [program, first = '', ...rest] = command.words;
      if (program === 'printf' && command.end === '|' && commands[i + 1]?.words[0] === 'xargs') {
        made = true;
        members.push(...rest.map((name) => inTree(first.replace('%s', name).trim())));
      } else if (program === 'ar' && first.startsWith('c') && rest[0] === target) {
        made = true;
        members.push(...rest.slice(1).map(inTree));
      }
    });
    if (!made) throw unreadable(`the command for the archive ${target} names no members`);
    this.#archives.set(inTree(target), members);
  }

  #linked(line: string, target: string): void {
    // Lines of a linker with a script of its own (vDSO, boot stubs) go on with what only a shell understands.
    const { commands } = splitShellLine(line);
    const objtool = commands.find(({ words }) => isLateObjtool(words) && words.at(-1) === target);
    if (objtool !== undefined) this.#late.push(objtool.words);
  }

  #addGenerated(name: string, verb: string): void {
    if (!SOURCE_SUFFIX.test(name) && !(verb === 'GEN' && NO_SUFFIX.test(name))) return;
    this.#generated.add(inTree(name));
  }

  #membersOf(root: string): ReadonlySet<string> {
    const seen = new Set<string>();
    const queue = [root];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      queue.push(...(this.#archives.get(name) ?? []));
    }
    return seen;
  }
}

/**
 * The files that an announcement names: `x.asn1.[ch]` is two. One without a folder is not a path: of
 * drivers/gpu/drm/xe/generated/xe_wa_oob.h only the last part is announced.
 */
function announcedFiles(target: string): string[] {
  return target
    .trim()
    .split(/\s+/)
    .filter((name) => name.includes('/'))
    .flatMap((name) =>
      name.endsWith('.[ch]') ? [name.replace('[ch]', 'c'), name.replace('[ch]', 'h')] : [name],
    );
}

type UnitLine = Omit<TranslationUnit, 'owners' | 'outside'>;

/** The commands of a rule without its announcement and the traps that make puts before. */
function ruleCommands(split: ShellLine, target: string): readonly PlainCommand[] {
  const commands = split.commands.filter(({ words: [program] }) => !PRELUDE.has(program ?? ''));
  // if_changed rules write their .cmd file with printf; if_changed_rule ones were cut at fixdep.
  const recorder = commands.findIndex(({ words }) => words[0] === 'printf');
  if (recorder < 0 && !split.plain) throw unreadable(`the command for ${target} needs a shell`);
  const own = recorder < 0 ? commands : commands.slice(0, recorder);
  if (own.some(({ end }) => end === '|')) throw unreadable(`the command for ${target} is a pipe`);
  return own;
}

const PRELUDE = new Set(['set', 'echo', 'trap']);

function withOwners(unit: UnitLine, linked: ReadonlySet<string>): TranslationUnit {
  if (unit.source.endsWith('.S')) return { ...unit, owners: [], outside: 'it is assembly' };
  if (unit.compile.includes('-DMODULE')) return { ...unit, owners: moduleNames(unit) };
  if (linked.has(inTree(unit.objectFile))) return { ...unit, owners: ['vmlinux'] };
  return { ...unit, owners: [], outside: 'its object is linked into neither vmlinux nor a module' };
}

/** Reads `-DKBUILD_MODNAME="liquidio:liquidio_vf"`; Kbuild has made dashes underscores. */
function moduleNames(unit: UnitLine): readonly string[] {
  const definition = unit.compile.find((word) => word.startsWith('-DKBUILD_MODNAME='));
  const names = /^-DKBUILD_MODNAME="([A-Za-z0-9_:]+)"$/.exec(definition ?? '')?.[1];
  if (names === undefined) throw unreadable(`the command for ${unit.objectFile} names no module`);
  return names.split(':').sort(compare);
}

/** A path as it stands in the tree: `arch/x86/kvm/../../../virt/kvm/eventfd.c` is `virt/kvm/eventfd.c`. */
function inTree(path: string): string {
  const normal = posix.normalize(path);
  if (posix.isAbsolute(normal) || normal.startsWith('../')) throw unreadable(`${path} leads out of the tree`);
  return normal;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function unreadable(reason: string): KernelError {
  return new KernelError('KBUILD_UNREADABLE', reason);
}
