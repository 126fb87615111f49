// SPDX-License-Identifier: GPL-2.0-or-later
/* The store of the journal: what a crash leaves is read, what a crash cannot leave is refused. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileDigest } from '@uptide/base';
import { clearStop, type HostError, judgeBoot, openJournal, trustFacts } from '@uptide/host';
import fc from 'fast-check';
import {
  addRecord,
  encodeBase,
  type JournalFile,
  MAX_BASE_BYTES,
  MAX_RECORD_BYTES,
  MAX_RECORDS,
  outdated,
  RECORDS_PER_BASE,
  type Reading,
  readJournal,
  relevant,
} from '../src/guard/decide/entry.ts';
import type { JournalRecord } from '../src/guard/decide/record.ts';
import { FakeMachine, HEALTHY } from './support/fake-machine.ts';
import { record } from './support/guard-records.ts';
import { codesOf, GuardedMachine, KERNEL, level } from './support/guarded-machine.ts';

const JOURNAL = 'var/lib/uptide/journal';
const WRITER = resolve(import.meta.dirname, 'support/journal-writer.ts');
const DAMAGED = { code: 'HOST_JOURNAL_DAMAGED' } satisfies Partial<HostError>;

type Disk = Map<string, Uint8Array>;

function read(disk: Disk): Reading {
  return readJournal(
    relevant([...disk.keys()]).map((name) => ({ name, bytes: disk.get(name) ?? Buffer.alloc(0) })),
  );
}

/** Some records that can follow each other. */
const records: fc.Arbitrary<JournalRecord[]> = fc
  .array(fc.constantFrom('boot', 'load', 'shutdown' as const), { minLength: 1, maxLength: 20 })
  .map((words) => {
    let boots = 1;
    const list: JournalRecord[] = [record.boot(boots)];
    for (const word of words) {
      if (word === 'boot') list.push(record.boot(++boots));
      if (word === 'load') list.push(record.load(boots), record.outcome('live'));
      if (word === 'shutdown') list.push(record.shutdown());
    }
    return list;
  });

/** The journal after each record. */
function histories(list: readonly JournalRecord[]): { file: JournalFile; after: Reading }[] {
  let reading = readJournal([]);
  return list.map((one) => {
    const added = addRecord(reading, one);
    reading = added.after;
    return added;
  });
}

describe('a journal that was cut off', () => {
  it('at any write, torn or not, says what the last whole record said', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (list, pick, part) => {
        const steps = histories(list);
        const whole = pick % (steps.length + 1);
        const disk: Disk = new Map(steps.slice(0, whole).map(({ file }) => [file.name, file.bytes]));
        // The write that did not end: a temporary file with a part of its bytes (writeFileAtomically).
        const torn = steps[whole]?.file;
        if (torn !== undefined) {
          const bytes = torn.bytes.subarray(0, Math.floor(part * torn.bytes.length));
          disk.set(`.${torn.name}.0123456789ab.tmp`, bytes);
        }
        assert.deepEqual(read(disk), steps[whole - 1]?.after ?? readJournal([]));
      }),
    );
  });
  it('while records were being folded says the same', () => {
    fc.assert(
      fc.property(records, fc.array(fc.boolean(), { maxLength: 64 }), (list, gone) => {
        const steps = histories(list);
        const last = steps.at(-1)?.after ?? readJournal([]);
        const base = encodeBase(last);
        const disk: Disk = new Map(
          [...steps.map(({ file }) => file), base].map((file) => [file.name, file.bytes]),
        );
        // Names go in any order: nothing is synced between them.
        for (const [at, name] of outdated([...disk.keys()]).entries())
          if (gone[at] === true) disk.delete(name);
        assert.deepEqual(read(disk), { ...last, base: last.number });
        const more = addRecord(read(disk), record.boot(99));
        disk.set(more.file.name, more.file.bytes);
        assert.deepEqual(read(disk), more.after);
      }),
    );
  });

  it('by kill -9 has every record that was said to be on the disk', async () => {
    const machine = new FakeMachine(HEALTHY);
    let said = 0;
    for (const milliseconds of [0, 3, 20, 45, 120]) {
      const child = spawn(process.execPath, [WRITER, machine.root], { stdio: ['ignore', 'pipe', 'inherit'] });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      await once(child.stdout, 'data');
      await sleep(milliseconds);
      child.kill('SIGKILL');
      await once(child, 'close');
      said = Number(text.trim().split('\n').at(-1));
      const { boot } = await openJournal(machine).state();
      const reached = Number(boot?.boot.slice(-12));
      assert.ok(reached === said || reached === said + 1, `${said} said, ${reached} read`);
      // The next writer counts boots by what is kept of them; begin anew for it.
      machine.drop(JOURNAL);
    }
    assert.ok(said > 0);
  });
});

