// SPDX-License-Identifier: GPL-2.0-or-later
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import type { Baseline, TranslationUnit } from '@uptide/kernel';

/** What the steps affected and compile need of a baseline. */
export type FakeBaseline = Pick<Baseline, 'tree' | 'digest' | 'cache' | 'unit' | 'units'>;

/** A small source tree with units, and folders to work in. */
export interface FakeTree {
  readonly baseline: FakeBaseline;
  readonly units: Map<string, TranslationUnit>;
  readonly workFolder: string;
  /** Writes a file of the tree, making its folders. */
  write(path: string, content: string): Promise<void>;
}

/** A unit as Kbuild would build it; `extra` arguments go before the source. */
export function fakeUnit(source: string, extra: readonly string[] = [], owner = 'vmlinux'): TranslationUnit {
  const objectFile = source.replace(/\.c$/, '.o');
  const { dir, name } = posix.parse(objectFile);
  return {
    source,
    objectFile,
    owners: [owner],
    compile: [
      'gcc-12',
      `-Wp,-MMD,${dir}/.${name}.o.d`,
      '-Iinclude',
      '-O2',
      '-g',
      ...extra,
      '-c',
      '-o',
      objectFile,
      source,
    ],
    post: [],
  };
}

/** Runs `work` with a tree of those files; a unit is made of every `.c` file named in `built`. */
export async function withFakeTree(
  files: Readonly<Record<string, string>>,
  built: readonly string[],
  work: (tree: FakeTree) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'uptide-forge-'));
  try {
    const tree = join(root, 'tree');
    const workFolder = join(root, 'work');
    await mkdir(join(root, 'cache'), { recursive: true });
    await mkdir(workFolder);
    const units = new Map(built.map((source) => [source, fakeUnit(source)]));
    const write = async (path: string, content: string): Promise<void> => {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), content);
      if (content.startsWith('#!')) await chmod(join(tree, path), 0o755);
    };
    await mkdir(tree);
    for (const [path, content] of Object.entries(files)) await write(path, content);
    const baseline: FakeBaseline = {
      tree,
      digest: 'fake',
      cache: join(root, 'cache'),
      unit: (source) => Promise.resolve(units.get(source)),
      units: () => Promise.resolve(units),
    };
    await work({ baseline, units, workFolder, write });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** A git diff that replaces one whole text of a file by another. */
export function replacement(path: string, before: string, after: string): string {
  const lines = (text: string, mark: string): string =>
    text
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => `${mark}${line}\n`)
      .join('');
  const count = (text: string): number => text.replace(/\n$/, '').split('\n').length;
  return `diff --git a/${path} b/${path}
--- a/${path}
+++ b/${path}
@@ -1,${count(before)} +1,${count(after)} @@
${lines(before, '-')}${lines(after, '+')}`;
}

/** A git diff that adds a file. */
export function addition(path: string, content: string): string {
  const lines = content.replace(/\n$/, '').split('\n');
  return `diff --git a/${path} b/${path}
new file mode 100644
--- /dev/null
+++ b/${path}
@@ -0,0 +1,${lines.length} @@
${lines.map((line) => `+${line}\n`).join('')}`;
}

/** A git diff that deletes a file. */
export function deletion(path: string, content: string): string {
  const lines = content.replace(/\n$/, '').split('\n');
  return `diff --git a/${path} b/${path}
deleted file mode 100644
--- a/${path}
+++ /dev/null
@@ -1,${lines.length} +0,0 @@
${lines.map((line) => `-${line}\n`).join('')}`;
}

/** A git diff that adds lines at the end of a file. */
export function appendix(path: string, content: string, added: string): string {
  const lines = content.replace(/\n$/, '').split('\n');
  const context = lines.slice(-3);
  const more = added.replace(/\n$/, '').split('\n');
  const start = lines.length - context.length + 1;
  return `diff --git a/${path} b/${path}
--- a/${path}
+++ b/${path}
@@ -${start},${context.length} +${start},${context.length + more.length} @@
${context.map((line) => ` ${line}\n`).join('')}${more.map((line) => `+${line}\n`).join('')}`;
}
