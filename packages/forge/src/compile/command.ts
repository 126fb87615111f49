// SPDX-License-Identifier: GPL-2.0-or-later
import { posix } from 'node:path';
import type { TranslationUnit } from '@uptide/kernel';
import { ForgeError } from '../error.ts';

/** A program with its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** Where the results of a compilation go. */
export interface Outputs {
  readonly object: string;
  /** The list of files that the compiler read. */
  readonly dependencies: string;
}

/** Every function and datum in a section of its own, so that they can be compared and taken out one by one. */
const SECTION_FLAGS = ['-ffunction-sections', '-fdata-sections'];
/**
 * Arguments by which GCC writes further files or reads a plugin's; none of them is in a kernel's command, and with
 * one the results would not all land where we say.
 */
const FOREIGN_OUTPUT =
  /^(?:-save-temps|-dumpbase|-dumpdir|-auxbase|-fdump-|-fprofile|--coverage|-ftest-coverage|-fplugin|-M[^M]|-MM$|-Wp,-M(?!MD,|D,)|-gsplit-dwarf|@)/;

/**
 * Kbuild's command for a unit with its outputs led elsewhere and each function and datum in its own section.
 * Nothing else of the command is changed, so that the code comes out as it was shipped.
 *
 * @param workingFolder the folder in which the command will run; debug information then says `.` in its place
 * @throws ForgeError COMPILE_COMMAND when the command is not of the known form
 */
export function compileCommand(unit: TranslationUnit, outputs: Outputs, workingFolder: string): Command {
  const [program, ...given] = unit.compile;
  const refuse = (why: string): never => {
    throw new ForgeError('COMPILE_COMMAND', `${why}: ${unit.compile.join(' ').slice(0, 4000)}`, {
      place: { file: unit.source },
    });
  };
  if (program === undefined) return refuse('there is no compiler in it');
  const args: string[] = [];
  let objects = 0;
  let lists = 0;
  let sources = 0;
  for (let at = 0; at < given.length; at += 1) {
    const argument = given[at] ?? '';
    if (argument === '-o') {
      objects += 1;
      at += 1;
      if (given[at] !== unit.objectFile) refuse(`its output is not ${unit.objectFile}`);
      args.push('-o', outputs.object);
    } else if (/^-Wp,-MM?D,/.test(argument)) {
      lists += 1;
      // As arguments of their own: -Wp, would cut a path with a comma in two.
      args.push(argument.startsWith('-Wp,-MMD,') ? '-MMD' : '-MD', '-MF', outputs.dependencies);
    } else if (FOREIGN_OUTPUT.test(argument)) refuse(`it holds ${argument}`);
    else {
      if (isSource(argument, unit)) {
        sources += 1;
        args.push(...SECTION_FLAGS, `-fdebug-prefix-map=${workingFolder}=.`);
      }
      args.push(argument);
    }
  }
  if (objects !== 1) refuse(`it has ${objects} outputs`);
  if (lists !== 1) refuse(`it writes ${lists} lists of dependencies`);
  if (sources !== 1) refuse(`it names ${unit.source} ${sources} times`);
  if (!args.includes('-c')) refuse('it does not end with an object');
  return { program, args };
}

/** Is this the argument that names the source? Kbuild spells some with `..`: arch/x86/kvm/../../../virt/kvm/eventfd.c. */
export function isSource(argument: string, unit: TranslationUnit): boolean {
  return !argument.startsWith('-') && posix.normalize(argument) === unit.source;
}

/**
 * The commands that Kbuild runs on the object afterwards, on an object elsewhere.
 *
 * @throws ForgeError COMPILE_COMMAND for a program other than objtool, or one that does not name the object once
 */
export function postCommands(unit: TranslationUnit, object: string): Command[] {
  return unit.post.map((command) => {
    const [program, ...args] = command;
    const named = args.filter((argument) => argument === unit.objectFile).length;
    if (program === undefined || !/(?:^|\/)objtool$/.test(program) || named !== 1) {
      throw new ForgeError(
        'COMPILE_COMMAND',
        `a step after the compiler: ${command.join(' ').slice(0, 4000)}`,
        {
          place: { file: unit.source },
        },
      );
    }
    return { program, args: args.map((argument) => (argument === unit.objectFile ? object : argument)) };
  });
}

/**
 * The environment of compilers: nothing of the caller's but the search path. GCC takes flags and include folders
 * from the environment (CPATH, C_INCLUDE_PATH, GCC_*, COMPILER_PATH), which must not change what is compiled.
 */
export function compilerEnvironment(temporary: string): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', TMPDIR: temporary };
}
