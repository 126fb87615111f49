// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Code, QUIET, type Reporter, UptideError } from '@uptide/base';
import { decodeUpdate } from '@uptide/stream';
import { readFixes } from '../src/corpus/fixes.ts';
import { KeptResults } from '../src/corpus/kept.ts';
import type { CorpusVerdict, Fix } from '../src/corpus/model.ts';
import { type CorpusRun, runCorpus } from '../src/corpus/run.ts';
import { corpusToMarkdown } from '../src/corpus/table.ts';
import { type Fate, TARGET, Ways, withFolder } from './support/corpus.ts';

const FIXES: readonly Fix[] = ['a', 'b', 'c'].map((name) => ({
  name,
  path: `${name}.patch`,
  bytes: Buffer.from(`fix of ${name}`),
  title: `mends ${name}`,
  cves: [],
}));

interface Options {
  readonly fixes?: readonly Fix[];
  readonly jobs?: number;
  readonly prove?: boolean;
  readonly fresh?: boolean;
  readonly reporter?: Reporter;
  readonly signal?: AbortSignal;
}

async function run(folder: string, ways: Ways, options: Options = {}): Promise<CorpusRun> {
  return await runCorpus({
    target: TARGET,
    fixes: FIXES,
    kept: new KeptResults(folder),
    jobs: 2,
    prove: false,
    fresh: false,
    reporter: QUIET,
    signal: new AbortController().signal,
    ways,
    ...options,
  });
}

const verdicts = ({ entries }: CorpusRun): readonly CorpusVerdict[] =>
  entries.map(({ create }) => create.verdict);

describe('the patches of a folder', () => {
  it('are read in the order of their names, with the titles of a manifest beside the folder', () =>
    withFolder(async (folder) => {
      await mkdir(join(folder, 'patches'));
      for (const name of ['b.patch', 'CVE-2024-0001.patch', 'notes.txt', '.patch']) {
        await writeFile(join(folder, 'patches', name), name);
      }
      const manifest = [{ cve: 'CVE-2024-0001', title: 'keys' }, { cve: 'b' }, 7, null];
      await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
      const fixes = await readFixes(join(folder, 'patches'));
      assert.deepEqual(
        fixes.map(({ name, title, cves }) => [name, title, cves]),
        [
          ['CVE-2024-0001', 'keys', ['CVE-2024-0001']],
          ['b', undefined, []],
        ],
      );
      assert.equal(Buffer.from(fixes[1]?.bytes ?? []).toString(), 'b.patch');
    }));

  for (const [what, files] of [
    ['no folder', undefined],
    ['no patch', { 'a.diff': '' }],
    ['a manifest that is no JSON', { 'a.patch': '', 'manifest.json': '[' }],
    ['a manifest that is no array', { 'a.patch': '', 'manifest.json': '{}' }],
  ] as const) {
    it(`are refused when there is ${what}`, () =>
      withFolder(async (folder) => {
        const place = join(folder, 'patches');
        if (files !== undefined) {
          await mkdir(place);
          for (const [name, text] of Object.entries(files)) await writeFile(join(place, name), text);
        }
        await assert.rejects(readFixes(place), { code: 'FILE_UNREADABLE' });
      }));
  }
});

