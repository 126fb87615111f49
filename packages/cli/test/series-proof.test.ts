// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '@uptide/base';
import { LOADS, type Proof, type ProveResult, proofInputs, type UpdateToProve } from '@uptide/lab';
import { decodeUpdate, encodeUpdate, type Update, type UpdateState } from '@uptide/stream';
import { describeProof, requirePrevious, toProve } from '../src/glue/proof.ts';
import { readGuest, readWishes } from '../src/glue/proof-wishes.ts';
import { compareCallbacks, type LevelCallbacks } from '../src/series/callbacks.ts';
import { buildToJson, describeBuild } from '../src/series/describe.ts';
import { openSeries, withSeries } from '../src/series/folder.ts';
import { levelFile } from '../src/series/model.ts';
import { parseSeries } from '../src/series/parse.ts';
import { planLevels } from '../src/series/plan.ts';
import { probePlace } from '../src/series/probes.ts';
import { proveSeries } from '../src/series/prove.ts';
import { withFolder } from './support/corpus.ts';
import { madeUpdate } from './support/made-update.ts';
import { uptide } from './support/uptide.ts';

const SERIES = `schema: 1
kernel: 6.1.0-50-amd64
entries:
  - {id: a, title: mends a, patches: [a/1.patch]}
  - {id: b, title: mends b, patches: [b/1.patch], probe: probes/b.sh}
  - {id: c, title: mends c, patches: [c.patch]}
`;
const FIXES = ['a', 'b', 'c'].map((id) => ({ id, title: `mends ${id}`, cves: [] }));

/** A level of the series with a module of its own. */
function level(number: number, states: readonly UpdateState[] = []): Update {
  const update = madeUpdate();
  const fixes = FIXES.slice(0, number);
  const description = {
    ...update.description,
    level: number,
    fixes,
    states: [...states],
    module: `uptide_${number}`,
  };
  return { ...update, description, module: Buffer.from(`level ${number}`) };
}

const withProof = (update: Update, proof: object): Update => ({
  ...update,
  proof: Buffer.from(JSON.stringify(proof)),
});

/** What the lab would say. */
function proofOf(wanted: UpdateToProve, verdict: Proof['verdict']): ProveResult {
  const { kernel } = madeUpdate().description;
  const module = '00';
  const levels = { level: 1, previous: null, back: wanted.level?.previous?.back ?? null, steps: [] };
  const rest = { steps: [], objects: [], functions: [], probes: [], findings: [], runs: [] };
  const { release, buildId } = kernel;
  const proof: Proof = {
    schema: 1,
    release,
    buildId,
    update: wanted.update.name,
    module,
    verdict,
    processors: 2,
    inputs: proofInputs(wanted),
    levels,
    ...rest,
  };
  return { proof: { ...proof, module: digestOf(wanted) }, boots: [] };
}

function digestOf({ update }: UpdateToProve): string {
  return proofInputs({ files: [{ path: 'm', content: update.bytes }] }).files[0]?.sha256 ?? '';
}

class Lab {
  readonly asked: [number, UpdateToProve][] = [];
  readonly files = new Map<string, Update>();
  verdicts: Readonly<Record<number, Proof['verdict']>> = {};

  readonly run = async (updates: readonly Update[], guest: Pick<UpdateToProve, 'loads' | 'files'> = {}) => {
    const series = parseSeries(Buffer.from(SERIES), 'series.yaml');
    const patches = series.entries.flatMap((entry) => entry.patches);
    const plan = planLevels(series, new Map(patches.map((path) => [path, Buffer.from(path)])));
    const levels = updates.flatMap((update, index) => {
      const planned = plan[index];
      return planned === undefined ? [] : [{ plan: planned, update }];
    });
    const probes = ['a', 'b'].map((fix, index) => ({ fix, level: index + 1, script: `probe ${fix}` }));
    const proofs = await proveSeries({
      levels,
      probes,
      guest,
      files: {
        write: async (name, bytes) => {
          this.files.set(name, decodeUpdate(bytes));
        },
      },
      prove: async (number, wanted) => {
        this.asked.push([number, wanted]);
        return proofOf(wanted, this.verdicts[number] ?? 'proven');
      },
    });
    return { proofs, levels };
  };

  /** The levels as their files are now. */
  levels(): Update[] {
    return [1, 2, 3].flatMap((number) => this.files.get(levelFile(number)) ?? []);
  }
}

