// SPDX-License-Identifier: GPL-2.0-or-later
/** The guard of a host as a program for a guest: one word of what to do, one line of JSON of what came of it. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileDigest, QUIET, UptideError, writeFileAtomically } from '@uptide/base';
import {
  archivePath,
  clearStop,
  guardedLoad,
  guardedUnload,
  judgeBoot,
  Machine,
  markShutdown,
  openJournal,
  promote,
  reapply,
  trustFacts,
} from '@uptide/host';
import { decodeUpdate } from '@uptide/stream';

const PATIENCE = { wait: 60, reporter: QUIET, signal: new AbortController().signal };
const machine = new Machine();
const journal = openJournal(machine);

const WORDS: Readonly<Record<string, (argument: string) => Promise<unknown>>> = {
  load: async (path) => {
    const bytes = await readFile(path);
    const archive = fileDigest(bytes);
    const cached = machine.path(archivePath(archive));
    await mkdir(dirname(cached), { recursive: true });
    if (!existsSync(cached)) await writeFileAtomically(cached, bytes);
    const options = { ...PATIENCE, unmatched: false, by: 'agent' as const, archive };
    return await guardedLoad(machine, journal, decodeUpdate(bytes), options);
  },
  unload: () => guardedUnload(machine, journal, undefined, { ...PATIENCE, by: 'hand' }),
  boot: () => judgeBoot(machine, journal),
  promote: (hours) => promote(machine, journal, { hours: Number(hours) }),
  reapply: () => reapply(machine, journal, PATIENCE),
  shutdown: () => markShutdown(machine, journal),
  clear: () => clearStop(machine, journal),
  facts: async () => {
    const { kernel } = (await journal.state()).boot ?? {};
    return kernel === undefined ? {} : await trustFacts(journal, kernel);
  },
};

const [, , word = '', argument = ''] = process.argv;
try {
  console.log(JSON.stringify((await WORDS[word]?.(argument)) ?? {}));
} catch (error) {
  if (!(error instanceof UptideError)) throw error;
  console.log(JSON.stringify({ error: error.code, reason: error.message }));
  process.exitCode = 1;
}
