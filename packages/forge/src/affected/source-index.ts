// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which file includes which, and which file says which word: of all sources of one kernel, once.
//
// The problem. A changed header asks two questions of 20,000 files: which of them include it over any number of
// files, and which of them say one of some names. Both must be answered without a compiler, within a second or two,
// and no answer may leave a file out.
//
// The approach. Beginning with the units, every file is read once, and the files that its #include lines can lead
// to. Lines in branches of conditions that are not taken count too. A path is looked for as the compiler does: in
// the folder of the including file if the path stands in quotes, then in the -I folders. Of the folders that all
// units have every match counts; only without one the folders of single units are asked, all of them. Generated
// headers are in the tree when the baseline is prepared.
// Of the words outside comments 32 bits of a hash are kept, sorted: 50 MB for a kernel, which are read in 30 ms.
// Two words with one hash make a file seem to say what it does not say, which costs a compilation and no more.
// What macros paste together from parts is kept as text.
//
// Limits. `#include MACRO` is followed from where the macro is defined as a path (`#define FILE <linux/a.h>`). Paths
// that macros put together from parts are not; in 6.1 and 6.12 that is TRACE_INCLUDE alone, by which trace headers
// include themselves again.
//
// Cost: 10 s and 350 MB of reading for each baseline; kept in its cache.
import { readFileSync, statSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { sha256, writeFileAtomically } from '@uptide/base';
import type { TranslationUnit } from '@uptide/kernel';
import { onDisk } from '../disk.ts';
import { declarationsIn } from '../source/declarations.ts';
import type { Paste } from '../source/pastes.ts';
import { scanWords } from '../source/words.ts';
import type { SearchedTree } from './includers.ts';

/** The files of a kernel's sources by number, with what they include and what they say. */
export interface SourceIndex {
  readonly files: readonly string[];
  /** Numbers of the files that each file may include. */
  readonly includes: readonly (readonly number[])[];
  /** Pastes of each file's macros. */
  readonly pastes: readonly (readonly Paste[])[];
  /** Sorted hashes of each file's words, one file after the other; file `n` has those from `starts[n]`. */
  readonly words: Uint32Array;
  readonly starts: Uint32Array;
}

/** The part of a baseline that the index is made from. */
export type IndexedTree = SearchedTree & { units(): Promise<ReadonlyMap<string, TranslationUnit>> };

/** What is read besides the units. */
export interface IndexOptions {
  /** Sources that no unit is compiled from and that the build reads all the same. */
  readonly generators: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** Raised when the form or the reading changes, so that kept indexes of another form are not read. */
const INDEX_FORM = 'uptide sources 3';

/**
 * The index of a baseline, from its cache when it was made before; a kept one that is damaged is made anew.
 *
 * @throws UptideError DISK_FULL, INTERRUPTED
 */
export async function sourceIndex(
  baseline: IndexedTree,
  { generators, signal }: IndexOptions,
): Promise<SourceIndex> {
  const path = join(baseline.cache, 'sources', sha256(INDEX_FORM, baseline.digest, ...generators));
  const kept = await readFile(path).catch(() => undefined);
  const decoded = kept === undefined ? undefined : decode(kept);
  if (decoded !== undefined) return decoded;
  const index = makeIndex(baseline.tree, await baseline.units(), generators, signal);
  await onDisk(dirname(path), async () => {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomically(path, encode(index));
  });
  return index;
}

/** Reads all sources of a tree. */
function makeIndex(
  tree: string,
  units: ReadonlyMap<string, TranslationUnit>,
  generators: readonly string[],
  signal: AbortSignal | undefined,
): SourceIndex {
  const resolve = includeResolver(units.values(), (path) => isFile(join(tree, path)));
  const files = [...new Set([...units.keys(), ...generators])].sort();
  const numbers = new Map(files.map((file, number) => [file, number]));
  const numberOf = (file: string): number => {
    const known = numbers.get(file);
    if (known !== undefined) return known;
    numbers.set(file, files.length);
    files.push(file);
    return files.length - 1;
  };
  const includes: number[][] = [];
  const pastes: Paste[][] = [];
  const words: Uint32Array[] = [];
  for (let number = 0; number < files.length; number += 1) {
    signal?.throwIfAborted();
    const file = files[number] ?? '';
    // A unit's source may itself be generated, and gone: then nothing of it is known.
    const bytes = isFile(join(tree, file)) ? readFileSync(join(tree, file)) : new Uint8Array();
    const scanned = scanWords(bytes, file.endsWith('.S') ? 'assembly' : 'c');
    const unit = units.get(file);
    const forced = unit === undefined ? [] : forcedIncludes(unit);
    const paths = scanned.includes.flatMap(({ quoted, path }) => resolve(file, path, quoted));
    includes.push(
      [...new Set([...forced.filter((path) => isFile(join(tree, path))), ...paths])].map(numberOf),
    );
    pastes.push(scanned.pastes ? allPastes(Buffer.from(bytes).toString('latin1')) : []);
    words.push(scanned.words);
  }
  return { files, includes, pastes, ...joined(words) };
}

function joined(lists: readonly Uint32Array[]): Pick<SourceIndex, 'words' | 'starts'> {
  const starts = new Uint32Array(lists.length + 1);
  for (const [number, list] of lists.entries()) starts[number + 1] = (starts[number] ?? 0) + list.length;
  const words = new Uint32Array(starts.at(-1) ?? 0);
  for (const [number, list] of lists.entries()) words.set(list, starts[number]);
  return { words, starts };
}

/** The files that a unit's command includes by `-include`. */
function forcedIncludes(unit: TranslationUnit): string[] {
  return unit.compile.flatMap((argument, at) =>
    /^-(?:include|imacros)$/.test(argument) ? [posix.normalize(unit.compile[at + 1] ?? '')] : [],
  );
}

/** Finds the files of the tree that an include line may mean. */
export type IncludeResolver = (from: string, path: string, quoted: boolean) => string[];

/** Makes a resolver for units, by the folders of their commands. */
export function includeResolver(
  units: Iterable<TranslationUnit>,
  exists: (path: string) => boolean,
): IncludeResolver {
  const counts = new Map<string, number>();
  let total = 0;
  for (const { compile } of units) {
    total += 1;
    for (const folder of foldersOf(compile)) counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  const common = [...counts.keys()].filter((folder) => counts.get(folder) === total);
  const others = [...counts.keys()].filter((folder) => counts.get(folder) !== total);
  const known = new Map<string, boolean>();
  const isThere = (path: string): boolean => {
    let answer = known.get(path);
    if (answer === undefined) {
      answer = !path.startsWith('..') && exists(path);
      known.set(path, answer);
    }
    return answer;
  };
  const within = (folders: readonly string[], path: string): string[] =>
    folders.map((folder) => posix.join(folder, path)).filter(isThere);
  return (from, path, quoted) => {
    const beside = posix.join(posix.dirname(from), path);
    if (quoted && isThere(beside)) return [beside];
    const found = within(common, path);
    return found.length > 0 ? found : within(others, path);
  };
}

function foldersOf(compile: readonly string[]): Set<string> {
  const folders = new Set<string>();
  for (const [at, argument] of compile.entries()) {
    const [, joinedFolder] = /^(?:-I|-iquote|-isystem|-idirafter)(.*)$/.exec(argument) ?? [];
    if (joinedFolder === undefined) continue;
    const folder = joinedFolder === '' ? (compile[at + 1] ?? '') : joinedFolder;
    if (!folder.startsWith('/')) folders.add(posix.join(folder, '.'));
  }
  return folders;
}

function allPastes(text: string): Paste[] {
  const pastes = new Map<string, Paste>();
  for (const { rules } of declarationsIn(text)) {
    for (const paste of rules.flatMap((rule) => rule.pastes)) pastes.set(JSON.stringify(paste), paste);
  }
  return [...pastes.values()];
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** A digest of the rest, the length of the JSON that follows, the JSON, and the two arrays. */
function encode({ files, includes, pastes, words, starts }: SourceIndex): Buffer {
  const said = Buffer.from(JSON.stringify({ files, includes, pastes, words: words.length }));
  const body = Buffer.concat([Buffer.from(`${said.length}\n`), said, bytesOf(starts), bytesOf(words)]);
  return Buffer.concat([Buffer.from(`${sha256(body)}\n`), body]);
}

function decode(bytes: Buffer): SourceIndex | undefined {
  const start = bytes.indexOf(0x0a) + 1;
  if (start === 0 || sha256(bytes.subarray(start)) !== bytes.subarray(0, start - 1).toString('latin1'))
    return undefined;
  const end = bytes.indexOf(0x0a, start) + 1;
  const length = Number(bytes.subarray(start, end - 1).toString('latin1'));
  const said = JSON.parse(bytes.subarray(end, end + length).toString('utf8')) as Omit<
    SourceIndex,
    'words' | 'starts'
  >;
  const numbers = numbersOf(bytes.subarray(end + length));
  const count = said.files.length + 1;
  return { ...said, starts: numbers.subarray(0, count), words: numbers.subarray(count) };
}

function bytesOf(numbers: Uint32Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** A copy: the bytes of a file need not begin where numbers may. */
function numbersOf(bytes: Buffer): Uint32Array {
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