describe('a run over a corpus', () => {
  it('makes and proves each patch, and keeps update and proof', () =>
    withFolder(async (folder) => {
      const ways = new Ways();
      const result = await run(folder, ways, { prove: true });
      assert.deepEqual(verdicts(result), ['made', 'made', 'made']);
      assert.deepEqual(
        result.entries.map(({ patch, proof }) => [patch, proof?.proof.verdict]),
        [
          ['a', 'proven'],
          ['b', 'proven'],
          ['c', 'proven'],
        ],
      );
      const { proof, description } = decodeUpdate(await readFile(join(folder, 'updates', 'b.uptide')));
      assert.equal(description.title, 'mends b');
      assert.equal(JSON.parse(Buffer.from(proof ?? []).toString()).verdict, 'proven');
    }));

  it('does nothing again', () =>
    withFolder(async (folder) => {
      const first = await run(folder, new Ways(), { prove: true });
      const ways = new Ways();
      const second = await run(folder, ways, { prove: true });
      assert.deepEqual(ways.asked, []);
      assert.deepEqual(second, { entries: first.entries, fresh: 0 });
      assert.equal(first.fresh, 3);
    }));

  it('does again what is asked for, and what another patch was', () =>
    withFolder(async (folder) => {
      await run(folder, new Ways(), { prove: true });
      const all = new Ways();
      await run(folder, all, { prove: true, fresh: true });
      assert.equal(all.asked.length, 6);
      const one = new Ways();
      const fixes = FIXES.map((fix) => (fix.name === 'b' ? { ...fix, bytes: Buffer.from('other') } : fix));
      const { fresh } = await run(folder, one, { prove: true, fixes });
      assert.deepEqual(one.asked, ['make b', 'prove b']);
      assert.equal(fresh, 1);
    }));

  it('proves later what was made before', () =>
    withFolder(async (folder) => {
      await run(folder, new Ways());
      const ways = new Ways();
      await run(folder, ways, { prove: true, jobs: 1 });
      assert.deepEqual(ways.asked, ['prove a', 'prove b', 'prove c']);
    }));

  it('makes again what it finds damaged', () =>
    withFolder(async (folder) => {
      await run(folder, new Ways(), { prove: true });
      await writeFile(join(folder, 'results', 'a.json'), '{');
      const ways = new Ways();
      const result = await run(folder, ways, { prove: true });
      assert.deepEqual(ways.asked, ['make a', 'prove a']);
      assert.deepEqual(verdicts(result), ['made', 'made', 'made']);
    }));

  it('keeps a proof when another title makes the same module', () =>
    withFolder(async (folder) => {
      await run(folder, new Ways(), { prove: true });
      const ways = new Ways();
      const fixes = FIXES.map((fix) => ({ ...fix, title: 'another' }));
      const { entries } = await run(folder, ways, { prove: true, fixes, jobs: 1 });
      assert.deepEqual(ways.asked, ['make a', 'make b', 'make c']);
      assert.equal(entries[2]?.proof?.proof.verdict, 'proven');
    }));

  it('keeps a proof also when none is asked for', () =>
    withFolder(async (folder) => {
      await run(folder, new Ways(), { prove: true });
      const fixes = FIXES.map((fix) => ({ ...fix, title: 'another' }));
      const { entries } = await run(folder, new Ways(), { fixes });
      assert.deepEqual(
        entries.map(({ proof }) => proof?.proof.verdict),
        ['proven', 'proven', 'proven'],
      );
      const { proof } = decodeUpdate(await readFile(join(folder, 'updates', 'a.uptide')));
      assert.ok(proof !== undefined);
    }));

  it('makes again an update that is gone, and puts its proof into it', () =>
    withFolder(async (folder) => {
      await run(folder, new Ways(), { prove: true });
      await rm(join(folder, 'updates', 'a.uptide'));
      const ways = new Ways();
      await run(folder, ways, { prove: true });
      assert.deepEqual(ways.asked, ['make a']);
      const { proof } = decodeUpdate(await readFile(join(folder, 'updates', 'a.uptide')));
      assert.ok(proof !== undefined);
    }));

  it('takes away the update of a patch that is refused now', () =>
    withFolder(async (folder) => {
      await run(folder, new Ways());
      await run(folder, new Ways({ b: { refusals: [{ code: 'CUT_PERCPU', symbol: 'x' }] } }), {
        fresh: true,
      });
      assert.deepEqual(await readdir(join(folder, 'updates')), ['a.uptide', 'c.uptide']);
    }));

  it('ends with the first error that would stop the others too, and starts none after it', () =>
    withFolder(async (folder) => {
      const ways = new Ways({ a: { error: new UptideError('DISK_FULL', 'no space') } });
      await assert.rejects(run(folder, ways, { jobs: 1 }), { code: 'DISK_FULL' });
      assert.deepEqual(ways.asked, ['make a']);
    }));

  it('keeps what is done when it is interrupted', () =>
    withFolder(async (folder) => {
      const controller = new AbortController();
      const reporter = { ...QUIET, progress: () => controller.abort() };
      const ways = new Ways();
      await assert.rejects(run(folder, ways, { jobs: 1, reporter, signal: controller.signal }));
      const rest = new Ways();
      await run(folder, rest, { jobs: 1 });
      assert.deepEqual([ways.asked, rest.asked], [['make a'], ['make b', 'make c']]);
    }));

  it('runs as many at a time as it is told', () =>
    withFolder(async (folder) => {
      const ways = new Ways();
      await run(folder, ways, { jobs: 2 });
      assert.equal(ways.most, 2);
    }));
});

