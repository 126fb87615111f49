// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a patch may touch, by path.
//
// A path decides one of four things: the file is C source or a header, whose units a live update can carry; it holds no code of the
// kernel and is passed over with a note; this kernel does not have it; or the patch is refused. The first rule of
// the table that matches decides, and a path that no rule matches is refused: a kind of file that nobody thought
// of may well run on the machine that makes the update.
import type { Finding, ForgeCode, Place } from '@uptide/base';
import { finding } from '../error.ts';
import { type FileChange, type Patch, pathOf } from './model.ts';

/** What the policy says of one path. */
export type Ruling =
  | { readonly kind: 'source' }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'notBuilt'; readonly why: string }
  | { readonly kind: 'refused'; readonly code: ForgeCode; readonly why: string };

/** What the policy has to know of the kernel. */
export interface PolicyContext {
  /** The folders of `arch/` that this kernel is built from, e.g. `x86`. */
  readonly architectures: ReadonlySet<string>;
}

interface PathRule {
  readonly matches: RegExp;
  readonly ruling: Ruling;
}

const refuse = (code: ForgeCode, why: string): Ruling => ({ kind: 'refused', code, why });
const ignore = (why: string): Ruling => ({ kind: 'ignored', why });

/** Code of x86 and EFI that is linked into an image of its own; the exceptions are linked into the kernel. */
const OTHER_IMAGE =
  /^(?:arch\/x86\/entry\/vdso\/(?!(?:vma|extable|vdso32-setup)\.c$)|lib\/vdso\/|arch\/x86\/realmode\/rm\/|arch\/x86\/purgatory\/|arch\/x86\/boot\/|drivers\/firmware\/efi\/libstub\/|arch\/x86\/um\/vdso\/)/;

