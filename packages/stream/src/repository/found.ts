// SPDX-License-Identifier: GPL-2.0-or-later
/** The first version of every role of a stream. */
import { StreamError } from '../error.ts';
import { distribution } from '../formats/fields.ts';
import { MAX_SIGNERS } from '../trust/limits.ts';
import type { Delegations, KeyTable, PublicKey, RoleKeys, Staged, TopRole, View } from './model.ts';
import {
  expiryOf,
  looksLikeBin,
  NO_TARGETS,
  nextVersion,
  ROLLOUT,
  SPEC_VERSION,
  seriesPattern,
} from './roles.ts';
import type { Settings } from './settings.ts';
import { keyIdOf } from './sign.ts';

/** The keys of a role and how many of them must sign. */
export interface Signers {
  readonly keys: readonly PublicKey[];
  readonly threshold: number;
}

/** Who signs what in a new stream. */
export interface Founding {
  readonly top: Readonly<Record<TopRole, Signers>>;
  readonly series: readonly { readonly name: string; readonly signers: Signers }[];
  readonly rollout: Signers;
}

/**
 * Everything of a new stream that people sign, unsigned.
 *
 * @throws StreamError STREAM_BAD_THRESHOLD, STREAM_BAD_SERIES.
 */
export function foundStream(founding: Founding, settings: Settings, now: number): Staged {
  const { top, series, rollout } = founding;
  for (const { name } of series) requireSeriesName(name);
  const expires = (role: string): string => expiryOf(settings, role, now);
  const root = {
    _type: 'root',
    spec_version: SPEC_VERSION,
    version: 1,
    expires: expires('root'),
    consistent_snapshot: true,
    keys: keyTable(Object.values(top)),
    roles: {
      root: roleKeys('root', top.root),
      targets: roleKeys('targets', top.targets),
      snapshot: roleKeys('snapshot', top.snapshot),
      timestamp: roleKeys('timestamp', top.timestamp),
    },
  } as const;
  const delegations: Delegations = {
    keys: keyTable([rollout, ...series.map(({ signers }) => signers)]),
    roles: [
      { name: ROLLOUT, paths: [seriesPattern(ROLLOUT)], terminating: true, ...roleKeys(ROLLOUT, rollout) },
      ...series.map(({ name, signers }) => ({
        name,
        paths: [seriesPattern(name)],
        terminating: true,
        ...roleKeys(name, signers),
      })),
    ],
  };
  const empty: View = { published: { targets: new Map() }, staged: { targets: new Map() } };
  const begin = (role: string, content: Parameters<typeof nextVersion>[2]) =>
    [role, nextVersion(empty, role, content, expires(role))] as const;
  return {
    root: { signatures: [], signed: root },
    targets: new Map([
      begin('targets', { ...NO_TARGETS, delegations }),
      begin(ROLLOUT, NO_TARGETS),
      ...series.map(({ name, signers }) =>
        begin(name, { ...NO_TARGETS, delegations: { keys: keyTable([signers]), roles: [] } }),
      ),
    ]),
  };
}

/** @throws StreamError STREAM_BAD_SERIES when the name is none of a distribution series, or one that roles have. */
export function requireSeriesName(name: string): void {
  if (!distribution.safeParse(name).success || looksLikeBin(name)) {
    throw new StreamError('STREAM_BAD_SERIES', `${JSON.stringify(name)} is no name of a distribution series`);
  }
}

/** @throws StreamError STREAM_BAD_THRESHOLD when the threshold cannot be met, or keys stand there twice. */
export function roleKeys(role: string, { keys, threshold }: Signers): RoleKeys {
  const keyids = keys.map(keyIdOf);
  const reason =
    new Set(keyids).size !== keyids.length
      ? 'a key is named twice'
      : keyids.length > MAX_SIGNERS
        ? `${keyids.length} keys; the bound is ${MAX_SIGNERS}`
        : threshold < 1 || threshold > keyids.length
          ? `${threshold} signatures are asked of ${keyids.length} keys`
          : undefined;
  if (reason !== undefined) {
    throw new StreamError('STREAM_BAD_THRESHOLD', reason, { place: { symbol: role } });
  }
  return { keyids: keyids.sort(), threshold };
}

/** All keys of these roles by id. */
export function keyTable(signers: readonly Signers[]): KeyTable {
  const keys = signers.flatMap((one) => one.keys.map((key) => [keyIdOf(key), key] as const));
  return Object.fromEntries(keys.sort(([a], [b]) => (a < b ? -1 : 1)));
}
