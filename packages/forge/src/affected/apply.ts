// SPDX-License-Identifier: GPL-2.0-or-later
import { existsSync, lstatSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type RunResult, run } from '@uptide/base';
import { onDisk } from '../disk.ts';
import { ForgeError } from '../error.ts';
import { type FileChange, type Patch, pathOf } from '../patch/model.ts';
import { findNearMiss } from './near-miss.ts';

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
    const expected = length === parts.length ? status.isFile() : status.isDirectory();
    if (status.isSymbolicLink() || !expected) {
      throw new ForgeError(
        'PATCH_SYMLINK',
        `${part}, on the way to ${path}, is no plain ${length === parts.length ? 'file' : 'folder'}`,
        {
          place: { file: source, line: change.line },
        },
      );
    }
  }
  return true;
}

function refuseMissing(tree: string, change: FileChange, source: string): never {
  const place = { file: source, line: change.line };
  const path = pathOf(change);
  // `--- fs/exec.c`: with the first folder cut off, `exec.c` is not there, and some folder of the tree has it.
  const uncut = [
    'arch/x86',
    'block',
    'crypto',
    'drivers',
    'fs',
    'init',
    'io_uring',
    'ipc',
    'kernel',
    'lib',
    'mm',
    'net',
    'security',
    'sound',
    'virt',
  ];
  const folder = uncut.find((name) => existsSync(join(tree, name, path)));
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
  if (result.status !== 0) explain(patch, before, result);
  compareWithGit(patch, result.stdout);
  return offsets(patch, result.stderr);
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

/** Turns git's words into an error that names every file and hunk that does not fit. */
function explain(patch: Patch, before: ReadonlyMap<string, string>, result: RunResult): never {
  const words = result.stderr
    .split('\n')
    .filter((line) => line.startsWith('error: ') || line.startsWith('fatal: '))
    .map((line) => line.replace(/^(?:error|fatal): /, ''));
  const corrupt = words.find((line) =>
    /corrupt|without header|lacks filename|unrecognized input|No valid patches|invalid path/i.test(line),
  );
  if (corrupt !== undefined)
    throw new ForgeError('PATCH_MALFORMED', `git: ${corrupt}`, { place: { file: patch.source } });
  const reasons: string[] = [];
  let line: number | undefined;
  for (const word of words) {
    const failed = /^patch failed: (.*):(\d+)$/.exec(word);
    if (failed === null) {
      if (!/: patch does not apply$|^while searching for:/.test(word)) reasons.push(word);
      continue;
    }
    const change = patch.changes.find(({ oldPath }) => oldPath === failed[1]);
    const hunk = change?.hunks.find(({ oldStart }) => oldStart === Number(failed[2]));
    line ??= hunk?.line;
    reasons.push(
      describeMiss(failed[1] ?? '', hunk, (change?.hunks.indexOf(hunk as never) ?? 0) + 1, before),
    );
  }
  throw new ForgeError('PATCH_DOES_NOT_APPLY', reasons.join('; ') || 'git apply gives no reason', {
    place: { file: patch.source, ...(line === undefined ? {} : { line }) },
  });
}

function describeMiss(
  path: string,
  hunk: FileChange['hunks'][number] | undefined,
  number: number,
  before: ReadonlyMap<string, string>,
): string {
  if (hunk === undefined) return `${path} does not fit`;
  const what = `${path}: hunk ${number} (line ${hunk.oldStart}) does not fit`;
  const miss = findNearMiss(hunk, before.get(path) ?? '');
  if (miss === undefined) return `${what}, nor does anything like it stand in the file`;
  if (miss.applied) return `${what}; the file already holds what it would make`;
  const { differs } = miss;
  if (differs === undefined) {
    return `${what}; its lines stand at line ${miss.line}, but it fits at the beginning or the end of the file alone`;
  }
  const found = differs.found === undefined ? 'the end of the file' : JSON.stringify(differs.found);
  return `${what}; the nearest place is line ${miss.line} with ${miss.equal} of ${miss.expectedLines} lines equal: at line ${differs.line} the patch expects ${JSON.stringify(differs.expected)} and the file has ${found}`;
}

/**
 * Git's list of touched files and counts must be the one that the reader found: else the policy judged a patch
 * other than the one that was applied.
 */
function compareWithGit(patch: Patch, output: Buffer): void {
  const name = (path: string, added: number | string, removed: number | string): string =>
    `${added}\t${removed}\t${path}`;
  const git = output
    .toString('utf8')
    .split('\0')
    .filter((record) => record !== '')
    .sort();
  const ours = patch.changes
    .map((change) =>
      change.binary ? name(pathOf(change), '-', '-') : name(pathOf(change), change.added, change.removed),
    )
    .sort();
  const difference =
    git.find((record, index) => record !== ours[index]) ??
    ours.find((record, index) => record !== git[index]);
  if (difference === undefined) return;
  throw new ForgeError(
    'PATCH_AMBIGUOUS',
    `git finds ${git.length} changed files, the reader ${ours.length}; the first difference is ${JSON.stringify(difference)}`,
    {
      place: { file: patch.source },
    },
  );
}

/** Git says of every hunk that it found at another line than the patch says. */
function offsets(patch: Patch, stderr: string): string[] {
  const notes: string[] = [];
  let file = '';
  for (const line of stderr.split('\n')) {
    const checking = /^Checking patch (.*)\.\.\.$/.exec(line)?.[1];
    if (checking !== undefined) file = checking;
    const moved = /^Hunk #(\d+) succeeded at (\d+) \((offset -?\d+ lines?)\)/.exec(line);
    if (moved !== null)
      notes.push(`${patch.source}: hunk ${moved[1]} of ${file} fits at line ${moved[2]} (${moved[3]})`);
  }
  return notes;
}
