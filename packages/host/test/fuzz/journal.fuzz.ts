// SPDX-License-Identifier: GPL-2.0-or-later
import { fileDigest } from '@uptide/base';
import { addRecord, encodeBase, readJournal } from '../../src/guard/decide/entry.ts';
import { complaintsOf, complaintsOfDump, readMessages } from '../../src/guard/decide/messages.ts';
import { judgeSwitches } from '../../src/guard/decide/switches.ts';
import { record } from '../support/guard-records.ts';

const first = addRecord(readJournal([]), record.boot(1));
const second = addRecord(first.after, record.load(1));

/** The content of a record and of a base, without their digests, and what else the guard reads. */
export const seeds: readonly Uint8Array[] = [
  lineOf(first.file.bytes),
  lineOf(encodeBase(second.after).bytes),
  Buffer.from('4,340,5,c,caller=T1;WARNING: CPU: 0 at x\n SUBSYSTEM=y\n'),
  Buffer.from('Panic#1 Part1\n<0>[   12.5][    T1] Kernel panic - not syncing: x\n'),
  Buffer.from('quiet uptide=no-apply,no-refresh "uptide=off"\n'),
];

/** A journal is read, or refused with a code, also when somebody made its digests right; all else is read. */
export function target(input: Uint8Array): void {
  const text = Buffer.from(input).toString();
  complaintsOf(readMessages(text));
  complaintsOfDump(text);
  judgeSwitches(text, text);
  if (!text.startsWith('{')) return;
  const sealed = Buffer.concat([input, Buffer.from(`\nsha256:${fileDigest(input)}\n`)]);
  const name = text.includes('"last"') ? '00000002.base.json' : '00000001.json';
  readJournal([{ name, bytes: sealed }]);
}

function lineOf(file: Uint8Array): Uint8Array {
  return file.subarray(0, Buffer.from(file).indexOf('\n'));
}