describe('the probe of a fix', () => {
  const { entries } = parseSeries(Buffer.from(SERIES), 'series.yaml');
  it('is named, or lies beside patches in a folder of their own', () => {
    assert.deepEqual(
      entries.map((entry) => probePlace(entry, entries)),
      [{ path: 'a/probe.sh', named: false }, { path: 'probes/b.sh', named: true }, undefined],
    );
  });
  it('lies in no folder that has patches of others, and not between two folders', () => {
    const entry = (id: string, ...patches: string[]) => ({ id, title: id, cves: [], patches });
    const shared = [entry('a', 'x/1.patch'), entry('b', 'x/2.patch'), entry('c', 'y/1.patch', 'z/1.patch')];
    for (const one of shared) assert.equal(probePlace(one, shared), undefined);
  });
  it('is no part of what is published of its level', () => {
    const digests = (text: string) => {
      const series = parseSeries(Buffer.from(text), 'series.yaml');
      const patches = series.entries.flatMap((one) => one.patches);
      return planLevels(series, new Map(patches.map((path) => [path, Buffer.from(path)]))).map(
        ({ entryDigest, fixes }) => [entryDigest, fixes],
      );
    };
    assert.deepEqual(digests(SERIES.replace(', probe: probes/b.sh', '')), digests(SERIES));
  });
  it('is read with the series, and has to be there when it is named', () =>
    withFolder(async (folder) => {
      for (const path of ['a', 'b', 'probes']) await mkdir(join(folder, path));
      await writeFile(join(folder, 'series.yaml'), SERIES);
      for (const path of ['a/1.patch', 'b/1.patch', 'c.patch', 'b/probe.sh']) {
        await writeFile(join(folder, path), path);
      }
      await assert.rejects(openSeries(folder), { code: 'FILE_UNREADABLE' });
      await writeFile(join(folder, 'probes/b.sh'), 'b');
      assert.deepEqual((await openSeries(folder)).probes, [{ fix: 'b', level: 2, script: 'b' }]);
      await writeFile(join(folder, 'a/probe.sh'), 'a');
      assert.deepEqual(
        (await openSeries(folder)).probes.map(({ fix }) => fix),
        ['a', 'b'],
      );
    }));
});

describe('the probe of a fix that a later entry takes back', () => {
  it('is read with the level that does so', () =>
    withFolder(async (folder) => {
      await mkdir(join(folder, 'probes'));
      await mkdir(join(folder, 'a'));
      await mkdir(join(folder, 'b'));
      const undoing = SERIES.replace('[c.patch]', '[c.patch], undoes: [b]');
      await writeFile(join(folder, 'series.yaml'), undoing);
      await writeFile(join(folder, 'probes/b.sh'), 'b');
      for (const path of ['a/1.patch', 'b/1.patch', 'c.patch']) {
        await writeFile(join(folder, path), '--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n');
      }
      const { probes, plan } = await openSeries(folder);
      assert.deepEqual(probes, [{ fix: 'b', level: 2, until: 3, script: 'b' }]);
      assert.deepEqual(
        plan.at(-1)?.undone.map(({ id }) => id),
        ['b'],
      );
    }));
});

describe('the proof of a series', () => {
  it('proves each level against the one before, with the probes of its fixes', async () => {
    const lab = new Lab();
    const { proofs } = await lab.run([level(1), level(2), level(3)], { loads: LOADS });
    assert.deepEqual(
      lab.asked.map(([number, wanted]) => [
        number,
        wanted.level?.level,
        wanted.level?.previous?.update.name,
        wanted.fixProbes?.map(({ fix }) => fix),
        wanted.loads?.length,
      ]),
      [
        [1, 1, undefined, ['a'], 3],
        [2, 2, 'uptide_1', ['a', 'b'], 3],
        [3, 3, 'uptide_2', ['a', 'b'], 3],
      ],
    );
    assert.deepEqual(
      proofs.map(({ how, verdict, back }) => [how, verdict, back]),
      [
        ['proven', 'proven', null],
        ['proven', 'proven', true],
        ['proven', 'proven', true],
      ],
    );
    assert.ok(lab.levels().every(({ proof }) => proof !== undefined));
  });
  it('proves nothing twice', async () => {
    const lab = new Lab();
    await lab.run([level(1), level(2), level(3)]);
    const again = new Lab();
    const { proofs } = await again.run(lab.levels());
    assert.deepEqual(again.asked, []);
    assert.equal(again.files.size, 0);
    assert.deepEqual(
      proofs.map(({ how }) => how),
      ['kept', 'kept', 'kept'],
    );
  });
  it('proves again what was proven of something else', async () => {
    const lab = new Lab();
    await lab.run([level(1), level(2), level(3)]);
    const [one = level(1), two = level(2), three = level(3)] = lab.levels();
    const other = { ...two, module: Buffer.from('another') };
    const changed = new Lab();
    await changed.run([one, other, three]);
    assert.deepEqual(
      changed.asked.map(([number]) => number),
      [2, 3],
    );
    const loaded = new Lab();
    await loaded.run([one, two, three], { loads: LOADS });
    assert.equal(loaded.asked.length, 3);
  });
  it('proves again what failed, or what no proof can be read of', async () => {
    const [one, two] = [withProof(level(1), { schema: 1 }), level(2)];
    const failed = encodeUpdate(withProof(two, proofOf(toProve(two, one), 'failed').proof));
    const lab = new Lab();
    await lab.run([one, decodeUpdate(failed)]);
    assert.equal(lab.asked.length, 2);
  });
  it('ends at the first level whose proof fails, and keeps that proof', async () => {
    const lab = new Lab();
    lab.verdicts = { 2: 'failed' };
    const { proofs, levels } = await lab.run([level(1), level(2), level(3)]);
    assert.deepEqual(
      proofs.map(({ verdict }) => verdict),
      ['proven', 'failed'],
    );
    assert.deepEqual([...lab.files.keys()], ['level-1.uptide', 'level-2.uptide']);
    const built = {
      levels: levels.map((one) => ({ ...one, how: 'made' as const, digest: '', findings: [] })),
    };
    assert.equal(Reflect.get(buildToJson('k', built, [], proofs), 'verdict'), 'failed');
    assert.match(
      describeBuild(built, [], proofs),
      /level-2.uptide {2}made {2}failed .*\nlevel-3.uptide {2}made {2}not proven /,
    );
  });
  it('says where states allow no way back', async () => {
    const lab = new Lab();
    const { proofs, levels } = await lab.run([level(1), level(2, [{ id: '0x1', version: 1 }])]);
    assert.equal(lab.asked[1]?.[1].level?.previous?.back, false);
    const built = {
      levels: levels.map((one) => ({ ...one, how: 'same' as const, digest: '', findings: [] })),
    };
    assert.match(describeBuild(built, [], proofs), /proven, one way/);
  });
});

