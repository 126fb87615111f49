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
// are real too, and `staleDependencies` looks at every file that the compiler has read: one that is the pristine
// twin of a patched file is never let through.
//
// Cost: some hundred links, 2 ms.
import { lstatSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';

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

/**
 * The files among `dependencies` that are the pristine version of a patched file, as the compiler named them.
 *
 * @param workingFolder the folder in which the compiler ran
 */
export function staleDependencies(
  dependencies: readonly string[],
  workingFolder: string,
  tree: string,
  patched: Iterable<string>,
): string[] {
  const root = realpathSync.native(tree);
  const stale = new Set([...patched].map((path) => join(root, path)));
  const folders = new Map<string, string>();
  return dependencies.filter((dependency) => {
    // Not path.resolve: it would cut `..` off as text, and the kernel resolves links first.
    const path = dependency.startsWith('/') ? dependency : `${workingFolder}/${dependency}`;
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (status === undefined) return false;
    if (status.isSymbolicLink()) return stale.has(realpathSync.native(path));
    const parent = posix.dirname(path);
    let folder = folders.get(parent);
    if (folder === undefined) {
      folder = realpathSync.native(parent);
      folders.set(parent, folder);
    }
    return stale.has(join(folder, posix.basename(path)));
  });
}

/** A path that the compiler named, as a path of the tree where it is one; `..` is resolved as text. */
export function asTreePath(dependency: string, workingFolder: string): string {
  const path = resolve(workingFolder, dependency);
  return path.startsWith(`${workingFolder}/`) ? path.slice(workingFolder.length + 1) : path;
}