describe('a verdict', () => {
  const init = { code: 'COMPARE_INIT_CHANGED', symbol: 'x_init' } as const;
  const thrown = (code: Code) => ({ error: new UptideError(code, 'why') });
  const cases: [string, Fate, CorpusVerdict][] = [
    ['refused for a refusal', { refusals: [{ code: 'CUT_PERCPU', symbol: 'x' }] }, 'refused'],
    ['init only when nothing else is in the way', { refusals: [init] }, 'init-only'],
    [
      'init only when the same function has no match',
      { refusals: [init, { code: 'MATCH_NOT_SHIPPED', symbol: 'x_init' }] },
      'init-only',
    ],
    [
      'refused when something else is in the way too',
      { refusals: [init, { code: 'CUT_PERCPU', symbol: 'y' }] },
      'refused',
    ],
    ['not built', thrown('PATCH_NOT_BUILT'), 'not-built'],
    ['no change', thrown('PATCH_NO_CODE'), 'no-change'],
    ['refused for a patch that does not apply', thrown('PATCH_DOES_NOT_APPLY'), 'refused'],
    ['refused for code that does not compile', thrown('COMPILE_FAILED'), 'refused'],
    ['an error for a fault of ours', thrown('INTERNAL'), 'error'],
    ['an error for a tool that failed', thrown('TOOL_FAILED'), 'error'],
    ['an error for what no rule foresees', { error: new TypeError('x is not a function') }, 'error'],
  ];
  for (const [what, way, wanted] of cases) {
    it(`is ${what}`, () =>
      withFolder(async (folder) => {
        const result = await run(folder, new Ways({ b: way }));
        assert.deepEqual(verdicts(result), ['made', wanted, 'made']);
      }));
  }
});

describe('the table', () => {
  const FACTS = {
    date: '2026-11-23',
    version: '0.1.0',
    release: '6.1.0-50-amd64',
    sourceVersion: '6.1.176-1',
    compiler: 'gcc-12',
    folder: 'patches',
    took: 90_000,
    fresh: 3,
    jobs: 2,
  };

  it('has a row for each patch, and the reasons of those that are not made', () =>
    withFolder(async (folder) => {
      const ways = new Ways({ b: { refusals: [{ code: 'CUT_PERCPU', symbol: 'x|y' }] } });
      const { entries } = await run(folder, ways, { prove: true });
      const lines = corpusToMarkdown(entries, FACTS).split('\n');
      assert.ok(lines.some((line) => line.startsWith('| made | 2 | ') && line.includes('66.7 % of the 3')));
      assert.match(
        lines.find((line) => line.startsWith('| a |')) ?? '',
        /\| made \| `vmlinux`: `f` \| proven \|/,
      );
      assert.match(lines.find((line) => line.startsWith('| b |')) ?? '', /\| refused \| .*`CUT_PERCPU`/);
      assert.ok(lines.includes('- **b** mends b'));
    }));

  it('tells some findings of a kind, and counts the others', () =>
    withFolder(async (folder) => {
      const refusals = Array.from({ length: 9 }, (_, i) => ({
        code: 'CUT_PERCPU' as const,
        symbol: `x${i}`,
      }));
      const { entries } = await run(folder, new Ways({ b: { refusals } }));
      const told = corpusToMarkdown(entries, FACTS)
        .split('\n')
        .filter((line) => line.startsWith('  - `CUT_PERCPU`'));
      assert.equal(told.length, 5);
      assert.equal(told[4], '  - `CUT_PERCPU` 5 more of them');
    }));

  it('cannot be broken by what a patch says', () =>
    withFolder(async (folder) => {
      const fixes = FIXES.map((fix) => ({ ...fix, title: 'a | b\n# <b>\u001b[31m' }));
      const { entries } = await run(folder, new Ways(), { fixes });
      const text = corpusToMarkdown(entries, FACTS);
      assert.equal(text.split('\n').filter((line) => line.startsWith('#')).length, 2);
      assert.ok(text.includes('a \\| b # \\<b\\>'));
      assert.ok(!text.includes('\u001b'));
    }));
});