describe('a level before', () => {
  it('is an earlier level of the same kernel', () => {
    requirePrevious(level(2), level(1));
    for (const previous of [level(2), level(3)]) {
      assert.throws(() => requirePrevious(level(2), previous), { code: 'PROVE_OTHER_PREVIOUS' });
    }
    const one = level(1);
    const kernel = { ...one.description.kernel, buildId: '00'.repeat(20) };
    const other = { ...one, description: { ...one.description, kernel } };
    assert.throws(() => requirePrevious(level(2), other), { code: 'PROVE_OTHER_PREVIOUS' });
  });
  it('makes a level of an update that is of no series', () => {
    assert.equal(toProve(madeUpdate()).level, undefined);
    const { fixes: _fixes, ...bare } = level(1).description;
    assert.equal(toProve(level(2), { ...level(1), description: bare }).level?.previous?.level, 1);
  });
});

describe('the proof of a level, as people read it', () => {
  const { proof } = proofOf(toProve(level(2), level(1)), 'proven');
  const levels = { level: 2, previous: { level: 1, update: 'uptide_1', module: '' }, back: true, steps: [] };
  const run = (state: 'before' | 'after', status: number) => ({
    probe: 'fix' as const,
    fix: 'a',
    state,
    mustPass: state === 'after',
    status,
    stdout: '',
    stderr: '',
  });
  it('says from which level it goes and comes back, and how long that took', () => {
    const rounds = [{ load: 'files', rounds: 7 }];
    const runs = [{ boot: 'live', step: 'replace', transition: 12.34, rounds, log: [] }] as const;
    const probes = [run('before', 1), run('after', 0)];
    const text = describeProof({ ...proof, levels, runs, probes });
    assert.match(text, /level 2, also from level 1 and from 2 back to 1/);
    assert.match(text, /live {2}replace {2}12\.3 ms {2}files 7/);
    assert.match(text, /probes of fixes: 2 runs, each as it has to be/);
    assert.match(
      describeProof({ ...proof, levels: { ...levels, back: false } }),
      /from level 1 and not back/,
    );
    assert.match(
      describeProof({ ...proof, levels: { ...levels, previous: null } }),
      /without the level before/,
    );
  });
  it('names a probe that did not end as it had to', () => {
    assert.match(
      describeProof({ ...proof, levels, probes: [run('after', 1)] }),
      /^ {2}a {2}after {2}status 1$/m,
    );
  });
});

