// SPDX-License-Identifier: GPL-2.0-or-later
import { type Kind, readMetadata } from '../support/metadata.ts';
import { Simulator } from '../support/simulator.ts';

/** The first byte says of which kind the rest is. */
const KINDS: readonly Kind[] = ['root', 'timestamp', 'snapshot', 'targets'];

const stream = new Simulator();
stream.measured = true;
stream.addTarget('targets', 'debian-12/6.1/c0ffee/index.json', '{}', { level: 1 });
stream.delegate('targets', { name: 'debian-12', paths: ['debian-12/*/*/*'] });
stream.publishTargets('debian-12', 'targets');
const bins = new Simulator();
bins.addBins('targets', 4, 'bin');
bins.publish('targets');

const FILES = [
  'metadata/1.root.json',
  'metadata/timestamp.json',
  'metadata/2.snapshot.json',
  'metadata/2.targets.json',
];

/** Inputs that reach deep into the reader. */
export const seeds: readonly Uint8Array[] = [
  ...FILES.map((path, kind) => Buffer.concat([Buffer.from([kind]), stream.file(path)])),
  Buffer.concat([Buffer.from([3]), bins.file('metadata/2.targets.json')]),
];

/** Metadata is read, verified and searched, or refused with a code. */
export function target(input: Uint8Array): void {
  readMetadata(KINDS[(input[0] ?? 0) % KINDS.length] ?? 'root', input.subarray(1));
}
