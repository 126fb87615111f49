// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which files include a .c file?
//
// The problem. Kernel sources include each other: kernel/sched/build_policy.c is one unit made of a dozen .c files,
// fs/compat_binfmt_elf.c compiles fs/binfmt_elf.c a second time. A change of such a file changes every unit that
// includes it, and the index of units, which goes by source file, does not show that. Kbuild's dependency files
// would, but they exist only after a whole build.
//
// The approach. One grep(1) over the tree collects every line that includes a .c file; the result is kept with the
// baseline. A changed file belongs to an including file when the path on that line leads to it: seen from the
// including file's folder, or else, as an -I folder could make it, by its last parts. This finds too many includers
// rather than too few, but for those named below; whether a unit really reads the file is decided by the compiler's own dependency list
// after it was compiled (compile/compile.ts).
//
// What it does not see: an #include of a macro that expands to the name of a .c file. The macros that kernels 6.1
// and 6.12 include on x86 (TRACE_INCLUDE, GENL_MAGIC_INCLUDE_FILE, CONFIG_ACPI_CUSTOM_DSDT_FILE) name headers.
//
// Cost: 1 s of grep for each baseline (5 s when the tree is not in memory), then some milliseconds.
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { run, sha256, UptideError, writeFileAtomically } from '@uptide/base';

/** One line that includes a .c file. */
export interface Inclusion {
  /** The including file, as a path of the tree. */
  readonly file: string;
  /** The path as the line spells it. */
  readonly spelled: string;
}

const INCLUDE_LINE = /^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]/;
/** The same for grep -E; of headers the base name stands in the place of `.*\.c`. */
const grepPattern = (name: string): string =>
  `^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]([^">]*/)?${name}[">]`;
/** Folders without code of the kernel. */
const SKIPPED_FOLDERS = ['Documentation', 'tools', 'samples', '.git'];
/** Raised when the form or the search changes, so that kept results of another form are not read. */
const INDEX_VERSION = 1;

/** The part of a baseline that the search needs. */
export interface SearchedTree {
  readonly tree: string;
  readonly digest: string;
  readonly cache: string;
}

/**
 * All inclusions of .c files in the tree, from the baseline's cache when they were collected before.
 * A kept result that cannot be read is made anew.
 */
export async function sourceInclusions(
  baseline: SearchedTree,
  signal?: AbortSignal,
): Promise<readonly Inclusion[]> {
  const key = sha256(baseline.digest, 'source inclusions', String(INDEX_VERSION));
  const path = join(baseline.cache, 'inclusions', `${key}.json`);
  const kept = await readKept(path);
  if (kept !== undefined) return kept;
  const inclusions = await grep(baseline.tree, '[^">]+\\.c', signal);
  const body = JSON.stringify(inclusions);
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomically(path, `${sha256(body)}\n${body}\n`);
  return inclusions;
}

/** The files that include a header of this base name. Not kept: few .c files are included through headers. */
export async function headerInclusions(
  tree: string,
  header: string,
  signal?: AbortSignal,
): Promise<readonly Inclusion[]> {
  const name = posix.basename(header).replace(/[.[\]*^$+?(){}|\\]/g, '\\$&');
  return grep(tree, name, signal);
}

async function grep(tree: string, name: string, signal: AbortSignal | undefined): Promise<Inclusion[]> {
  const result = await run(
    'grep',
    [
      '-rIEZ',
      '--include=*.c',
      '--include=*.h',
      ...SKIPPED_FOLDERS.map((folder) => `--exclude-dir=${folder}`),
      '-e',
      grepPattern(name),
      '.',
    ],
    { cwd: tree, anyStatus: true, ...(signal === undefined ? {} : { signal }) },
  );
  // grep ends with 1 when nothing was found, and with 2 on trouble.
  if (result.status > 1)
    throw new UptideError(
      'TOOL_FAILED',
      `grep ended with status ${result.status}: ${result.stderr.slice(0, 500)}`,
    );
  const inclusions: Inclusion[] = [];
  for (const line of result.stdout.toString('utf8').split('\n')) {
    const end = line.indexOf('\0');
    if (end === -1) continue;
    const spelled = INCLUDE_LINE.exec(line.slice(end + 1))?.[1];
    if (spelled !== undefined) inclusions.push({ file: posix.normalize(line.slice(0, end)), spelled });
  }
  return inclusions.sort((a, b) => compare(a.file, b.file) || compare(a.spelled, b.spelled));
}

async function readKept(path: string): Promise<readonly Inclusion[] | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const [digest, body] = text?.split('\n') ?? [];
  if (digest === undefined || body === undefined || sha256(body) !== digest) return undefined;
  return JSON.parse(body) as readonly Inclusion[];
}

/** The files that include `path`, by the lines given; sorted. `exists` tells whether the tree has a file. */
export function includersOf(
  path: string,
  inclusions: readonly Inclusion[],
  exists: (path: string) => boolean,
): string[] {
  const base = posix.basename(path);
  const includers = new Set<string>();
  for (const { file, spelled } of inclusions) {
    if (posix.basename(spelled) !== base) continue;
    const beside = posix.normalize(posix.join(posix.dirname(file), spelled));
    if (beside === path) includers.add(file);
    else if (!exists(beside)) {
      // Found by some -I folder, which we do not know: by the last parts of the path.
      const tail = spelled.replace(/^(?:\.{1,2}\/)+/, '');
      if (path === tail || path.endsWith(`/${tail}`)) includers.add(file);
    }
  }
  includers.delete(path);
  return [...includers].sort();
}

/** The lines of a text that include a .c file. */
export function inclusionsIn(file: string, text: string): Inclusion[] {
  return text.split('\n').flatMap((line) => {
    const spelled = INCLUDE_LINE.exec(line)?.[1];
    return spelled?.endsWith('.c') === true ? [{ file, spelled }] : [];
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
