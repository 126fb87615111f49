// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { run, UptideError } from '@uptide/base';
import type { TranslationUnit } from '@uptide/kernel';
import { onDisk } from '../disk.ts';
import { ForgeError } from '../error.ts';
import type { CompiledObject } from './cache.ts';
import { type Command, compileCommand, compilerEnvironment, postCommands } from './command.ts';
import { readDependencies } from './dependencies.ts';
import { plainWords, saysDiskFull, warningsIn } from './messages.ts';
import { asTreePath } from './shadow.ts';

/** One run of the compiler. */
export interface CompileJob {
  readonly unit: TranslationUnit;
  /** The tree, pristine or shadow, in which Kbuild's command runs; an absolute path without links. */
  readonly workingFolder: string;
  /** A folder for the results, which is made and removed again. */
  readonly scratch: string;
  /** Further folders that are cut out of the tools' words. */
  readonly hide?: readonly string[];
  /** Further arguments for the compiler, at its end. */
  readonly extra?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** What one run came to: the object, or the words with which a tool refused. */
export type CompileOutcome =
  | {
      readonly kind: 'object';
      readonly compiled: CompiledObject;
      readonly rawDependencies: readonly string[];
    }
  | { readonly kind: 'failed'; readonly words: string };

/** Characters of a tool's words that are listened to; a header full of errors makes some megabytes. */
const MAX_HEARD = 1024 * 1024;

/**
 * Runs the compiler and then the steps that Kbuild runs on the object.
 *
 * @throws ForgeError COMPILE_COMMAND; UptideError DISK_FULL, TOOL_MISSING, INTERRUPTED
 */
export async function compileOne(job: CompileJob): Promise<CompileOutcome> {
  const { unit, workingFolder, scratch } = job;
  // The object keeps its name: objtool and the compiler may put it into what they write.
  const object = join(scratch, posix.basename(unit.objectFile));
  const dependencies = join(scratch, 'dependencies');
  const compile = compileCommand(unit, { object, dependencies }, workingFolder);
  const commands: Command[] = [
    { ...compile, args: [...compile.args, ...(job.extra ?? [])] },
    ...postCommands(unit, object),
  ];
  await onDisk(scratch, () => mkdir(scratch, { recursive: true }));
  try {
    let words = '';
    for (const command of commands) {
      let said = '';
      const result = await run(command.program, command.args, {
        cwd: workingFolder,
        env: compilerEnvironment(scratch),
        anyStatus: true,
        package: command.program,
        // The result keeps the end of what was said; the cause stands at the beginning.
        onStderr: (text) => {
          if (said.length < MAX_HEARD) said += text;
        },
        ...(job.signal === undefined ? {} : { signal: job.signal }),
      });
      words += plainWords(said, [scratch, workingFolder, ...(job.hide ?? [])]);
      if (words !== '' && !words.endsWith('\n')) words += '\n';
      if (result.status === 0) continue;
      if (saysDiskFull(words)) throw new UptideError('DISK_FULL', `${command.program}: ${words.trim()}`);
      return {
        kind: 'failed',
        words: words === '' ? `${command.program} ended with status ${result.status}` : words,
      };
    }
    const list = readDependencies(await readFile(dependencies, 'utf8'));
    if (list === undefined) {
      throw new ForgeError('COMPILE_COMMAND', 'the compiler wrote no list of dependencies', {
        place: { file: unit.source },
      });
    }
    const paths = new Set(list.map((dependency) => asTreePath(dependency, workingFolder)));
    return {
      kind: 'object',
      compiled: {
        object: await readFile(object),
        dependencies: [...paths].sort(),
        warnings: warningsIn(words),
      },
      rawDependencies: list,
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
