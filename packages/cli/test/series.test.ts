// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Code, sha256, UptideError } from '@uptide/base';
import { decodeUpdate, encodeUpdate, type UpdateState } from '@uptide/stream';
import fc from 'fast-check';
import type { Naming } from '../src/glue/create.ts';
import type { Made } from '../src/glue/make.ts';
import { buildSeries, type LevelFiles, type SeriesBuild } from '../src/series/build.ts';
import { buildToJson } from '../src/series/describe.ts';
import { levelFiles, openSeries } from '../src/series/folder.ts';
import { compareWithLock, parseLock, printLock, type SeriesLock } from '../src/series/lock.ts';
import type { PlannedLevel, Series } from '../src/series/model.ts';
import { MAX_ENTRIES, MAX_SERIES_BYTES, parseSeries } from '../src/series/parse.ts';
import { planLevels } from '../src/series/plan.ts';
import { compareStates } from '../src/series/states.ts';
import { withFolder } from './support/corpus.ts';
import { madeUpdate } from './support/made-update.ts';

const KERNEL = '6.1.0-50-amd64';
const GOOD = `schema: 1
kernel: ${KERNEL}
entries:
  - id: a
    title: mends a
    cves: [CVE-2024-0001]
    advisory: https://example.org/1
    severity: high
    date: 2024-02-29
    patches: [a/1.patch, a/2.patch]
  - id: b
    title: mends b
    patches:
      - b.patch
`;

const parse = (text: string | Uint8Array): Series =>
  parseSeries(typeof text === 'string' ? Buffer.from(text) : text, 'series.yaml');

function code(work: () => unknown): Code | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof UptideError) return error.code;
    throw error;
  }
}

/** The plan of a series; a patch's text is its path unless it is given. */
function planOf(text = GOOD, texts: Readonly<Record<string, string>> = {}): readonly PlannedLevel[] {
  const series = parse(text);
  const paths = series.entries.flatMap(({ patches }) => patches);
  return planLevels(series, new Map(paths.map((path) => [path, Buffer.from(texts[path] ?? path)])));
}

