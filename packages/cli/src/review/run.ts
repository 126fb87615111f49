// SPDX-License-Identifier: GPL-2.0-or-later
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type ExitName, type Finding, UptideError } from '@uptide/base';
import { endingOf } from '../glue/create.ts';
import { describeFindings } from '../glue/findings.ts';
import { examine, type MakeTools, type Target } from '../glue/make.ts';
import { openSeries } from '../series/folder.ts';
import { readPatches } from '../shell/input.ts';
import type { Shell } from '../shell/shell.ts';
import { describeCount, describeLists, listsToJson } from './describe.ts';
import { openFindings } from './judge.ts';
import { type ExaminedList, type JudgedList, judgeList, type PatchList } from './lists.ts';
import { readAnswers, saveAnswer, signerName } from './open.ts';
import { accept, type ReviewTools, walk } from './walk.ts';

/** What is reviewed. */
interface ReviewInput {
  readonly kernel: string;
  /** From the shortest to the longest. */
  readonly lists: readonly PatchList[];
}

/** What is done, besides what it is done to. */
export interface ReviewOptions {
  readonly level?: number | undefined;
  readonly list?: true | undefined;
  readonly accept: readonly string[];
  readonly reason?: string | undefined;
  readonly name?: string | undefined;
  readonly json?: true | undefined;
}

/**
 * Reads what is to be reviewed: patch files for a kernel, or the levels of a series.
 *
 * @throws UptideError USAGE when options do not go together; as `openSeries`
 */
export async function reviewInput(
  paths: readonly string[],
  options: ReviewOptions & { readonly kernel?: string | undefined },
): Promise<ReviewInput> {
  const usage = (reason: string): UptideError =>
    new UptideError('USAGE', reason, { remedy: 'Run uptide review --help.' });
  if ((options.accept.length === 0) !== (options.reason === undefined)) {
    throw usage('--accept and --reason go together');
  }
  const [path, ...more] = paths;
  if (path === undefined || more.length > 0 || !(await isSeries(path))) {
    if (options.kernel === undefined) throw usage('--kernel is missing: for which kernel is it judged?');
    if (options.level !== undefined) throw usage('--level is for a series');
    return { kernel: options.kernel, lists: [{ level: undefined, patches: await readPatches(paths) }] };
  }
  const { file, series, plan } = await openSeries(path);
  if (options.kernel !== undefined && options.kernel !== series.kernel) {
    throw usage(`the series is for ${series.kernel}`);
  }
  const lists = plan.map(({ level, entry, patches }) => ({
    level: { level, id: entry.id },
    patches: patches.map((patch) => ({ ...patch, path: join(dirname(file), patch.path) })),
  }));
  if (options.level !== undefined && options.level > lists.length) {
    throw usage(`the series has ${lists.length} levels`);
  }
  return { kernel: series.kernel, lists };
}

/** What a review has of the shell. */
type ReviewShell = Pick<Shell, 'isAttended' | 'ask' | 'print' | 'printJson' | 'reporter'>;

/**
 * Reviews what was read: examines each list, then prints, accepts or asks.
 *
 * @returns `refused` when the findings were printed and one is open, or when something refuses
 */
export async function reviewLists(
  { kernel, lists }: ReviewInput,
  options: ReviewOptions,
  target: Target,
  tools: MakeTools,
  { isAttended, ask, print, printJson, reporter }: ReviewShell,
): Promise<ExitName> {
  const { reason } = options;
  const asks = reason === undefined && options.list !== true && options.json !== true;
  if (asks && !isAttended()) throw new UptideError('REVIEW_NO_TERMINAL', 'there is nobody to ask');
  const chosen = lists.filter(({ level }) => options.level === undefined || level?.level === options.level);
  const { examined, refused } = await examineLists(chosen, target, tools);
  const longest = chosen.at(-1)?.patches ?? [];
  const review: ReviewTools = {
    kernel,
    read: () => readAnswers(target.baseline, longest),
    save: saveAnswer,
    name: () => signerName(options.name, dirname(resolve(longest.at(-1)?.path ?? ''))),
    today: new Date().toISOString().slice(0, 10),
  };
  if (reason !== undefined) await accept(examined, options.accept, reason, review);
  if (asks) await walk(examined, review, { ask, print });
  const patches = await review.read();
  const judged = examined.map((list) => judgeList(kernel, list, patches));
  const open = judged.some(({ judgement }) => openFindings(judgement).length > 0);
  if (options.json === true) printJson({ ...listsToJson(kernel, judged), refused: refused?.findings ?? [] });
  else print(describe(judged, refused?.findings ?? [], options.list === true));
  if (refused !== undefined) {
    reporter.note('what is refused cannot be signed off');
    return refused.ending;
  }
  return open && reason === undefined ? 'refused' : 'done';
}

function describe(judged: readonly JudgedList[], refusals: readonly Finding[], all: boolean): string {
  const lists = all ? describeLists(judged) : judged.map(describeCount).join('\n');
  return [lists, describeFindings(refusals)].filter((part) => part !== '').join('\n');
}

/** Examines lists until one is refused; those after it contain its patches. */
async function examineLists(
  lists: readonly PatchList[],
  target: Target,
  tools: MakeTools,
): Promise<{
  readonly examined: readonly ExaminedList[];
  readonly refused?: { readonly ending: ExitName; readonly findings: readonly Finding[] };
}> {
  const examined: ExaminedList[] = [];
  for (const list of lists) {
    if (list.level !== undefined) tools.reporter.note(`level ${list.level.level}: ${list.level.id}`);
    const examination = await examine(target, list.patches, tools);
    if (examination.verdict !== 'examined') {
      const findings = examination.findings.filter(({ verdict }) => verdict !== 'review');
      return { examined, refused: { ending: endingOf(examination), findings } };
    }
    const { findings, compiledFrom } = examination;
    examined.push({ ...list, findings, compiledFrom });
  }
  return { examined };
}

async function isSeries(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  return facts?.isDirectory() === true || /\.ya?ml$/.test(path);
}
