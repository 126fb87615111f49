// SPDX-License-Identifier: GPL-2.0-or-later
import type { Confirm, Plan } from '@uptide/host';
import type { Shell } from '../../shell/shell.ts';
import { describePlan, describeStep } from './plan.ts';

/** How much is asked before the kernel is touched. */
export interface Asking {
  readonly json?: true | undefined;
  /** Only show what would be done. */
  readonly dryRun?: true | undefined;
  /** Do not ask. */
  readonly yes?: true | undefined;
}

export const DRY_RUN_OPTION = ['-n, --dry-run', 'say what would be done, and do nothing'] as const;
export const YES_OPTION = ['-y, --yes', 'do not ask'] as const;

/** Shows what is about to be done and asks, unless the options or the host's policy say yes. */
export function confirmWith({ print, confirm, reporter }: Shell, { json, dryRun, yes }: Asking): Confirm {
  return async (plan, { settings }) => {
    if (json !== true) print(describePlan(plan));
    if (dryRun === true) return false;
    if (yes === true || settings.configuration.policy.mode === 'auto') return true;
    if (await confirm(`${question(plan)}?`)) return true;
    reporter.note('nothing was done: without a terminal to ask at, --yes says yes');
    return false;
  };
}

function question({ step }: Plan): string {
  return step === undefined ? 'go on' : describeStep(step);
}