describe('a series.yaml', () => {
  it('is read with all that it says', () => {
    assert.deepEqual(parse(GOOD), {
      kernel: KERNEL,
      entries: [
        {
          id: 'a',
          title: 'mends a',
          cves: ['CVE-2024-0001'],
          advisory: 'https://example.org/1',
          severity: 'high',
          date: '2024-02-29',
          patches: ['a/1.patch', 'a/2.patch'],
        },
        { id: 'b', title: 'mends b', cves: [], patches: ['b.patch'] },
      ],
    });
  });

  const wrong: [string, string | Uint8Array][] = [
    ['nothing', ''],
    ['another schema', GOOD.replace('schema: 1', 'schema: 2')],
    ['an unknown key', GOOD.replace('severity:', 'severeness:')],
    ['a key twice', GOOD.replace('severity: high', 'title: again')],
    ['no patches', GOOD.replace('[a/1.patch, a/2.patch]', '[]')],
    ['a path that goes up', GOOD.replace('a/1.patch', 'a/../../1.patch')],
    ['an absolute path', GOOD.replace('a/1.patch', '/a/1.patch')],
    ['a path with an odd character', GOOD.replace('a/1.patch', '"a\\n.patch"')],
    ['a long name of a patch', GOOD.replace('a/1.patch', `a/${'x'.repeat(81)}`)],
    ['an id twice', GOOD.replace('id: b', 'id: a')],
    ['a patch twice', GOOD.replace('b.patch', 'a/2.patch')],
    ['an id that is no name', GOOD.replace('id: b', 'id: ../b')],
    ['a CVE that is none', GOOD.replace('CVE-2024-0001', 'CVE-24-1')],
    ['a day that is none', GOOD.replace('2024-02-29', '2023-02-29')],
    ['a severity of its own', GOOD.replace('high', 'terrible')],
    ['no kernel release', GOOD.replace(KERNEL, 'a/b')],
    ['a CVE twice', GOOD.replace('[CVE-2024-0001]', '[CVE-2024-0001, CVE-2024-0001]')],
    ['an undoing of what is not there', `${GOOD}    undoes: [c]\n`],
    ['an undoing of itself', `${GOOD}    undoes: [b]\n`],
    ['an undoing of a later entry', GOOD.replace('    date:', '    undoes: [b]\n    date:')],
    [
      'two undoings of one entry',
      `${GOOD}    undoes: [a]\n  - id: c\n    title: t\n    patches: [c.patch]\n    undoes: [a]\n`,
    ],
    ['an alias', GOOD.replace('mends a', '&t mends a').replace('mends b', '*t')],
    ['a tag', GOOD.replace('mends a', '!mine mends a')],
    ['a second document', `${GOOD}---\n${GOOD}`],
    ['text that is no UTF-8', Buffer.concat([Buffer.from(GOOD), Buffer.from([0x23, 0xff, 0x0a])])],
    ['deep nesting', '['.repeat(20_000)],
    ['too much text', `${GOOD}#${'x'.repeat(MAX_SERIES_BYTES)}`],
    [
      'too many entries',
      `schema: 1\nkernel: k\nentries:\n${Array.from({ length: MAX_ENTRIES + 1 }, (_, n) => `  - {id: e${n}, title: t, patches: [p${n}]}\n`).join('')}`,
    ],
    [
      'aliases that stand for much more',
      `a: &a [x,x]\n${Array.from({ length: 30 }, (_, n) => `k${n}: &k${n} [*${n === 0 ? 'a' : `k${n - 1}`}, *${n === 0 ? 'a' : `k${n - 1}`}]`).join('\n')}\n`,
    ],
  ];
  for (const [what, text] of wrong) {
    it(`with ${what} is refused`, () => {
      assert.equal(
        code(() => parse(text)),
        'SERIES_INVALID',
      );
    });
  }

  it('is refused with the name of the key that is missing', () => {
    assert.throws(() => parse(GOOD.replace('    title: mends a\n', '')), /entries\.0\.title: it is missing/);
  });
  it('is refused with the line', () => {
    assert.throws(
      () => parse(GOOD.replace('high', 'terrible')),
      (error) => error instanceof UptideError && error.place.line === 8,
    );
  });
  it('of any bytes is read or refused, never more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...GOOD.split(/\b/), '&a ', '*a', '{', '[', ': ', '\n')),
        (words) => {
          const found = code(() => parse(words.join('')));
          assert.ok(found === undefined || found === 'SERIES_INVALID');
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('the plan of a series', () => {
  it('has every patch up to a level, in order', () => {
    assert.deepEqual(
      planOf().map(({ level, patches, own, fixes }) => [
        level,
        patches.map(({ path }) => path),
        own.map(({ path }) => path),
        fixes.map(({ id }) => id),
      ]),
      [
        [1, ['a/1.patch', 'a/2.patch'], ['a/1.patch', 'a/2.patch'], ['a']],
        [2, ['a/1.patch', 'a/2.patch', 'b.patch'], ['b.patch'], ['a', 'b']],
      ],
    );
  });
  it('has no fix, and none of its CVEs, that a later entry took back', () => {
    const text = `${GOOD}  - id: c\n    title: takes a back\n    patches: [c.patch]\n    undoes: [a]\n`;
    const patch = (words: string): string => `${words}\n--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n`;
    const plan = planOf(text, { 'a/1.patch': patch('CVE-2024-0009'), 'a/2.patch': patch('more') });
    assert.deepEqual(
      plan.map(({ fixes, undone }) => [
        fixes.map(({ id }) => id),
        undone.map(({ id, cves }) => [id, ...cves]),
      ]),
      [
        [['a'], []],
        [['a', 'b'], []],
        [['b', 'c'], [['a', 'CVE-2024-0001', 'CVE-2024-0009']]],
      ],
    );
    assert.equal(plan[0]?.entryDigest, planOf()[0]?.entryDigest);
    assert.notEqual(plan[2]?.entryDigest, planOf(text.replace('    undoes: [a]\n', '')).at(2)?.entryDigest);
  });
  it('does not see comments and the order of keys', () => {
    const other = GOOD.replace('    title: mends b\n', '').replace(
      '- b.patch',
      '- b.patch # said\n    title: mends b',
    );
    assert.deepEqual(planOf(other), planOf());
  });
});

describe('the lock of a series', () => {
  const lockOf = (plan: readonly PlannedLevel[]): SeriesLock =>
    parseLock(
      Buffer.from(
        printLock(
          KERNEL,
          plan.map((level) => ({ plan: level, update: 'ab'.repeat(32) })),
        ),
      ),
      'series.lock.json',
    );
  const changes = (text: string, texts: Readonly<Record<string, string>> = {}) => {
    const series = { kernel: parse(text).kernel, file: 'series.yaml' };
    return compareWithLock(lockOf(planOf()), series, planOf(text, texts)).map(({ code, verdict, place }) => {
      assert.equal(verdict, 'refuse');
      return [code, place.file];
    });
  };
  const CHANGED = 'SERIES_LEVEL_CHANGED';

  it('lets a series grow', () => {
    assert.deepEqual(changes(`${GOOD}  - {id: c, title: mends c, patches: [c.patch]}\n`), []);
    assert.deepEqual(changes(GOOD), []);
  });
  it('names the patch that was edited', () => {
    assert.deepEqual(changes(GOOD, { 'a/2.patch': 'edited' }), [[CHANGED, 'a/2.patch']]);
  });
  it('names the patch that was taken out', () => {
    assert.deepEqual(changes(GOOD.replace('a/1.patch, ', '')), [[CHANGED, 'a/1.patch']]);
  });
  const edits: [string, string][] = [
    ['removes a level', GOOD.slice(0, GOOD.indexOf('  - id: b'))],
    ['adds a patch to one', GOOD.replace('- b.patch', '- b.patch\n      - c.patch')],
    ['reorders patches', GOOD.replace('a/1.patch, a/2.patch', 'a/2.patch, a/1.patch')],
    ['says something else of one', GOOD.replace('mends b', 'mends more')],
    ['takes a CVE from one', GOOD.replace('    cves: [CVE-2024-0001]\n', '')],
    ['gives one another id', GOOD.replace('id: b', 'id: z')],
    ['is for another kernel', GOOD.replace(KERNEL, '6.1.0-51-amd64')],
  ];
  for (const [what, text] of edits) {
    it(`refuses a series that ${what}`, () => {
      assert.deepEqual(changes(text), [[CHANGED, 'series.yaml']]);
    });
  }
  it('refuses a series whose levels changed places', () => {
    const [head = '', a = '', b = ''] = GOOD.split(/(?=^ {2}- id)/m);
    assert.deepEqual(changes(`${head}${b}${a}`), [
      [CHANGED, 'series.yaml'],
      [CHANGED, 'series.yaml'],
    ]);
  });

  const bad: [string, string | Uint8Array][] = [
    ['no JSON', '{'],
    ['another schema', printLock(KERNEL, []).replace('"schema": 1', '"schema": 2')],
    ['a digest that is none', JSON.stringify({ schema: 1, kernel: KERNEL, levels: [{ level: 1 }] })],
    ['levels with a gap', JSON.stringify(lockOf(planOf())).replace('"level":2', '"level":3')],
    ['no UTF-8', Buffer.from([0xff])],
    ['too much text', ' '.repeat(16 * 1024 * 1024 + 1)],
  ];
  for (const [what, text] of bad) {
    it(`with ${what} is not believed`, () => {
      const bytes = typeof text === 'string' ? Buffer.from(text) : text;
      assert.equal(
        code(() => parseLock(bytes, 'series.lock.json')),
        'SERIES_LOCK_INVALID',
      );
    });
  }
});

describe('the states of two levels', () => {
  const compare = (before: readonly [string, number][], after: readonly [string, number][]) => {
    const level = (level: number, states: readonly [string, number][]) => ({
      level,
      states: states.map(([id, version]): UpdateState => ({ id, version })),
    });
    return compareStates(level(1, before), level(2, after)).map(({ code, verdict }) => [code, verdict]);
  };
  const LOST = ['SERIES_STATE_LOST', 'refuse'];
  const ONE_WAY = ['SERIES_ONE_WAY', 'review'];
  const cases: [string, readonly [string, number][], readonly [string, number][], string[][]][] = [
    ['that are the same replace each other', [['0x1', 1]], [['0x1', 1]], []],
    ['of which one is missing', [['0x1', 1]], [], [LOST]],
    ['of which one is older', [['0x1', 2]], [['0x1', 1]], [LOST]],
    ['of which one is newer', [['0x1', 1]], [['0x1', 2]], [ONE_WAY]],
    ['of which one is added', [], [['0x1', 0]], [ONE_WAY]],
    ['that are exchanged', [['0x1', 1]], [['0x2', 1]], [LOST, ONE_WAY]],
  ];
  for (const [what, before, after, found] of cases) {
    it(`${what}: ${found.length === 0 ? 'nothing' : found.map(([code]) => code).join(', ')}`, () => {
      assert.deepEqual(compare(before, after), found);
    });
  }
});

/** A maker whose module is a function of the patches, with the states that a level is given. */
class Maker {
  readonly asked: (number | undefined)[] = [];
  states: Readonly<Record<number, readonly UpdateState[]>> = {};
  refused: number | undefined;
  salt = '';

  readonly make = async (patches: PlannedLevel['patches'], naming: Naming): Promise<Made> => {
    const { level = 0, title = '', cves, fixes, patchNames = [] } = naming;
    this.asked.push(level);
    const refused: Made['outcome'] = { verdict: 'no-change', findings: [], notes: [], update: undefined };
    if (level === this.refused) return { outcome: refused, update: undefined };
    const sample = madeUpdate();
    const states = this.states[level];
    const update = {
      ...sample,
      description: {
        ...sample.description,
        level,
        title,
        cves: [...cves],
        ...(fixes === undefined ? {} : { fixes: [...fixes] }),
        ...(states === undefined ? {} : { states: [...states] }),
      },
      module: Buffer.from(sha256(this.salt, ...patches.map(({ bytes }) => bytes))),
      patches: patches.map(({ bytes }, index) => ({ name: patchNames[index] ?? '', bytes })),
    };
    return { outcome: { ...refused, verdict: 'made' }, update };
  };
}

/** The files of levels in memory. */
class Files implements LevelFiles {
  readonly files = new Map<string, Uint8Array>();
  readonly read = async (name: string): Promise<Uint8Array | undefined> => this.files.get(name);
  readonly write = async (name: string, bytes: Uint8Array): Promise<void> => {
    this.files.set(name, bytes);
  };
}

const build = (maker: Maker, files: Files, lock?: SeriesLock): Promise<SeriesBuild> =>
  buildSeries({ plan: planOf(), lock, files, make: maker.make, reporter: { note: () => {} } });

const lockOf = ({ levels }: SeriesBuild): SeriesLock =>
  parseLock(
    Buffer.from(
      printLock(
        KERNEL,
        levels.map(({ plan, digest }) => ({ plan, update: digest })),
      ),
    ),
    'l',
  );

const ways = ({ levels }: SeriesBuild): string[] => levels.map(({ how }) => how);

describe('a build of a series', () => {
  it('makes each level with what the entries say', async () => {
    const files = new Files();
    assert.deepEqual(ways(await build(new Maker(), files)), ['made', 'made']);
    const { description, patches } = decodeUpdate(files.files.get('level-2.uptide') ?? Buffer.alloc(0));
    assert.deepEqual(
      [description.level, description.title, description.cves, description.fixes?.map(({ id }) => id)],
      [2, 'mends b', ['CVE-2024-0001'], ['a', 'b']],
    );
    assert.deepEqual(
      patches.map(({ name }) => name),
      ['a-1.patch', 'a-2.patch', 'b.patch'],
    );
  });
  it('leaves a file that is what would be made, with its proof', async () => {
    const files = new Files();
    await build(new Maker(), files);
    const proven = {
      ...decodeUpdate(files.files.get('level-1.uptide') ?? Buffer.alloc(0)),
      proof: Buffer.from('{}'),
    };
    const bytes = encodeUpdate(proven);
    files.files.set('level-1.uptide', bytes);
    files.files.set('level-2.uptide', Buffer.from('damaged'));
    assert.deepEqual(ways(await build(new Maker(), files)), ['same', 'made']);
    assert.equal(files.files.get('level-1.uptide'), bytes);
  });
  it('takes published levels as they are, and makes those that are gone', async () => {
    const [files, maker] = [new Files(), new Maker()];
    const lock = lockOf(await build(new Maker(), files));
    files.files.delete('level-2.uptide');
    assert.deepEqual(ways(await build(maker, files, lock)), ['published', 'made']);
    assert.deepEqual(maker.asked, [2]);
  });
  it('refuses to make another update of a published level, and writes nothing', async () => {
    const lock = lockOf(await build(new Maker(), new Files()));
    const [files, maker] = [new Files(), new Maker()];
    maker.salt = 'another compiler';
    const { stopped } = await build(maker, files, lock);
    assert.deepEqual(
      stopped?.findings.map(({ code, place }) => [code, place.file]),
      [['SERIES_LEVEL_CHANGED', 'level-1.uptide']],
    );
    assert.equal(files.files.size, 0);
  });
  it('refuses a level that loses a state, and ends there', async () => {
    const [files, maker] = [new Files(), new Maker()];
    maker.states = { 1: [{ id: '0x1', version: 1 }] };
    const ended = await build(maker, files);
    assert.deepEqual(
      ended.stopped?.findings.map(({ code }) => code),
      ['SERIES_STATE_LOST'],
    );
    assert.deepEqual([...files.files.keys()], ['level-1.uptide']);
    assert.equal(Reflect.get(buildToJson(KERNEL, ended, []), 'verdict'), 'refused');
  });
  it('says of a level that it cannot be left for the one before', async () => {
    const maker = new Maker();
    maker.states = { 2: [{ id: '0x1', version: 1 }] };
    const ended = await build(maker, new Files());
    assert.deepEqual(
      ended.levels[1]?.findings.map(({ code }) => code),
      ['SERIES_ONE_WAY'],
    );
    const levels: unknown = Reflect.get(buildToJson(KERNEL, ended, []), 'levels');
    assert.ok(Array.isArray(levels));
    assert.deepEqual(
      levels.map(({ back }) => back),
      [true, false],
    );
  });
  it('ends with the status of the level that cannot be made', async () => {
    const maker = new Maker();
    maker.refused = 1;
    const { stopped, levels } = await build(maker, new Files());
    assert.deepEqual([stopped?.ending, stopped?.plan.level, levels.length], ['noFunctionalChange', 1, 0]);
    assert.deepEqual(maker.asked, [1]);
  });
});

describe('the folder of a series', () => {
  it('is named by itself or by its file', () =>
    withFolder(async (folder) => {
      await mkdir(join(folder, 'a'));
      await writeFile(join(folder, 'series.yaml'), GOOD);
      for (const path of ['a/1.patch', 'a/2.patch', 'b.patch']) await writeFile(join(folder, path), path);
      const opened = await openSeries(folder);
      assert.deepEqual(opened, await openSeries(join(folder, 'series.yaml')));
      assert.deepEqual(opened.plan, planOf());
      assert.equal(opened.lock, undefined);
      await writeFile(opened.lockFile, 'damaged');
      await assert.rejects(openSeries(folder), { code: 'SERIES_LOCK_INVALID' });
    }));
  it('is not read when a patch is not there', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'series.yaml'), GOOD);
      await assert.rejects(openSeries(folder), { code: 'FILE_UNREADABLE' });
    }));
  it('gets the levels in a folder that is made', () =>
    withFolder(async (folder) => {
      const files = await levelFiles(join(folder, 'x', 'y'));
      assert.equal(await files.read('level-1.uptide'), undefined);
      await files.write('level-1.uptide', Buffer.from('1'));
      assert.equal(String(await readFile(join(folder, 'x', 'y', 'level-1.uptide'))), '1');
      await assert.rejects(levelFiles(join(folder, 'x', 'y', 'level-1.uptide', 'z')), {
        code: 'FILE_UNWRITABLE',
      });
    }));
});
