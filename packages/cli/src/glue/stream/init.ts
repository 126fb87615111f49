// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UptideError } from '@uptide/base';
import {
  type Founding,
  initRepository,
  keyOf,
  publishStaged,
  requireSeriesName,
  type Signers,
  StreamError,
  signStaged,
  withRepository,
} from '@uptide/stream';
import type { Shell } from '../../shell/shell.ts';
import { readKey, signersAt, signersFrom } from './keys.ts';
import { makeKey } from './make-key.ts';

/** The options of `uptide stream init`. */
export interface InitOptions {
  readonly name: string;
  readonly home?: string | undefined;
  readonly series: readonly string[];
  readonly simple?: true | undefined;
  readonly unencrypted?: true | undefined;
  readonly rootKey?: readonly string[] | undefined;
  readonly rootThreshold?: number | undefined;
  readonly targetsKey?: readonly string[] | undefined;
  readonly targetsThreshold?: number | undefined;
  readonly releaseKey?: readonly string[] | undefined;
  readonly releaseThreshold?: number | undefined;
  readonly rolloutKey?: readonly string[] | undefined;
  readonly rolloutThreshold?: number | undefined;
  readonly onlineKey?: readonly string[] | undefined;
  readonly binSize?: number | undefined;
  readonly expiry?: readonly string[] | undefined;
}

/** Begins a stream; `published` when it was signed and published at once. */
export async function initStream(
  folder: string,
  options: InitOptions,
  shell: Pick<Shell, 'secret'>,
  now: number,
): Promise<{ readonly published: boolean }> {
  const { name, home, series, binSize } = options;
  const expiryDays = Object.fromEntries((options.expiry ?? []).map(toExpiry));
  const simple = options.simple === true;
  // Before keys are made.
  for (const one of series) requireSeriesName(one);
  const founding = simple
    ? await simpleFounding(folder, series, options.unencrypted === true, shell)
    : await foundingOf(options);
  await initRepository(folder, founding, { name, home, binSize, expiryDays }, now);
  if (!simple) return { published: false };
  const signers = await signersAt(folder, undefined, shell);
  return await withRepository(folder, async (repository) => {
    await signStaged(repository, signers);
    const { findings } = await publishStaged(repository, signers, now);
    const first = findings[0];
    if (first !== undefined) throw new StreamError('STREAM_UNFIT', first.reason, { place: first.place });
    return { published: true };
  });
}

/** One key that stays offline, and one on the machine that publishes; those that are there already are used. */
async function simpleFounding(
  folder: string,
  series: readonly string[],
  unencrypted: boolean,
  shell: Pick<Shell, 'secret'>,
): Promise<Founding> {
  const keys = join(folder, 'keys');
  await mkdir(keys, { recursive: true, mode: 0o700 });
  const make = async (name: string, plain: boolean): Promise<Signers> => {
    const path = join(keys, `${name}.json`);
    const made = (await stat(path).catch(() => undefined)) !== undefined;
    const wanted = { hint: `${name} key`, unencrypted: plain };
    const file = made ? await readKey(path) : await makeKey(path, wanted, shell);
    return { keys: [keyOf(file)], threshold: 1 };
  };
  const offline = await make('offline', unencrypted);
  const online = await make('online', true);
  return {
    top: { root: offline, targets: offline, snapshot: online, timestamp: online },
    series: series.map((one) => ({ name: one, signers: offline })),
    rollout: online,
  };
}

/** Each role with the keys that were named for it, or those of the role before it. */
async function foundingOf(options: InitOptions): Promise<Founding> {
  const { rootKey, rootThreshold = 1, targetsKey, releaseKey, rolloutKey, rolloutThreshold = 1 } = options;
  const { onlineKey } = options;
  if (rootKey === undefined || onlineKey === undefined) {
    throw new UptideError('USAGE', 'a stream needs --root-key and --online-key, or --simple');
  }
  const targetsThreshold = options.targetsThreshold ?? rootThreshold;
  const root = await signersFrom(rootKey, rootThreshold);
  const targets = await signersFrom(targetsKey ?? rootKey, targetsThreshold);
  const release = await signersFrom(
    releaseKey ?? targetsKey ?? rootKey,
    options.releaseThreshold ?? targetsThreshold,
  );
  const online = await signersFrom(onlineKey, 1);
  return {
    top: { root, targets, snapshot: online, timestamp: online },
    series: options.series.map((name) => ({ name, signers: release })),
    rollout: await signersFrom(rolloutKey ?? onlineKey, rolloutThreshold),
  };
}

function toExpiry(text: string): [string, number] {
  const [role = '', days = ''] = text.split('=');
  if (!/^[1-9]\d{0,4}$/.test(days))
    throw new UptideError('USAGE', `${JSON.stringify(text)} is not ROLE=DAYS`);
  return [role, Number(days)];
}
