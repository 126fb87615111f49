// SPDX-License-Identifier: GPL-2.0-or-later
/** `uptide stream add`: judges updates and stages them with everything that is published beside them. */
import { CATALOGUE, type Finding, fileDigest, UptideError } from '@uptide/base';
import { judgeNotes } from '../feeds/notes.ts';
import type { KernelIndex } from '../formats/index-file.ts';
import { kernelFolder, levelPath, rolloutPath, type StreamKernel } from '../formats/paths.ts';
import type { Rollout } from '../formats/rollout-file.ts';
import { binsFor, findTarget, kernelPattern } from '../repository/bins.ts';
import { judge } from '../repository/gates/index.ts';
import { isListed } from '../repository/gates/level.ts';
import type { Acceptance, Candidate } from '../repository/gates/model.ts';
import { kernelFiles } from '../repository/kernel-files.ts';
import { withLevel } from '../repository/kernel-index.ts';
import type { TargetFile, TargetMeta, View } from '../repository/model.ts';
import { momentOf } from '../repository/moments.ts';
import { seriesOf, theTargets } from '../repository/roles.ts';
import { changed, setWaves } from '../repository/rollout.ts';
import { stageInSeries, stageRollouts } from '../repository/stage.ts';
import { targetOf } from '../repository/targets.ts';
import { wavesOf } from '../repository/waves.ts';
import { decodeUpdate } from '../update/decode.ts';
import { printJson } from '../update/json.ts';
import type { CarriedFile, Update } from '../update/model.ts';
import { type TarFile, writeTar } from '../update/tar.ts';
import { readIndex, readLevel, readRollout } from './kernel-state.ts';
import { type Repository, targetFileName } from './repository.ts';
import { storedNotes } from './stored-notes.ts';

/** What is published beside an update for people; other rooms know how to make it. */
export interface Companions {
  /** The corresponding source; becomes `level-N.source.tar`. */
  readonly source: readonly TarFile[];
  /** The review page, HTML. */
  readonly review: Uint8Array;
}

