// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Whether a host takes what is to be published: the rules of `trust/`, which know nothing of how it was made, go from
 * what a host trusts now to the files that it would find.
 */
import type { Metadata, Targets } from '@tufjs/models';
import { CATALOGUE, type Finding } from '@uptide/base';
import { StreamError } from '../error.ts';
import type { Current, Trusted, TrustStore } from '../trust/held.ts';
import { loadRole, type Means, refresh } from '../trust/refresh.ts';
import { firstRoot, nextTimestamp, ownSnapshot } from '../trust/rules.ts';
import type { View } from './model.ts';
import type { MetadataFile } from './publication.ts';
import { delegatorOf, nextRoot } from './roles.ts';
import { printEnvelope } from './sign.ts';

/**
 * What a host that trusts the published state would refuse of the next one.
 *
 * @param files the metadata of the publication.
 * @param readPublished reads what is served already, below `metadata/`.
 * @param now milliseconds since 1970.
 */
export async function checkAsClient(
  view: View,
  files: readonly MetadataFile[],
  readPublished: (path: string) => Promise<Uint8Array | undefined>,
  now: number,
): Promise<Finding[]> {
  const next = new Map(files.map(({ path, text }) => [path, Buffer.from(text)]));
  const source = {
    name: 'the next state',
    read: async (path: string) => next.get(path) ?? (await readPublished(path)),
  };
  const means: Means = { store: emptyStore(view), source, reference: now };
  try {
    const current = await refresh(trustedNow(view), means);
    const loaded = new Map<string, Metadata<Targets>>([['targets', current.targets.metadata]]);
    for (const role of view.staged.targets.keys()) await load(role, current, loaded, means);
    return [];
  } catch (error) {
    if (!(error instanceof StreamError)) throw error;
    const { place, code, message } = error;
    const { remedy } = CATALOGUE.STREAM_UNFIT;
    return [{ code: 'STREAM_UNFIT', verdict: 'refuse', place, reason: `${code}: ${message}`, remedy }];
  }
}

async function load(
  role: string,
  current: Current,
  loaded: Map<string, Metadata<Targets>>,
  means: Means,
): Promise<Metadata<Targets>> {
  const known = loaded.get(role);
  if (known !== undefined) return known;
  const delegator = await load(delegatorOf(role), current, loaded, means);
  const { metadata } = await loadRole(role, delegator, current, means);
  loaded.set(role, metadata);
  return metadata;
}

/** What a host has that followed the stream until now; before the first publication, the root that it is given. */
function trustedNow(view: View): Trusted {
  const { root, timestamp, snapshot } = view.published;
  const bytes = printEnvelope(root ?? nextRoot(view));
  const trusted = { metadata: firstRoot(bytes), bytes };
  return {
    root: trusted,
    timestamp:
      timestamp && held(printEnvelope(timestamp), (it) => nextTimestamp(trusted.metadata, undefined, it)),
    snapshot: snapshot && held(printEnvelope(snapshot), (it) => ownSnapshot(trusted.metadata, it)),
  };
}

function held<M>(bytes: Uint8Array, read: (bytes: Uint8Array) => M): { metadata: M; bytes: Uint8Array } {
  return { metadata: read(bytes), bytes };
}

/** Remembers nothing: all is read once. */
function emptyStore({ published }: View): TrustStore {
  return {
    embeddedRoot: () => Promise.resolve(undefined),
    rootCopies: () => Promise.resolve([]),
    newestRoot: () => Promise.resolve(published.root?.signed.version ?? 0),
    copies: () => Promise.resolve([]),
    keepRoot: () => Promise.resolve(),
    keep: () => Promise.resolve(),
  };
}
