// SPDX-License-Identifier: GPL-2.0-or-later
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '@uptide/base';
import { onDisk } from '../disk.ts';
import { ForgeError } from '../error.ts';
import { type FileChange, type Patch, pathOf } from '../patch/model.ts';
import { compareWithGit, explainFailure, movedHunks } from './git-answer.ts';

/** What the patches made of the tree's files. */
export interface AppliedPatches {
  /** The content of each touched file after all patches; undefined when it is gone. */
  readonly files: ReadonlyMap<string, Uint8Array | undefined>;
  readonly notes: readonly string[];
}

/** Where the patches are applied. */
export interface ApplyOptions {
  /** The pristine source tree; only read. */
  readonly tree: string;
  /** A folder for scratch files; what is made in it is removed. */
  readonly workFolder: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Applies patches in order to copies of the files that they touch, with `git apply` and without fuzz.
 *
 * @throws ForgeError PATCH_DOES_NOT_APPLY with file and hunk, PATCH_NOT_P1, PATCH_SYMLINK, PATCH_MALFORMED,
 * PATCH_AMBIGUOUS when git would touch other files than the reader found
 */
export async function applyPatches(
  patches: readonly Patch[],
  options: ApplyOptions,
): Promise<AppliedPatches> {
  const folder = await onDisk(options.workFolder, () => mkdtemp(join(options.workFolder, 'apply-')));
  try {
    await onDisk(folder, () => copyTouched(patches, options.tree, folder));
    const notes: string[] = [];
    for (const patch of patches) notes.push(...(await applyOne(patch, folder, options.signal)));
    const files = new Map<string, Uint8Array | undefined>();
    for (const path of touchedPaths(patches)) {
      const file = join(folder, path);
      files.set(path, existsSync(file) ? await readFile(file) : undefined);
    }
    return { files, notes };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function touchedPaths(patches: readonly Patch[]): string[] {
  const paths = patches.flatMap(({ changes }) =>
    changes.flatMap(({ oldPath, newPath }) => [oldPath, newPath]),
  );
  return [...new Set(paths.filter((path) => path !== undefined))].sort();
}

/** Copies what the patches need; a file that an earlier patch makes is not looked for in the tree. */
async function copyTouched(patches: readonly Patch[], tree: string, folder: string): Promise<void> {
  const made = new Set<string>();
  for (const { changes, source } of patches) {
    for (const change of changes) {
      for (const path of [change.oldPath, change.newPath]) {
        if (path === undefined || made.has(path)) continue;
        made.add(path);
        const found = lookUp(tree, path, source, change);
        if (!found && path === change.oldPath) refuseMissing(tree, change, source);
        await mkdir(dirname(join(folder, path)), { recursive: true });
        if (found) await copyFile(join(tree, path), join(folder, path));
      }
    }
  }
}

/** Is there such a file? A symbolic link on the way to it is refused: it could lead out of the tree. */
function lookUp(tree: string, path: string, source: string, change: FileChange): boolean {
  const parts = path.split('/');
  for (let length = 1; length <= parts.length; length += 1) {
    const part = parts.slice(0, length).join('/');
    const status = lstatSync(join(tree, part), { throwIfNoEntry: false });
    if (status === undefined) return false;
    const place = { file: source, line: change.line };
    if (status.isSymbolicLink()) {
      throw new ForgeError('PATCH_SYMLINK', `${part}, on the way to ${path}, is a symbolic link`, { place });
    }
    if (length === parts.length ? !status.isFile() : !status.isDirectory()) {
      const wanted = length === parts.length ? 'file' : 'folder';
      throw new ForgeError('PATCH_DOES_NOT_APPLY', `${part} is no ${wanted} in the source of this kernel`, {
        place,
      });
    }
  }
  return true;
}

function refuseMissing(tree: string, change: FileChange, source: string): never {
  const place = { file: source, line: change.line };
  const path = pathOf(change);
  // `--- fs/exec.c`: with the first folder cut off, `exec.c` is not there, but one folder of the tree has it.
  const folder = readdirSync(tree)
    .sort()
    .find((name) => existsSync(join(tree, name, path)));
  if (folder !== undefined) {
    throw new ForgeError('PATCH_NOT_P1', `there is no ${path} in the tree, but there is ${folder}/${path}`, {
      place,
    });
  }
  throw new ForgeError('PATCH_DOES_NOT_APPLY', `there is no file ${path} in the source of this kernel`, {
    place,
  });
}

/** Git must see neither a repository above the folder (it would apply relative to that) nor anybody's settings. */
function gitEnvironment(ceiling: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    GIT_CEILING_DIRECTORIES: ceiling,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
}

async function applyOne(patch: Patch, folder: string, signal: AbortSignal | undefined): Promise<string[]> {
  const before = await contents(patch, folder);
  const result = await run(
    'git',
    ['apply', '--apply', '--verbose', '--numstat', '-z', '-p1', '--whitespace=nowarn', '-'],
    {
      cwd: folder,
      // Of the two names that a folder may have git compares the one without symbolic links.
      env: gitEnvironment(dirname(await realpath(folder))),
      input: patch.text,
      anyStatus: true,
      package: 'git',
      ...(signal === undefined ? {} : { signal }),
    },
  );
  if (result.status !== 0) explainFailure(patch, before, result.stderr);
  compareWithGit(patch, result.stdout);
  return movedHunks(patch, result.stderr);
}

/** The touched files before a patch, to explain what does not fit. */
async function contents(patch: Patch, folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const { oldPath } of patch.changes) {
    if (oldPath === undefined || files.has(oldPath)) continue;
    const file = join(folder, oldPath);
    if (existsSync(file)) files.set(oldPath, await readFile(file, 'latin1'));
  }
  return files;
}