export interface AddOptions {
  /** The updates in any order. */
  readonly files: readonly CarriedFile[];
  /** The distribution series of kernels that are new to the stream; may be absent where there is only one. */
  readonly series?: string | undefined;
  /** A profile of waves, or waves written out. */
  readonly waves: string;
  readonly accepted: Acceptance;
  readonly companions: (update: Update) => Companions;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A level of a kernel, for reports. */
export interface NamedLevel extends StreamKernel {
  readonly level: number;
}

export interface AddResult {
  /** Refusals; when there is one, nothing was staged. */
  readonly findings: readonly Finding[];
  readonly added: readonly NamedLevel[];
  /** Levels that were published or staged with the same bytes before. */
  readonly unchanged: readonly NamedLevel[];
}

/** Refusals of levels behind which no other level has its place. */
const OUT_OF_ORDER: ReadonlySet<string> = new Set(['STREAM_LEVEL_GAP', 'STREAM_LEVEL_REPLACED']);

/** The changes of one kernel. */
interface KernelChange {
  readonly kernel: StreamKernel;
  index?: KernelIndex | undefined;
  /** The last level. */
  before?: Update | undefined;
  readonly files: TargetFile[];
  rollout?: Rollout;
}

/**
 * Stages updates, all or none. Kernels, levels and files of one call are judged together: a folder of levels goes in
 * at once, in any order.
 *
 * @throws StreamError STREAM_BAD_WAVES, STREAM_FULL, STREAM_BAD_REPOSITORY.
 */
export async function addUpdates(repository: Repository, options: AddOptions): Promise<AddResult> {
  wavesOf(1, options.waves, options.now);
  const { decoded, findings } = decodeAll(options.files);
  const changes = new Map<string, KernelChange>();
  const added: NamedLevel[] = [];
  const unchanged: NamedLevel[] = [];
  for (const one of decoded) {
    const series = chooseSeries(repository.view, one, options.series);
    if (typeof series !== 'string') {
      findings.push(series);
      continue;
    }
    const { release, buildId } = one.update.description.kernel;
    const kernel = { distribution: series, release, buildId };
    const change = changes.get(kernelFolder(kernel)) ?? (await openKernel(repository, kernel));
    changes.set(kernelFolder(kernel), change);
    const candidate = {
      ...one,
      kernel,
      index: change.index,
      before: change.before,
      accepted: options.accepted,
    };
    const named = { ...kernel, level: one.update.description.level };
    if (isListed(candidate)) {
      unchanged.push(named);
      continue;
    }
    const refusals = judge(candidate);
    findings.push(...refusals);
    if (refusals.length > 0) {
      // The levels behind it are judged as if this one were there: what they lack themselves is told alone.
      if (!refusals.some(({ code }) => OUT_OF_ORDER.has(code))) {
        change.index = withLevel(candidate, momentOf(options.now));
        change.before = one.update;
      }
      continue;
    }
    await addLevel(repository, change, candidate, options);
    added.push(named);
  }
  for (const { kernel, index } of changes.values()) {
    if (index !== undefined)
      findings.push(...judgeNotes(index, await storedNotes(repository, kernel.release)));
  }
  if (findings.length > 0 || added.length === 0) return { findings, added: [], unchanged };
  await stageChanges(repository, [...changes.values()], options.now);
  return { findings, added, unchanged };
}

interface Decoded {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly update: Update;
}

/** The updates of the files by kernel and level, so that each stands behind the one that it follows. */
function decodeAll(files: readonly CarriedFile[]): { decoded: Decoded[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const decoded = files.flatMap(({ name, bytes }) => {
    try {
      const update = decodeUpdate(bytes);
      return [{ file: name, sha256: fileDigest(bytes), bytes, size: bytes.length, update }];
    } catch (error) {
      if (!(error instanceof UptideError)) throw error;
      const { code, message: reason, remedy } = error;
      findings.push({ code, verdict: 'refuse', place: { ...error.place, file: name }, reason, remedy });
      return [];
    }
  });
  const key = ({ update: { description: one } }: Decoded): string =>
    `${one.kernel.release}/${one.kernel.buildId}`;
  decoded.sort((a, b) => {
    if (key(a) !== key(b)) return key(a) < key(b) ? -1 : 1;
    return a.update.description.level - b.update.description.level || (a.file < b.file ? -1 : 1);
  });
  return { decoded, findings };
}

/** The series that the kernel of an update is in or comes into. */
function chooseSeries(view: View, { file, update }: Decoded, asked: string | undefined): string | Finding {
  const all = seriesOf(view);
  const { release, buildId } = update.description.kernel;
  const known = all.find((series) => {
    const pattern = kernelPattern({ distribution: series, release, buildId });
    return theTargets(view, series).signed.delegations?.roles.some(({ paths }) => paths.includes(pattern));
  });
  const series = asked ?? known ?? (all.length === 1 ? all[0] : undefined);
  const problem =
    series === undefined
      ? 'the kernel is new to the stream, which has several series'
      : known !== undefined && known !== series
        ? `the kernel is in ${known}`
        : all.includes(series)
          ? undefined
          : `the stream has no series ${series}`;
  if (series !== undefined && problem === undefined) return series;
  const { remedy } = CATALOGUE.STREAM_NO_SERIES;
  return { code: 'STREAM_NO_SERIES', verdict: 'refuse', place: { file }, reason: problem ?? '', remedy };
}

async function openKernel(repository: Repository, kernel: StreamKernel): Promise<KernelChange> {
  const index = await readIndex(repository, kernel);
  const last = index?.levels.at(-1);
  const before = last === undefined ? undefined : await readLevel(repository, kernel, last);
  return { kernel, index, before, files: [] };
}

async function addLevel(
  repository: Repository,
  change: KernelChange,
  candidate: Candidate & { readonly bytes: Uint8Array },
  { companions, waves, now }: AddOptions,
): Promise<void> {
  const { update, kernel, bytes } = candidate;
  const { level } = update.description;
  const path = levelPath(kernel, level);
  const beside = (ending: string): string => path.replace(/uptide$/, ending);
  const { source, review } = companions(update);
  change.files.push(
    { path, bytes },
    { path: beside('source.tar'), bytes: writeTar(source) },
    { path: beside('proof.json'), bytes: update.proof ?? new Uint8Array() },
    { path: beside('review.html'), bytes: review },
  );
  const rollout = change.rollout ?? (await readRollout(repository, kernel));
  change.rollout = changed(rollout, setWaves(wavesOf(level, waves, now)));
  change.index = withLevel(candidate, momentOf(now));
  change.before = update;
}

/** Stages all kernels at once: one new version of each role that changes. A change without a rollout keeps the old one. */
export async function stageChanges(
  repository: Repository,
  changes: readonly KernelChange[],
  now: number,
): Promise<void> {
  const { settings } = repository;
  const files = new Map<string, Uint8Array>();
  const bySeries = new Map<string, Map<string, TargetMeta>>();
  const rollouts = new Map<string, TargetMeta>();
  const list = (into: Map<string, TargetMeta>, file: TargetFile): void => {
    const target = targetOf(file);
    into.set(file.path, target);
    files.set(targetFileName(file.path, target), file.bytes);
  };
  for (const { kernel, index, rollout, files: ofLevels } of changes) {
    if (index === undefined) continue;
    const listed = bySeries.get(kernel.distribution) ?? new Map<string, TargetMeta>();
    bySeries.set(kernel.distribution, listed);
    const notes = await storedNotes(repository, kernel.release);
    for (const file of [...ofLevels, ...kernelFiles({ kernel, index, notes, publisher: settings })]) {
      list(listed, file);
    }
    if (rollout !== undefined) list(rollouts, { path: rolloutPath(kernel), bytes: printJson(rollout) });
  }
  let view = repository.view;
  for (const [series, added] of bySeries) {
    await repository.readRoles(binsFor(repository.view, series, [...added.keys()]));
    // Feeds come as a whole each time; what is listed already has its file.
    for (const [path, target] of added) {
      const before = findTarget(repository.view, series, path);
      if (before?.hashes.sha256 === target.hashes.sha256) files.delete(targetFileName(path, target));
    }
    view = stageInSeries({ ...view, published: repository.view.published }, series, added, settings, now);
  }
  if (rollouts.size > 0) view = stageRollouts(view, rollouts, settings, now);
  await repository.stage(view.staged, files);
}
