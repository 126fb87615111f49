// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtemp, readFile, realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Finding, QUIET, type Reporter, type Slots, sha256 } from '@uptide/base';
import type { Baseline, TranslationUnit } from '@uptide/kernel';
import type { AffectedUnit } from '../affected/model.ts';
import { onDisk } from '../disk.ts';
import { ForgeError, finding } from '../error.ts';
import { ObjectCache } from './cache.ts';
import { compileOne } from './compile-one.ts';
import { withLineMarks } from './line-marks.ts';
import { isObjtoolWarning, newWarnings } from './messages.ts';
import type { CompiledUnit, CompileResult } from './model.ts';
import { inParallel } from './pool.ts';
import { PostCompiler } from './post.ts';
import { type KeptObject, type PatchedFiles, PostObjects } from './post-objects.ts';
import { sameCode } from './same-code.ts';

/** What is compiled, and where. */
export interface CompileOptions {
  readonly baseline: Pick<Baseline, 'tree' | 'digest' | 'cache'>;
  readonly units: readonly AffectedUnit[];
  /** The patched files by path of the tree. */
  readonly postFiles: ReadonlyMap<string, Uint8Array>;
  /** Further arguments for the compiler, for post alone. */
  readonly postArguments?: readonly string[];
  /** A folder for scratch files; what is made in it goes with it. */
  readonly workFolder: string;
  /** Compilers at a time; by default as many as there are processors. */
  readonly jobs?: number | undefined;
  /** Slots that are shared with others who compile. */
  readonly compilers?: Slots | undefined;
  readonly reporter?: Reporter | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Raised when compile-one.ts comes to give other objects for the same unit, so that kept ones are not used. */
const RECIPE = 'uptide compile 1';

/**
 * Compiles every unit from the pristine source (pre) and from the patched one (post), in parallel, both by Kbuild's
 * own command and with objtool. Objects are kept in the baseline's cache by the digest of what they are made from.
 *
 * @throws ForgeError COMPILE_FAILED, COMPILE_PRE_FAILED (each with all units that fail), COMPILE_COMMAND,
 * COMPILE_STALE_HEADER, PATCH_NOT_BUILT when no unit reads a changed file; UptideError DISK_FULL, INTERRUPTED
 */
export async function compileUnits(options: CompileOptions): Promise<CompileResult> {
  const { baseline, units, signal } = options;
  const reporter = options.reporter ?? QUIET;
  const postArguments = options.postArguments ?? [];
  const cache = new ObjectCache(join(baseline.cache, 'objects'));
  const tree = await realpath(baseline.tree);
  const patched = await markLines(tree, options.postFiles);
  const postObjects = new PostObjects(cache, patched, postArguments);
  const folder = await onDisk(options.workFolder, async () =>
    realpath(await mkdtemp(join(options.workFolder, 'compile-'))),
  );
  const post = new PostCompiler({
    tree,
    folder,
    files: patched.files,
    units: units.map(({ unit }) => unit),
    extra: postArguments,
    signal,
  });

  let done = 0;
  const make = async (
    find: () => Promise<KeptObject | undefined>,
    compile: () => Promise<Made>,
  ): Promise<Made> => {
    const kept = await find();
    const outcome: Made =
      kept === undefined
        ? await (options.compilers === undefined ? compile() : options.compilers.run(compile))
        : { kind: 'object', ...kept };
    done += 1;
    reporter.progress(done, units.length * 2, 'objects');
    return outcome;
  };
  const tasks = units.flatMap(({ unit, reason }, index): (() => Promise<Indexed>)[] => {
    const preKey = objectKey(baseline.digest, unit);
    const scratch = join(folder, `pre-${index}`);
    const makePre = (): Promise<Made> =>
      make(
        async () => {
          const compiled = await cache.read(preKey);
          return compiled === undefined ? undefined : { key: preKey, compiled };
        },
        async () => {
          const outcome = await compileOne({ unit, workingFolder: tree, scratch, signal });
          if (outcome.kind === 'failed') return outcome;
          await cache.write(preKey, outcome.compiled);
          return { kind: 'object', key: preKey, compiled: outcome.compiled };
        },
      );
    const postUnit = { preKey, source: unit.source };
    const makePost = (): Promise<Made> =>
      make(
        () => postObjects.read(postUnit),
        async () => {
          const outcome = await post.compile(unit, index);
          if (outcome.kind === 'failed') return outcome;
          const { compiled, files } = outcome;
          return { kind: 'object', key: await postObjects.write(postUnit, compiled, files), compiled };
        },
      );
    if (reason !== 'header') {
      return [async () => ({ index, pre: await makePre() }), async () => ({ index, post: await makePost() })];
    }
    // One after the other, so that the objects of hundreds of units need not be kept until the last is made.
    return [
      async () => {
        const pair = { index, pre: await makePre(), post: await makePost() };
        return isUnchanged(pair) ? { index, unchanged: true } : pair;
      },
    ];
  });
  const made = await inParallel(tasks, options.jobs ?? availableParallelism());
  await cache.removeOrphans(Date.now());
  const pairs = units.map((): Pair => ({}));
  for (const { index, ...part } of made) pairs[index] = { ...pairs[index], ...part };
  return collect(units, pairs);
}

/** The patched files with line directives, so that lines which stayed keep their numbers. */
async function markLines(tree: string, files: ReadonlyMap<string, Uint8Array>): Promise<PatchedFiles> {
  const marked = new Map<string, Uint8Array>();
  const added = new Set<string>();
  for (const [path, bytes] of files) {
    const pre = await readFile(join(tree, path), 'latin1').catch(() => undefined);
    const post = Buffer.from(bytes);
    if (pre === undefined) added.add(path);
    marked.set(
      path,
      pre === undefined ? post : Buffer.from(withLineMarks(pre, post.toString('latin1')), 'latin1'),
    );
  }
  return { files: marked, added };
}

function isUnchanged({ pre, post }: Pair): boolean {
  return (
    pre?.kind === 'object' && post?.kind === 'object' && sameCode(pre.compiled.object, post.compiled.object)
  );
}

/** Digest of all that an object is made from when nothing is patched. */
export function objectKey(baselineDigest: string, unit: TranslationUnit): string {
  const post = unit.post.map((command) => sha256(...command));
  return sha256(RECIPE, baselineDigest, unit.source, unit.objectFile, sha256(...unit.compile), ...post);
}

type Indexed = Pair & { readonly index: number };

type Made = ({ readonly kind: 'object' } & KeptObject) | { readonly kind: 'failed'; readonly words: string };

/** The two objects of a unit; instead of them, that they are the same. */
interface Pair {
  readonly pre?: Made;
  readonly post?: Made;
  readonly unchanged?: boolean;
}

/** Says what is to be said of the objects. */
function collect(units: readonly AffectedUnit[], pairs: readonly Pair[]): CompileResult {
  refuseFailed('COMPILE_PRE_FAILED', units, (index) => pairs[index]?.pre);
  refuseFailed('COMPILE_FAILED', units, (index) => pairs[index]?.post);
  const compiled: CompiledUnit[] = [];
  const findings: Finding[] = [];
  const notes: string[] = [];
  const unchanged = pairs.filter((pair) => pair.unchanged === true).length;
  if (unchanged > 0) {
    const asked = units.filter(({ reason }) => reason === 'header').length;
    notes.push(
      `of ${asked} units that could use what changed in headers ${unchanged} are compiled to the same code`,
    );
  }
  for (const [index, { unit, changedSources, reason }] of units.entries()) {
    const { pre, post } = pairs[index] ?? {};
    if (pre?.kind !== 'object' || post?.kind !== 'object') continue;
    if (unit.owners.length === 0) {
      const code = unit.source.endsWith('.S') ? 'PATCH_ASSEMBLY' : 'PATCH_OTHER_IMAGE';
      const reason = `${changedSources.join(', ')} changes what ${unit.source} is compiled to`;
      findings.push(finding(code, 'refuse', { file: unit.source }, reason));
      continue;
    }
    const read = changedSources.filter(
      (path) => pre.compiled.dependencies.includes(path) || post.compiled.dependencies.includes(path),
    );
    if (read.length === 0) {
      if (reason === 'source') {
        throw new ForgeError('COMPILE_COMMAND', `the compiler did not read ${unit.source}`, {
          place: { file: unit.source },
        });
      }
      notes.push(
        `${unit.source} does not include ${changedSources.join(', ')} in this kernel's configuration`,
      );
      continue;
    }
    const warnings = newWarnings(pre.compiled.warnings, post.compiled.warnings);
    for (const warning of warnings.filter(isObjtoolWarning)) {
      findings.push(finding('COMPILE_OBJTOOL_WARNING', 'review', { file: unit.source }, warning));
    }
    compiled.push({
      unit,
      changedSources: read,
      pre: pre.compiled.object,
      post: post.compiled.object,
      preKey: pre.key,
      postKey: post.key,
      notes: warnings.filter((warning) => !isObjtoolWarning(warning)),
    });
  }
  if (compiled.length === 0 && unchanged === 0 && findings.length === 0) {
    throw new ForgeError('PATCH_NOT_BUILT', notes.join('; '));
  }
  return { units: compiled, findings, unchanged, notes };
}

function refuseFailed(
  code: 'COMPILE_FAILED' | 'COMPILE_PRE_FAILED',
  units: readonly AffectedUnit[],
  side: (index: number) => Made | undefined,
): void {
  const failed = units.flatMap(({ unit }, index) => {
    const made = side(index);
    return made?.kind === 'failed' ? [{ source: unit.source, words: made.words.trimEnd() }] : [];
  });
  const [first] = failed;
  if (first === undefined) return;
  const words = failed.map((one) => `${one.source}:\n${one.words}`).join('\n');
  throw new ForgeError(code, words, { place: { file: first.source } });
}
