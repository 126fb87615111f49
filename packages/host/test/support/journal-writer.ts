// SPDX-License-Identifier: GPL-2.0-or-later
/** Writes records into the journal of the machine below a folder until it is killed, and says each that is durable. */
import { Machine, openJournal } from '@uptide/host';
import { record } from './guard-records.ts';

const [, , root = ''] = process.argv;
const journal = openJournal(new Machine(root, { isRoot: () => true }));
await journal.write(async (entries) => {
  let boots = entries.state.history.length + (entries.state.boot === undefined ? 0 : 1);
  for (;;) {
    boots += 1;
    await entries.append(record.boot(boots));
    process.stdout.write(`${boots}\n`);
  }
});
