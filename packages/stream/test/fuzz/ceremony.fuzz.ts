// SPDX-License-Identifier: GPL-2.0-or-later
/** What is carried between the machines of those who sign: keys, requests, signatures. */
import { newPlainKey, printKeyFile, publicPart, readKeyFile } from '../../src/keys/key-file.ts';
import { readRequest, readSignatures } from '../../src/publish/ceremony.ts';
import { foundStream } from '../../src/repository/found.ts';
import { makeRequest } from '../../src/repository/request.ts';
import { settingsSchema } from '../../src/repository/settings.ts';
import { publicKeyOf } from '../../src/repository/sign.ts';
import { summarize } from '../../src/repository/summary.ts';

const key = newPlainKey('root');
const one = { keys: [publicKeyOf(key.public)], threshold: 1 };
const staged = foundStream(
  {
    top: { root: one, targets: one, snapshot: one, timestamp: one },
    series: [{ name: 'debian-12', signers: one }],
    rollout: one,
  },
  settingsSchema.parse({ schema: 1, name: 'a stream', expiryDays: {} }),
  Date.UTC(2026, 10, 1),
);
const request = makeRequest({ published: { targets: new Map() }, staged }, 'a stream', []);
const signature = { role: 'root', digest: 'ab'.repeat(32), keyid: 'ab'.repeat(32), sig: 'ab'.repeat(64) };

/** Inputs that reach deep into the readers. */
export const seeds: readonly Uint8Array[] = [
  printKeyFile(key),
  printKeyFile(publicPart(key)),
  Buffer.from(JSON.stringify(request)),
  Buffer.from(JSON.stringify({ schema: 1, signatures: [signature] })),
];

/** Each is read as what it says it is, or refused with a code; a request that is read can be shown. */
export function target(input: Uint8Array): void {
  const text = Buffer.from(input).toString('latin1');
  if (text.includes('"private"') || /"kind": ?"public"/.test(text)) readKeyFile(input, 'key');
  else if (text.includes('"signatures"')) readSignatures(input, 'signatures');
  else summarize(readRequest(input, 'request'));
}
