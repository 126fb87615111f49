// SPDX-License-Identifier: GPL-2.0-or-later
import { UptideError } from '@uptide/base';
import {
  addBlock,
  type Block,
  halt,
  momentOf,
  type RolloutChange,
  removeBlock,
  resume,
  setWaves,
  wavesOf,
  withdraw,
} from '@uptide/stream';

/** The options of `uptide stream rollout` that say what changes. */
export interface RolloutOptions {
  readonly halt?: string | undefined;
  readonly resume?: true | undefined;
  readonly block?: string | undefined;
  readonly unload?: true | undefined;
  readonly levels?: string | undefined;
  readonly buildId?: string | undefined;
  readonly everLoaded?: readonly string[] | undefined;
  readonly unblock?: number | undefined;
  readonly level?: number | undefined;
  readonly waves?: string | undefined;
  readonly withdraw?: string | undefined;
}

/** The one change that the options ask for. @throws UptideError USAGE; StreamError STREAM_BAD_WAVES. */
export function rolloutChange(options: RolloutOptions, now: number): RolloutChange {
  const since = momentOf(now);
  const { level, waves, unblock } = options;
  const changes = [
    ...(options.halt === undefined ? [] : [halt(options.halt, since)]),
    ...(options.resume === undefined ? [] : [resume()]),
    ...(options.block === undefined ? [] : [addBlock(blockOf(options, options.block, since))]),
    ...(unblock === undefined ? [] : [removeBlock(unblock)]),
    ...(waves === undefined ? [] : [setWaves(wavesOf(levelOf(level), waves, now))]),
    ...(options.withdraw === undefined ? [] : [withdraw(levelOf(level), options.withdraw, since)]),
  ];
  const [change, ...more] = changes;
  if (change !== undefined && more.length === 0) return change;
  throw new UptideError(
    'USAGE',
    'name one change: --halt, --resume, --block, --unblock, --waves or --withdraw',
  );
}

function blockOf(options: RolloutOptions, reason: string, since: string): Block {
  const { unload, levels, buildId, everLoaded } = options;
  return {
    reason,
    since,
    action: unload === true ? 'unload' : 'hold',
    ...(levels === undefined ? {} : { levels: toLevels(levels) }),
    ...(buildId === undefined ? {} : { buildId }),
    ...(everLoaded === undefined ? {} : { everLoaded }),
  };
}

function toLevels(text: string): { first: number; last: number } {
  const [, first = '', last = first] = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(text) ?? [];
  if (first === '' || Number(last) < Number(first)) {
    throw new UptideError('USAGE', `${JSON.stringify(text)} is neither a level nor FIRST-LAST`);
  }
  return { first: Number(first), last: Number(last) };
}

function levelOf(level: number | undefined): number {
  if (level === undefined) throw new UptideError('USAGE', 'which level? name it with --level');
  return level;
}