describe('what a proof is asked to be made with', () => {
  it('has all loads for a level, and none for an update alone', async () => {
    const names = async (update: Update, load?: readonly string[]) =>
      (await readWishes({ load }, update)).loads?.map(({ name }) => name);
    assert.deepEqual(await names(level(1)), ['files', 'network', 'processes']);
    assert.deepEqual(await names(madeUpdate()), []);
    assert.deepEqual(await names(level(1), ['none']), []);
    assert.deepEqual(await names(madeUpdate(), ['network', 'network']), ['network']);
  });
  it('takes scripts and files of this machine', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'my.sh'), 'true\n');
      await writeFile(join(folder, 'a:b'), 'x');
      const found = await readGuest(
        { load: [join(folder, 'my.sh')], file: [join(folder, 'a:b'), `${join(folder, 'my.sh')}:/x/y`] },
        true,
      );
      assert.deepEqual(found.loads, [{ name: 'my', script: 'true\n' }]);
      assert.deepEqual(
        found.files?.map(({ path }) => path),
        ['files/a:b', 'x/y'],
      );
      await assert.rejects(readGuest({ load: ['nothing'] }, true), { code: 'PROVE_NO_SUCH_LOAD' });
    }));
  it('has a probe for each fix that is named, and else for the one that the level brings', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'p=q.sh');
      await writeFile(file, 'probe');
      const probes = async (update: Update, ...probe: string[]) =>
        (await readWishes({ probe, load: ['none'] }, update)).fixProbes;
      const script = 'probe';
      assert.deepEqual(await probes(level(2), file, `a=${file}`), [
        { fix: 'a', level: 1, script },
        { fix: 'b', level: 2, script },
      ]);
      assert.deepEqual(await probes(madeUpdate(), file), [
        { fix: 'update', level: madeUpdate().description.level, script },
      ]);
      await assert.rejects(probes(level(2), `c=${file}`), { code: 'PROVE_NO_SUCH_FIX' });
      await assert.rejects(probes(level(2), file, `b=${file}`), { code: 'PROVE_NO_SUCH_FIX' });
    }));
});

describe('callbacks of two levels', () => {
  type Kinds = NonNullable<LevelCallbacks['objects'][number]['callbacks']>;
  const at = (number: number, callbacks: Kinds): LevelCallbacks => ({
    level: number,
    objects: [{ name: 'vmlinux', callbacks }],
  });
  const codes = (before: Kinds, after: Kinds, back = true) =>
    compareCallbacks(at(1, before), at(2, after), back).map(({ code, verdict }) => `${code} ${verdict}`);
  it('that have the same leave nothing undone', () => {
    assert.deepEqual(codes(['pre_patch', 'post_unpatch'], ['pre_patch', 'post_unpatch']), []);
  });
  it('lose what the level before would have undone', () => {
    assert.deepEqual(codes(['pre_patch', 'post_unpatch'], []), ['SERIES_CALLBACK_LOST review']);
    assert.deepEqual(codes(['pre_patch'], []), []);
  });
  it('keep what the new one did when the level before comes back, where it can', () => {
    assert.deepEqual(codes([], ['pre_patch']), ['SERIES_CALLBACK_KEPT review']);
    assert.deepEqual(codes([], ['pre_patch'], false), []);
  });
});

describe('two builds of one series', () => {
  it('wait for each other', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'series.yaml'), SERIES);
      const order: string[] = [];
      const reporter = {
        notes: 0,
        note() {
          this.notes += 1;
        },
      };
      const { promise: secondIsAsked, resolve: askSecond } = Promise.withResolvers<void>();
      const first = withSeries(folder, reporter, async () => {
        order.push('a begins');
        await secondIsAsked;
        while (reporter.notes === 0) await sleep(5);
        order.push('a ends');
      });
      while (order.length === 0) await sleep(5);
      const second = withSeries(
        join(folder, 'series.yaml'),
        reporter,
        async () => {
          order.push('b');
        },
        0,
      );
      askSecond();
      await Promise.all([first, second]);
      assert.deepEqual(order, ['a begins', 'a ends', 'b']);
    }));
  it('are refused where there is no series', () =>
    withFolder(async (folder) => {
      const { status, stdout } = await uptide(['build', 'nothing', '--json'], folder);
      assert.equal(status, EXIT.badInput);
      assert.equal(JSON.parse(stdout).error.code, 'FILE_UNREADABLE');
    }));
});

describe('uptide prove', () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ['a level before that is none', ['--previous', 'level-2.uptide'], 'PROVE_OTHER_PREVIOUS'],
    ['a load that is none', ['--load', 'everything'], 'PROVE_NO_SUCH_LOAD'],
    ['a probe for a fix that is none', ['--probe', 'z=level-2.uptide'], 'PROVE_NO_SUCH_FIX'],
    ['a file that is none', ['--file', '.'], 'LAB_BAD_GUEST_FILE'],
  ];
  for (const [what, args, code] of cases) {
    it(`refuses ${what}, before it boots anything`, () =>
      withFolder(async (folder) => {
        await writeFile(join(folder, 'level-2.uptide'), encodeUpdate(level(2)));
        const { status, stdout } = await uptide(['prove', 'level-2.uptide', ...args, '--json'], folder);
        assert.equal(status, EXIT.badInput);
        assert.equal(JSON.parse(stdout).error.code, code);
      }));
  }
});
