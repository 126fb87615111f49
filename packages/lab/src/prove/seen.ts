// SPDX-License-Identifier: GPL-2.0-or-later
import type { CommandResult } from '../frames.ts';
import type { BootResult } from '../machine.ts';
import { type LogLine, linesOf, parseKernelLog } from './kernel-log.ts';
import type { PlannedBoot } from './plan.ts';

/** Of a program's or the kernel's words, what a finding quotes. */
const MAX_QUOTED_LINES = 20;

/** A boot that took place, with its plan, and the questions that the judgement asks of it. */
export class Seen {
  readonly plan: PlannedBoot;
  readonly result: BootResult;
  readonly lines: readonly LogLine[];

  constructor(plan: PlannedBoot, result: BootResult) {
    this.plan = plan;
    this.result = result;
    this.lines = parseKernelLog(result.log);
  }

  /** The result of a command; undefined when the boot ended before it did, or it was not planned. */
  of(id: string): CommandResult | undefined {
    return this.result.results.get(id);
  }

  passed(id: string): boolean {
    return this.of(id)?.status === 0;
  }

  failed(id: string): boolean {
    const status = this.of(id)?.status;
    return status !== undefined && status !== 0;
  }

  /** The place of a command in the plan; -1 when it was not planned. */
  numberOf(id: string): number {
    return this.plan.commands.findIndex((command) => command.id === id);
  }

  /** What a command printed and what the kernel logged meanwhile, as one text to quote. */
  words(id: string): string {
    const output = this.of(id);
    const printed = `${output?.stdout.toString() ?? ''}${output?.stderr.toString() ?? ''}`.split('\n');
    const logged = linesOf(this.lines, this.numberOf(id));
    const lines = [...new Set([...printed, ...logged])].filter((line) => line.trim() !== '');
    const shown = lines.slice(0, MAX_QUOTED_LINES);
    if (lines.length > shown.length) shown.push(`(${lines.length - shown.length} more lines)`);
    return shown.join('\n');
  }
}
