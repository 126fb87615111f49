// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock, writeFileAtomically } from '@uptide/base';
import { HostError } from '../error.ts';
import { codeOf, type Machine } from '../machine.ts';
import { recordFolder } from '../records.ts';
import {
  addRecord,
  encodeBase,
  type JournalFile,
  outdated,
  RECORDS_PER_BASE,
  type Reading,
  readJournal,
  relevant,
} from './decide/entry.ts';
import type { GuardState, JournalRecord } from './decide/record.ts';

export const JOURNAL = 'var/lib/uptide/journal';
/** A reader that meets a folding of records begins anew; nobody folds that often. */
const READ_TRIES = 20;

/** What is written while the lock is held. */
export interface Entries {
  /** What the records so far come to. */
  readonly state: GuardState;
  /** Adds a record; it is on the disk when this returns. */
  append(record: JournalRecord): Promise<void>;
}

/**
 * The journal of a machine. Readers see a whole number of records and need no lock; who writes holds the lock from
 * what it reads to the last record, so that what was decided still holds when it is done.
 */
export class Journal {
  readonly #machine: Machine;
  readonly #folder: string;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#folder = machine.path(JOURNAL);
  }

  /**
   * What the journal knows now.
   *
   * @throws HostError HOST_JOURNAL_DAMAGED, HOST_UNREADABLE.
   */
  async state(): Promise<GuardState> {
    return (await this.#read()).state;
  }

  /**
   * Runs `work` with the lock held; one process at a time does.
   *
   * @throws HostError HOST_JOURNAL_DAMAGED, HOST_JOURNAL_UNWRITABLE, HOST_UNREADABLE.
   */
  async write<T>(work: (entries: Entries) => Promise<T>): Promise<T> {
    return await this.#locked(async () => {
      let reading = await this.#read();
      return await work({
        get state() {
          return reading.state;
        },
        append: async (record) => {
          reading = await this.#append(reading, record);
        },
      });
    });
  }

  /**
   * Puts a damaged journal aside, under a name beside it, so that a new one can begin.
   *
   * @returns where it lies now.
   */
  async setAside(): Promise<string> {
    return await this.#locked(async () => {
      const aside = `${this.#folder}.damaged-${Math.trunc(this.#machine.effects.time() / 1000)}`;
      await rename(this.#folder, aside);
      return aside;
    });
  }

  async #locked<T>(work: () => Promise<T>): Promise<T> {
    return await withLock(join(await recordFolder(this.#machine), 'journal.lock'), work);
  }

  async #read(): Promise<Reading> {
    for (let tries = 0; tries < READ_TRIES; tries += 1) {
      const names = relevant(await this.#names());
      const files = await Promise.all(
        names.map(async (name) => ({ name, bytes: await this.#machine.bytes(`${JOURNAL}/${name}`) })),
      );
      const here = files.flatMap(({ name, bytes }) => (bytes === undefined ? [] : [{ name, bytes }]));
      try {
        if (here.length === files.length) return readJournal(here);
      } catch (error) {
        // A list of names that was read while some were added may lack one (readdir(3)).
        const again = relevant(await this.#names());
        if (names.join() === again.join()) throw error;
      }
    }
    throw new HostError('HOST_UNREADABLE', 'it changes all the time', { place: { file: `/${JOURNAL}` } });
  }

  async #append(before: Reading, record: JournalRecord): Promise<Reading> {
    const { file, after } = addRecord(before, record);
    await this.#store(file);
    if (after.number - after.base < RECORDS_PER_BASE) return after;
    await this.#store(encodeBase(after));
    for (const name of outdated(await this.#names())) await rm(join(this.#folder, name), { force: true });
    return { ...after, base: after.number };
  }

  async #store({ name, bytes }: JournalFile): Promise<void> {
    const path = join(this.#folder, name);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o755 });
      await writeFileAtomically(path, bytes);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const place = { file: `/${JOURNAL}/${name}` };
      throw new HostError('HOST_JOURNAL_UNWRITABLE', reason, { place, cause: error });
    }
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      const place = { file: `/${JOURNAL}` };
      throw new HostError('HOST_UNREADABLE', String(error), { place, cause: error });
    }
  }
}
