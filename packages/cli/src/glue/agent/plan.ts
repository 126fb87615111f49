// SPDX-License-Identifier: GPL-2.0-or-later
import type { ActResult, Plan } from '@uptide/host';
import { oneLine } from '../../shell/lines.ts';
import { describeLoad, describeUnload } from '../host.ts';

/** As many CVEs of a level as a person reads in a line. */
const MAX_NAMED = 8;

/** A plan as people read it: the state and why, what would be done, what is held back and what stays open by it. */
export function describePlan({ state, reasons, step, held }: Plan): string {
  const [first, ...more] = reasons.map(oneLine);
  return [
    `${state}: ${first ?? ''}`,
    ...more.map((reason) => `  ${reason}`),
    ...(step === undefined ? [] : [`next: ${describeStep(step)}`]),
    ...held.flatMap(({ level, obstacles, cves }) => [
      `level ${level} is not taken: ${obstacles.map(({ reason }) => oneLine(reason)).join('; ')}`,
      ...(cves.length === 0 ? [] : [`  open meanwhile: ${nameSome(cves)}`]),
    ]),
  ].join('\n');
}

/** What a step does. */
export function describeStep(step: NonNullable<Plan['step']>): string {
  if (step.do === 'unload') return 'take the live update out';
  const { level, title, severity } = step.level;
  return oneLine(`load level ${level}${severity === undefined ? '' : ` (${severity})`}: ${title}`);
}

/** How an act ended, as people read it; the plan was shown before. */
export function describeAct({ outcome }: ActResult): string | undefined {
  if (outcome === undefined) return undefined;
  return 'replaced' in outcome ? describeLoad(outcome) : describeUnload(outcome);
}

/** A plan as programs read it. */
export function planToJson({ state, reasons, until, available, step, held }: Plan): object {
  return {
    state,
    reasons,
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
    ...(available === undefined ? {} : { available: { level: available.level, id: available.id } }),
    ...(step === undefined
      ? {}
      : { step: step.do === 'load' ? { do: 'load', level: step.level.level, id: step.level.id } : step }),
    held: held.map(({ level, obstacles, cves }) => ({
      level,
      cves,
      obstacles: obstacles.map(({ rule, reason, until: end }) => ({
        rule,
        reason,
        ...(end === undefined ? {} : { until: new Date(end).toISOString() }),
      })),
    })),
  };
}

/** The first of many, and how many more there are. */
export function nameSome(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
}
