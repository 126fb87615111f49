// SPDX-License-Identifier: GPL-2.0-or-later
import { cvesPath, osvPath, vexPath } from '../formats/paths.ts';
import { printJson } from '../update/json.ts';
import { cvesFile } from './cves.ts';
import type { FeedInput } from './model.ts';
import { osvRecords } from './osv.ts';
import { vexDocument } from './vex.ts';

/** A file of a feed, with its target path. */
export interface FeedFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** All feeds of one kernel: `cves.json`, the OSV records, and the VEX document when there is a CVE to speak of. */
export function kernelFeeds(input: FeedInput): FeedFile[] {
  const { distribution, kernel } = input.index;
  const place = { distribution, release: kernel.release, buildId: kernel.buildId };
  const vex = vexDocument(input);
  return [
    { path: cvesPath(place), bytes: printJson(cvesFile(input)) },
    ...osvRecords(input).map(({ id, record }) => ({ path: osvPath(place, id), bytes: printJson(record) })),
    ...(vex === undefined ? [] : [{ path: vexPath(place), bytes: printJson(vex) }]),
  ];
}
