// SPDX-License-Identifier: GPL-2.0-or-later
import type { Finding } from '@uptide/base';
import { refuse, withWords } from './findings.ts';
import type { ProveInput } from './input.ts';
import { COMMAND } from './plan.ts';
import type { Seen } from './seen.ts';

/** Every load must go on after every leg; where one came to harm first is what matters. */
export function judgeLoads({ loads = [], release }: ProveInput, seen: Seen): readonly Finding[] {
  if (loads.length === 0) return [];
  const steps = ['before', ...seen.plan.legs.map(({ name }) => name)] as const;
  const step = steps.find((name) => seen.failed(COMMAND.loads(name)));
  if (step === undefined) return [];
  const when =
    step === 'before'
      ? 'before any update was loaded'
      : `after the step "${step}" of the boot "${seen.plan.name}"`;
  const reason = withWords(`a load came to harm or stood still ${when}`, seen.words(COMMAND.loads(step)));
  return [refuse('PROOF_LOAD_FAILED', { kernel: release }, reason)];
}