/** The rules that hold for every architecture, strongest first. */
const BUILD_RULES: readonly PathRule[] = [
  {
    matches:
      /(?:^|\/)(?:GNUmakefile|(?:Makefile|Kbuild|Kconfig)(?:[._-][^/]*)?|Platform|[^/]*\.(?:mk|mak|config)|[^/]*_defconfig)$/,
    ruling: refuse('PATCH_RUNS_ON_MAKER', 'a file of the build system'),
  },
  { matches: /^(?:Documentation|LICENSES)\//, ruling: ignore('documentation') },
  {
    matches:
      /^(?:MAINTAINERS|CREDITS|COPYING|README)$|(?:^|\/)(?:README|TODO|COPYING|LICENSE)(?:\.(?:txt|rst|md))?$|\.(?:rst|md)$/,
    ruling: ignore('documentation'),
  },
  {
    matches: /(?:^|\/)\.(?:gitignore|gitattributes|mailmap|clang-format|cocciconfig|get_maintainer\.ignore)$/,
    ruling: ignore('a setting of an editor or of git'),
  },
  { matches: /^tools\/testing\//, ruling: ignore('a test program, which is no part of the kernel') },
  { matches: /^(?:scripts|tools)\//, ruling: refuse('PATCH_RUNS_ON_MAKER', 'a tool of the build') },
  {
    matches: /\.(?:sh|bash|pl|py|awk|sed|bc|cocci|lua|rb)$/,
    ruling: refuse('PATCH_RUNS_ON_MAKER', 'a script'),
  },
  { matches: /\.lds(?:\.S|\.h)?$/, ruling: refuse('PATCH_RUNS_ON_MAKER', 'a linker script') },
  {
    matches: /\.(?:tbl|asn1|map|uni|[ly])$|(?:^|\/)x86-opcode-map\.txt$/,
    ruling: refuse('PATCH_RUNS_ON_MAKER', 'input of a generator'),
  },
  {
    // Kbuild makes headers of these two kinds of file: they are compiled to assembly, which a script reads.
    matches: /^kernel\/bounds\.c$|(?:^|\/)asm-offsets(?:_\d+)?\.c$|(?:^|\/)devicetable-offsets\.c$/,
    ruling: refuse('PATCH_RUNS_ON_MAKER', 'a generator of a header'),
  },
];

/** The rules that hold for the kernel's own architecture and for what all architectures share. */
const CODE_RULES: readonly PathRule[] = [
  { matches: OTHER_IMAGE, ruling: refuse('PATCH_OTHER_IMAGE', 'code of an image apart from the kernel') },
  { matches: /\.[sS]$/, ruling: refuse('PATCH_ASSEMBLY', 'assembly') },
  { matches: /\.[ch]$/, ruling: { kind: 'source' } },
];

/** What the policy says of a path of the tree. */
export function rulePath(path: string, context: PolicyContext): Ruling {
  const rule = (rules: readonly PathRule[]): Ruling | undefined =>
    rules.find(({ matches }) => matches.test(path))?.ruling;
  const build = rule(BUILD_RULES);
  if (build !== undefined) return build;
  const architecture = /^arch\/([^/]+)\//.exec(path)?.[1];
  if (architecture !== undefined && !context.architectures.has(architecture)) {
    return { kind: 'notBuilt', why: `code of the architecture ${architecture}` };
  }
  return rule(CODE_RULES) ?? refuse('PATCH_NO_RULE', 'a kind of file that no rule covers');
}

/** What the policy says of all patches together. */
export interface PolicyResult {
  /** The paths of C source and headers that are changed, added, deleted or renamed (both names), sorted. */
  readonly sources: readonly string[];
  /** Paths that hold no code of the kernel, sorted. */
  readonly ignored: readonly string[];
  readonly findings: readonly Finding[];
}

/** Judges every change of the patches. All refusals are collected. */
export function judge(patches: readonly Patch[], context: PolicyContext): PolicyResult {
  const sources = new Set<string>();
  const ignored = new Map<string, string>();
  const findings: Finding[] = [];
  for (const { source, changes } of patches) {
    for (const change of changes) {
      const place: Place = { file: source, line: change.line };
      const refusal = refuseKind(change, place);
      if (refusal !== undefined) {
        findings.push(refusal);
        continue;
      }
      for (const path of new Set([change.oldPath, change.newPath])) {
        if (path === undefined) continue;
        const ruling = rulePath(path, context);
        if (ruling.kind === 'refused')
          findings.push(finding(ruling.code, 'refuse', place, `${path} is ${ruling.why}`));
        else if (change.kind === 'mode') ignored.set(path, 'only its permissions change');
        else if (ruling.kind === 'ignored') ignored.set(path, ruling.why);
        else if (ruling.kind === 'notBuilt') {
          findings.push(finding('PATCH_NOT_BUILT', 'ok', { file: path }, `${path} is ${ruling.why}`));
        } else sources.add(path);
      }
    }
  }
  for (const path of sources) ignored.delete(path);
  for (const [path, why] of [...ignored].sort(([a], [b]) => (a < b ? -1 : 1))) {
    findings.push(finding('PATCH_NO_CODE', 'ok', { file: path }, `${path}: ${why}`));
  }
  return { sources: [...sources].sort(), ignored: [...ignored.keys()].sort(), findings };
}

/** Refuses what is no change of a plain text file. */
function refuseKind(change: FileChange, place: Place): Finding | undefined {
  const path = pathOf(change);
  const modes = [change.oldMode, change.newMode];
  if (modes.includes('160000'))
    return finding('PATCH_SUBMODULE', 'refuse', place, `${path} is a git submodule`);
  if (modes.includes('120000'))
    return finding('PATCH_SYMLINK', 'refuse', place, `${path} is a symbolic link`);
  if (change.binary) return finding('PATCH_BINARY', 'refuse', place, `${path} is changed as a binary file`);
  return undefined;
}

/**
 * The programs that a Makefile builds to run them on the maker's machine: the words of its `hostprogs` and
 * `userprogs` lines (Documentation/kbuild/makefiles.rst, "Host Program support"). A name that is a variable is
 * not resolved.
 */
export function hostPrograms(makefile: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of makefile.replace(/\\\n/g, ' ').split('\n')) {
    const words = /^\s*(?:hostprogs|userprogs)[^\s:+=]*\s*[:+]?=\s*(.*)$/.exec(line)?.[1];
    for (const word of (words ?? '').replace(/#.*/, '').split(/\s+/)) {
      if (word !== '') names.add(word);
    }
    // The parts of a program of several files: `conf-objs := conf.o lkc.o`.
    const parts = /^\s*([\w-]+)-objs\s*[:+]?=\s*(.*)$/.exec(line);
    if (parts !== null && names.has(parts[1] ?? '')) {
      for (const word of (parts[2] ?? '').split(/\s+/)) if (word !== '') names.add(word.replace(/\.o$/, ''));
    }
  }
  return names;
}
