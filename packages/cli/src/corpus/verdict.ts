// SPDX-License-Identifier: GPL-2.0-or-later
import { CATALOGUE, type ExitName, type Finding, UptideError } from '@uptide/base';
import type { CreateOutcome } from '@uptide/forge';
import { toFailure } from '../shell/failure.ts';
import type { CorpusVerdict, CreateRecord, Problem, ReplacedObject } from './model.ts';
import type { StepTimes } from './step-times.ts';

/** Objects for each unit: before the patch and after it. */
const OBJECTS_OF_UNIT = 2;

/** Endings that say that the run cannot go on, whatever the next patch is. */
const FATAL: ReadonlySet<ExitName> = new Set(['interrupted', 'machine']);

/** What an outcome is in the table. */
export function recordOutcome(outcome: CreateOutcome, times: StepTimes): CreateRecord {
  const { verdict, findings, notes, update } = outcome;
  const objects = (update?.objects ?? []).map(
    ({ name, functions, callbacks }): ReplacedObject => ({
      name,
      functions: functions.map((replaced) => replaced.name),
      callbacks,
    }),
  );
  const isInitOnly = verdict === 'refused' && isAboutInit(findings);
  return { ...measured(times), verdict: isInitOnly ? 'init-only' : verdict, objects, findings, notes };
}

/** Whether all that stands in the way is code that ran when it was loaded, and is gone since. */
function isAboutInit(findings: readonly Finding[]): boolean {
  const refusals = findings.filter(({ verdict }) => verdict === 'refuse');
  const initial = new Set(
    refusals.flatMap(({ code, place }) => (code === 'COMPARE_INIT_CHANGED' ? [place.symbol] : [])),
  );
  return refusals.every(({ place: { symbol } }) => symbol !== undefined && initial.has(symbol));
}

/**
 * What an error is in the table.
 *
 * @throws the error itself when it ends the whole run: an interruption, a full disk, a missing tool.
 */
export function recordError(error: unknown, times: StepTimes): CreateRecord {
  const { code, place, reason, remedy, stack } = toFailure(error, false);
  if (FATAL.has(CATALOGUE[code].exit)) throw error;
  const problem: Problem = { code, place, reason, remedy };
  const notes = stack === undefined ? [] : [stack];
  return { ...measured(times), verdict: verdictOf(error), objects: [], findings: [], notes, problem };
}

function verdictOf(error: unknown): CorpusVerdict {
  if (!(error instanceof UptideError)) return 'error';
  if (error.code === 'PATCH_NOT_BUILT') return 'not-built';
  switch (CATALOGUE[error.code].exit) {
    case 'noFunctionalChange':
      return 'no-change';
    case 'patchDoesNotApply':
    case 'doesNotCompile':
    case 'refused':
    case 'noMatch':
    case 'badInput':
      return 'refused';
    default:
      return 'error';
  }
}

function measured({ times, counts }: StepTimes): Pick<CreateRecord, 'times' | 'units'> {
  return { times: [...times], units: (counts.get('objects') ?? 0) / OBJECTS_OF_UNIT };
}