describe('a journal that no crash leaves', () => {
  const list = [record.boot(1), record.load(1), record.outcome('live'), record.shutdown(), record.boot(2)];
  const disk = (): Disk => new Map(histories(list).map(({ file }) => [file.name, file.bytes]));

  it('is refused for any byte that changed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), (pick, offset, change) => {
        const files = disk();
        const name = [...files.keys()][pick % files.size] ?? '';
        const bytes = Uint8Array.from(files.get(name) ?? []);
        const at = offset % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ change;
        files.set(name, bytes);
        assert.throws(() => read(files), DAMAGED);
      }),
      { numRuns: 300 },
    );
  });
  it('is refused for any record that is cut off', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (pick, part) => {
        const files = disk();
        const name = [...files.keys()][pick % files.size] ?? '';
        const bytes = files.get(name) ?? new Uint8Array();
        files.set(name, bytes.subarray(0, Math.floor(part * bytes.length)));
        assert.throws(() => read(files), DAMAGED);
      }),
    );
  });
  it('is refused when a record before the last is missing', () => {
    for (const name of [...disk().keys()].slice(0, -1)) {
      const files = disk();
      files.delete(name);
      assert.throws(() => read(files), DAMAGED, name);
    }
  });
  it('is refused when the base is damaged, although older records are there', () => {
    const files = disk();
    const base = encodeBase(read(files));
    files.set(base.name, base.bytes.subarray(1));
    assert.throws(() => read(files), DAMAGED);
  });
  it('is refused when a record of another history stands in it', () => {
    const files = disk();
    const other = histories([record.boot(7), record.load(2), record.outcome('live')]).at(-1)?.file;
    files.set(other?.name ?? '', other?.bytes ?? new Uint8Array());
    assert.throws(() => read(files), DAMAGED);
  });

  /** A file with the right digest. */
  function sealed(text: string): Uint8Array {
    return Buffer.from(`${text}\nsha256:${fileDigest(Buffer.from(text))}\n`);
  }
  const forms: [string, string, Uint8Array][] = [
    ['what is not JSON', '00000001.json', sealed('{')],
    ['another schema', '00000001.json', sealed('{"schema":2}')],
    ['no record', '00000001.json', sealed('{"schema":1,"number":1}')],
    ['a base of another form', '00000001.base.json', sealed('{"schema":1,"number":1}')],
    ['an empty file', '00000001.json', new Uint8Array()],
    ['no second line', '00000001.json', Buffer.from('{}\n')],
    ['a record that is too large', '00000001.json', sealed(' '.repeat(MAX_RECORD_BYTES))],
    ['a base that is too large', '00000001.base.json', sealed(' '.repeat(MAX_BASE_BYTES))],
  ];
  for (const [what, name, bytes] of forms) {
    it(`is refused for ${what}`, () => assert.throws(() => readJournal([{ name, bytes }]), DAMAGED));
  }
  it('is refused when a file has the number of another', () => {
    const [first] = histories(list);
    const bytes = first?.file.bytes ?? new Uint8Array();
    assert.throws(() => readJournal([{ name: '00000002.json', bytes }]), DAMAGED);
    const base = encodeBase(first?.after ?? readJournal([]));
    assert.throws(() => readJournal([{ name: '00000002.base.json', bytes: base.bytes }]), DAMAGED);
  });
  it('is refused when it has more records than there ever are', () => {
    const files = Array.from({ length: MAX_RECORDS + 1 }, () => ({ name: 'x', bytes: new Uint8Array() }));
    assert.throws(() => readJournal(files), DAMAGED);
  });
});

