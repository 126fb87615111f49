// SPDX-License-Identifier: GPL-2.0-or-later
import { writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { KernelError } from '../error.ts';
import { exists } from '../store/files.ts';
import { type KbuildCall, make } from './make.ts';

/**
 * Makes the generated sources that `modules_prepare` leaves out (lib/crc32table.h, security/selinux/flask.h
 * and some eighty more), so that every unit can be compiled without a change to the tree. Names that are
 * there already are left alone.
 *
 * The top makefile has no targets for single headers. A second makefile, read after it, has one that calls
 * scripts/Makefile.build on the folders concerned, with all that the top makefile exports.
 *
 * @param scratch a folder for the second makefile.
 * @throws KernelError KBUILD_FAILED when one of them cannot be made.
 */
export async function makeGenerated(
  call: KbuildCall,
  names: readonly string[],
  scratch: string,
): Promise<void> {
  const missing: string[] = [];
  for (const name of names) if (!(await exists(join(call.tree, name)))) missing.push(name);
  if (missing.length === 0) return;
  const folders = new Map<string, string[]>();
  for (const name of missing) {
    const folder = await buildFolderOf(call.tree, name);
    folders.set(folder, [...(folders.get(folder) ?? []), name]);
  }
  const makefile = join(scratch, 'generated.mk');
  await writeFile(makefile, generatedMakefile(folders));
  // security/selinux/av_permissions.h has no rule: it falls out of the one for flask.h. So what make says
  // of single targets does not count, but whether all of them are there in the end.
  // Without --no-print-directory newer top makefiles call themselves once more and forget the second one.
  const args = ['--keep-going', '--no-print-directory', '--file=Makefile', `--file=${makefile}`, GOAL];
  const result = await make(call, args, { anyStatus: true });
  for (const name of missing) {
    if (await exists(join(call.tree, name))) continue;
    throw new KernelError('KBUILD_FAILED', `${name} was not made: ${result.stderr.trim().slice(-4000)}`, {
      place: { kernel: call.release, file: name },
    });
  }
}

const GOAL = 'uptide-generated';

/** Names that mean nothing to make or to a shell. */
const PLAIN_PATH = /^[A-Za-z0-9_.][A-Za-z0-9_./+@-]*$/;

/**
 * A makefile with one target a folder, so that the failure of one does not keep the others from being made.
 *
 * @throws KernelError KBUILD_UNREADABLE for a name that has to be quoted.
 */
export function generatedMakefile(folders: ReadonlyMap<string, readonly string[]>): string {
  const odd = [...folders].flat(2).find((name) => !PLAIN_PATH.test(name));
  if (odd !== undefined) throw new KernelError('KBUILD_UNREADABLE', `${JSON.stringify(odd)} is an odd name`);
  const sorted = [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
  const goals = sorted.map((_, i) => `${GOAL}-${i}`);
  const rules = sorted.map(
    ([folder, names], i) =>
      `${goals[i]}:\n\t$(MAKE) -f $(srctree)/scripts/Makefile.build obj=${folder} need-modorder=1 ${names.join(' ')}\n`,
  );
  return `.PHONY: ${GOAL} ${goals.join(' ')}\n${GOAL}: ${goals.join(' ')}\n${rules.join('')}`;
}

/** The folder whose makefile has the rule: the nearest above with one. */
async function buildFolderOf(tree: string, name: string): Promise<string> {
  for (let folder = posix.dirname(name); ; folder = posix.dirname(folder)) {
    for (const makefile of ['Kbuild', 'Makefile']) {
      if (await exists(join(tree, folder, makefile))) return folder;
    }
    if (folder === '.') {
      throw new KernelError('KBUILD_UNREADABLE', `no makefile is above ${name}`, { place: { file: name } });
    }
  }
}
