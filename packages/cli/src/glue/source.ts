// SPDX-License-Identifier: GPL-2.0-or-later
import { type Update, updateFiles } from '@uptide/stream';
import { oneLine } from '../shell/lines.ts';

/** A file of a source folder. */
export interface SourceFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What the corresponding source of an update has for files: all but what is made from it. */
const LEFT_OUT: ReadonlySet<string> = new Set(['module', 'proof', 'disassembly']);

/** The corresponding source of an update: what it carries of it, and how to get the rest and rebuild. */
export function sourceFiles(update: Update): readonly SourceFile[] {
  const carried = updateFiles(update)
    .filter(({ role }) => !LEFT_OUT.has(role))
    .map(({ path, bytes }) => ({ path, bytes }));
  return [...carried, { path: 'README', bytes: Buffer.from(instructions(update, carried)) }];
}

function instructions({ description }: Update, carried: readonly SourceFile[]): string {
  const { kernel, source, module, compiler, findings } = description;
  const packages = source.packages ?? [{ name: source.package, version: source.version, sha256: undefined }];
  const version = source.tool?.version;
  // Sign-offs are kept with the maker's patches, not with the source of an update.
  const asksForReview = findings.some(({ verdict }) => verdict === 'review');
  return [
    `Source of the live update ${module}`,
    '',
    `Title:    ${oneLine(description.title)}`,
    `Kernel:   ${kernel.release} ${kernel.architecture}, build id ${kernel.buildId}`,
    `Compiler: ${oneLine(compiler)}`,
    `Uptide:   ${version === undefined ? 'version not recorded' : oneLine(version)}`,
    '',
    'The module is a work based on the Linux kernel (GPL-2.0-only). It is compiled from',
    '',
    `1. the kernel source: package ${oneLine(source.package)}, version ${oneLine(source.version)}, exactly`,
    '2. the patches in patches/, in the order of their numbers',
    '3. the C in kernel-side/ (GPL-2.0-or-later)',
    '',
    'with the configuration and the compiler of the packages',
    '',
    ...packages.flatMap(({ name, version: of, sha256 }) => [
      `  ${oneLine(name)} ${oneLine(of)}`,
      ...(sha256 === undefined ? [] : [`    SHA-256 ${sha256}`]),
    ]),
    '',
    'The packages are not in this folder. Archives drop old versions: who hands the update out keeps a copy of the',
    'source package for as long as it must be offered. For Debian, https://snapshot.debian.org/ keeps every version.',
    '',
    'To rebuild, with that version of Uptide:',
    '',
    `  uptide kernel add ${kernel.release}`,
    `  uptide create ${carried
      .map(({ path }) => path)
      .filter((path) => path.startsWith('patches/'))
      .join(' ')} \\`,
    `    --kernel ${kernel.release} -o rebuilt.uptide${asksForReview ? " --unreviewed 'a rebuild from source'" : ''}`,
    '',
    'or, from the update itself, with a comparison byte by byte:',
    '',
    '  uptide verify --rebuild FILE.uptide',
    '',
    'update.json says everything else: the digest of the baseline, what is replaced, the digest of every file.',
    '',
  ].join('\n');
}