describe('the journal on a machine', () => {
  it('never writes a record that would make it unreadable', async () => {
    const { journal } = new GuardedMachine();
    const write = journal.write((entries) => entries.append(record.outcome('live')));
    await assert.rejects(write, DAMAGED);
    assert.deepEqual(await journal.state(), readJournal([]).state);
  });
  it('is folded, and stays small', async () => {
    const { machine, journal } = new GuardedMachine();
    await journal.write(async (entries) => {
      for (let boot = 1; boot <= 2 * RECORDS_PER_BASE + 3; boot += 1) await entries.append(record.boot(boot));
    });
    const names = readdirSync(join(machine.root, JOURNAL)).sort();
    const base = String(2 * RECORDS_PER_BASE).padStart(8, '0');
    assert.equal(names[0], `${base}.base.json`);
    assert.equal(names.length, 4);
    assert.equal((await journal.state()).uncleanInARow, 2 * RECORDS_PER_BASE + 2);
  });
  it('loads nothing when it is damaged, says so, and begins anew when an administrator clears it', async () => {
    const guarded = new GuardedMachine();
    const { machine, journal } = guarded;
    await guarded.load(1);
    const [name = ''] = readdirSync(join(machine.root, JOURNAL));
    const path = join(machine.root, JOURNAL, name);
    writeFileSync(path, readFileSync(path).subarray(1));
    await assert.rejects(guarded.load(2), DAMAGED);
    await assert.rejects(judgeBoot(machine, journal), DAMAGED);
    assert.equal(guarded.inserted(), 1);
    assert.match((await trustFacts(journal, KERNEL)).stopped ?? '', /HOST_JOURNAL_DAMAGED/);
    const { setAside } = await clearStop(machine, journal);
    assert.ok(readdirSync(setAside ?? '').includes(name));
    // What is live is known and watched again, and was given to the kernel in this boot.
    const facts = await trustFacts(journal, KERNEL);
    assert.equal(facts.live?.update.level, 1);
    assert.deepEqual(facts.everLoaded, [level(1).description.id]);
    assert.equal((await guarded.load(2)).state, 'live');
  });
  it('that cannot be written to keeps the kernel from being touched', async () => {
    const guarded = new GuardedMachine({ [JOURNAL]: 'this is no folder' });
    await assert.rejects(guarded.load(1), (error: HostError) =>
      ['HOST_UNREADABLE', 'HOST_JOURNAL_UNWRITABLE'].includes(error.code),
    );
    assert.equal(guarded.inserted(), 0);
  });
  it('has one writer at a time', async () => {
    const guarded = new GuardedMachine();
    const outcomes = await Promise.all([guarded.load(1), guarded.load(1), guarded.load(1)]);
    const refused = outcomes.flatMap(codesOf);
    assert.deepEqual(refused, ['HOST_ALREADY_LOADED', 'HOST_ALREADY_LOADED']);
    assert.equal((await guarded.journal.state()).boot?.actions.length, 1);
  });
  it('is read while it is written', async () => {
    const { machine, journal } = new GuardedMachine();
    const writeBoots = (from: number, to: number): Promise<void> =>
      journal.write(async (entries) => {
        for (let boot = from; boot <= to; boot += 1) await entries.append(record.boot(boot));
      });
    await writeBoots(1, RECORDS_PER_BASE - 10);
    const writing = writeBoots(RECORDS_PER_BASE - 9, RECORDS_PER_BASE + 10);
    let before = 0;
    let done = false;
    void writing.then(() => {
      done = true;
    });
    while (!done) {
      const { uncleanInARow } = await openJournal(machine).state();
      assert.ok(uncleanInARow >= before);
      before = uncleanInARow;
      await sleep(10);
    }
    await writing;
  });
});
