// SPDX-License-Identifier: GPL-2.0-or-later
//
// The shadow tree: the patched source next to the pristine one, without a copy of 1.5 GB.
//
// The problem. Post must be compiled exactly as pre: same command, same relative paths, since these reach the
// object (__FILE__, debug information). But the pristine tree must never change, and two creates may run at once.
//
// The approach. A scratch folder that looks like the tree from its root. Folders on the way to a patched file, and
// to the units that are compiled, are real; everything else in them is a symbolic link into the pristine tree.
//
//     shadow/include           -> tree/include
//     shadow/security/         real
//     shadow/security/lsm.c    -> tree/security/lsm.c
//     shadow/security/keys/    real
//     shadow/security/keys/process_keys.c   the patched file
//
// The danger. A path with `..` that goes through a link to a folder goes up inside the pristine tree, and finds the
// unpatched file there: `arch/x86/kvm/../../../virt/kvm/eventfd.c`, as Kbuild spells that source, leads to the
// pristine eventfd.c unless shadow/arch/x86/kvm is real. So the folders from which the command and the sources go up
// are real too, and `readFiles` looks at every file that the compiler has read: one that is the pristine
// twin of a patched file is never let through.
//
// Cost: some hundred links, 2 ms.
import { lstatSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { ForgeError } from '../error.ts';

/** What the shadow tree is made of. */
export interface ShadowOptions {
  /** The pristine tree, as an absolute path. */
  readonly tree: string;
  /** The root of the shadow tree, which must not exist yet. */
  readonly folder: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Further folders, as paths of the tree, that are to be real. */
  readonly folders: Iterable<string>;
}

/** Makes the shadow tree. */
export function buildShadow({ tree, folder, files, folders }: ShadowOptions): void {
  const real = new Set<string>(['.']);
  for (const path of [...[...files.keys()].map((file) => posix.dirname(file)), ...folders]) {
    for (let parent = path; parent !== '.'; parent = posix.dirname(parent)) real.add(parent);
  }
  for (const directory of [...real].sort(
    (a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1),
  )) {
    mkdirSync(join(folder, directory), { recursive: true });
    for (const name of listFolder(join(tree, directory))) {
      const path = directory === '.' ? name : `${directory}/${name}`;
      if (!real.has(path) && !files.has(path)) symlinkSync(join(tree, path), join(folder, path));
    }
  }
  for (const [path, bytes] of files) writeFileSync(join(folder, path), bytes);
}

function listFolder(path: string): string[] {
  // A patch may add a file in a folder of its own.
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(path) : [];
}

/**
 * The folders from which a path goes up: `a/b/../../c` enters `a/b` and `a`. They must be real, so that the kernel
 * goes up in the shadow tree. Of a path that leaves the tree only the part inside is looked at.
 */
export function foldersEntered(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const inside: string[] = [];
  const folders = new Set<string>();
  for (const part of parts) {
    if (part !== '..') inside.push(part);
    else {
      if (inside.length === 0) break;
      folders.add(inside.join('/'));
      inside.pop();
    }
  }
  return [...folders].sort();
}

/** What a compiler that ran in a tree has read. */
export interface ReadFiles {
  /** The files themselves, as paths of the tree or absolute outside of it, sorted. */
  readonly files: readonly string[];
  /** The dependencies that are the pristine version of a patched file, as the compiler named them. */
  readonly stale: readonly string[];
}

/**
 * Looks at every file that the compiler has read.
 *
 * @param workingFolder the folder in which the compiler ran: the root of the pristine tree or of a shadow of it
 * @throws ForgeError COMPILE_COMMAND when a file is not there any more
 */
export function readFiles(
  dependencies: readonly string[],
  workingFolder: string,
  tree: string,
  patched: Iterable<string>,
): ReadFiles {
  const roots = [workingFolder, tree].map((root) => `${realpathSync.native(root)}/`);
  const pristine = `${realpathSync.native(tree)}/`;
  const twins = new Set([...patched].map((path) => pristine + path));
  const folders = new Map<string, string>();
  const files = new Set<string>();
  const stale: string[] = [];
  for (const dependency of dependencies) {
    // Not path.resolve: it would cut `..` off as text, and the kernel resolves links first.
    const path = dependency.startsWith('/') ? dependency : `${workingFolder}/${dependency}`;
    const real = realFile(path, folders);
    if (real === undefined)
      throw new ForgeError('COMPILE_COMMAND', `${dependency} was read and is not there`);
    if (twins.has(real)) stale.push(dependency);
    const root = roots.find((folder) => real.startsWith(folder));
    files.add(root === undefined ? real : real.slice(root.length));
  }
  return { files: [...files].sort(), stale };
}

/** A path without links; undefined when nothing is there. */
function realFile(path: string, folders: Map<string, string>): string | undefined {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return undefined;
  if (status.isSymbolicLink()) return realpathSync.native(path);
  const parent = posix.dirname(path);
  const folder = folders.get(parent) ?? realpathSync.native(parent);
  folders.set(parent, folder);
  return join(folder, posix.basename(path));
}

/** A path that the compiler named, as a path of the tree where it is one; `..` is resolved as text. */
export function asTreePath(dependency: string, workingFolder: string): string {
  const path = resolve(workingFolder, dependency);
  return path.startsWith(`${workingFolder}/`) ? path.slice(workingFolder.length + 1) : path;
}
