// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TranslationUnit } from '@uptide/kernel';
import type { AffectedUnit } from '../src/affected/model.ts';
import { type CompileOptions, compileUnits } from '../src/compile/compile.ts';
import type { CompileResult } from '../src/compile/model.ts';
import { withWorkFolder } from '../src/work-folder.ts';
import { failsLater } from './support/fails.ts';
import { type FakeTree, fakeUnit, withFakeTree } from './support/fake-tree.ts';

const A = '#include <config.h>\nint a(void) { return CONFIG; }\nint value = 5;\n';
const FILES = {
  'include/config.h': '#define CONFIG 7\n',
  'fs/a.c': A,
  'fs/b.c': 'int b(void) { return 1; }\n',
  'fs/Makefile': '',
};

function withTree(work: (tree: FakeTree) => Promise<void>): Promise<void> {
  return withFakeTree(FILES, ['fs/a.c', 'fs/b.c'], work);
}

function affected(unit: TranslationUnit, changedSources = [unit.source]): AffectedUnit {
  const reason = changedSources.includes(unit.source) ? 'source' : 'includes';
  return { unit, owners: unit.owners, changedSources, reason };
}

type Changes = Readonly<Record<string, string>>;

async function compile(
  tree: FakeTree,
  changes: Changes,
  options: Partial<CompileOptions> = {},
): Promise<CompileResult> {
  const units = Object.keys(changes).map((path) => affected(tree.units.get(path) ?? fakeUnit(path)));
  return await compileUnits({
    baseline: tree.baseline,
    workFolder: tree.workFolder,
    units,
    postFiles: new Map(Object.entries(changes).map(([path, text]) => [path, Buffer.from(text)])),
    ...options,
  });
}

/** A compiler that writes a line into a file of the baseline's cache each time it is run. */
async function countingCompiler(tree: FakeTree): Promise<() => Promise<number>> {
  const log = join(tree.baseline.cache, 'runs');
  await tree.write('cc', `#!/bin/sh\necho run >> '${log}'\nexec gcc-12 "$@"\n`);
  for (const [source, unit] of tree.units) {
    tree.units.set(source, { ...unit, compile: ['./cc', ...unit.compile.slice(1)] });
  }
  return async () => (existsSync(log) ? (await readFile(log, 'utf8')).split('\n').length - 1 : 0);
}

/** Every path of a folder with its time of change. */
async function listing(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return await Promise.all(
    names.sort().map(async (name) => `${name} ${(await stat(join(folder, name))).mtimeMs}`),
  );
}

describe('compiling pre and post', () => {
  it('gives both objects, with a section for each symbol, and leaves the tree alone', () =>
    withTree(async (tree) => {
      const before = await listing(tree.baseline.tree);
      const { units, findings, notes } = await compile(tree, {
        'fs/a.c': A.replace('CONFIG;', 'CONFIG + 1;'),
      });
      assert.equal(units.length, 1);
      assert.deepEqual([findings, notes, units[0]?.notes], [[], [], []]);
      for (const object of [units[0]?.pre, units[0]?.post]) {
        const text = Buffer.from(object ?? []).toString('latin1');
        assert.ok(text.includes('.text.a\0') && text.includes('.data.value\0'));
      }
      assert.notDeepEqual(units[0]?.pre, units[0]?.post);
      assert.notEqual(units[0]?.preKey, units[0]?.postKey);
      assert.deepEqual(await listing(tree.baseline.tree), before);
    }));
  it('gives the same bytes for the same text, wherever it is compiled', () =>
    withTree(async (tree) => {
      const first = await compile(tree, { 'fs/a.c': A });
      assert.deepEqual(first.units[0]?.pre, first.units[0]?.post);
      const workFolder = join(tree.workFolder, 'with, comma and space');
      await mkdir(workFolder);
      const second = await compile(
        tree,
        { 'fs/a.c': A },
        { workFolder, baseline: { ...tree.baseline, digest: 'other' } },
      );
      assert.deepEqual(second.units[0]?.post, first.units[0]?.post);
      assert.notEqual(second.units[0]?.preKey, first.units[0]?.preKey);
      assert.equal(Buffer.from(first.units[0]?.post ?? []).includes(tree.workFolder), false);
    }));
  it('sees patched files of other folders', () =>
    withTree(async (tree) => {
      const post = new Map([['include/config.h', Buffer.from('#define CONFIG 8\n')]]);
      const unit = affected(fakeUnit('fs/a.c'), ['include/config.h']);
      const { units } = await compile(tree, {}, { units: [unit], postFiles: post });
      const same = await compile(tree, { 'fs/a.c': A.replace('CONFIG;', '8;') });
      assert.notDeepEqual(units[0]?.post, units[0]?.pre);
      const code = (object: Uint8Array | undefined): boolean =>
        Buffer.from(object ?? []).includes(Buffer.from([0xb8, 8, 0, 0, 0, 0xc3]));
      assert.deepEqual([units[0]?.pre, units[0]?.post, same.units[0]?.post].map(code), [false, true, true]);
    }));
  it('compiles many units with few compilers, in the order given', () =>
    withTree(async (tree) => {
      const { units } = await compile(tree, { 'fs/b.c': 'int b;\n', 'fs/a.c': A }, { jobs: 1 });
      assert.deepEqual(
        units.map(({ unit }) => unit.source),
        ['fs/b.c', 'fs/a.c'],
      );
    }));
  it('reads neither flags nor folders from the environment', () =>
    withTree(async (tree) => {
      await writeFile(join(tree.workFolder, 'config.h'), '#error leaked\n');
      process.env.CPATH = tree.workFolder;
      process.env.C_INCLUDE_PATH = tree.workFolder;
      try {
        tree.units.set('fs/a.c', {
          ...fakeUnit('fs/a.c'),
          compile: fakeUnit('fs/a.c').compile.map((word) =>
            word === '-Iinclude' ? '-idirafterinclude' : word,
          ),
        });
        assert.equal((await compile(tree, { 'fs/a.c': A })).units.length, 1);
      } finally {
        delete process.env.CPATH;
        delete process.env.C_INCLUDE_PATH;
      }
    }));
});

describe('objects that were compiled before', () => {
  it('are not compiled again: pre for every patch, post for the same patch', () =>
    withTree(async (tree) => {
      const runs = await countingCompiler(tree);
      const first = await compile(tree, { 'fs/a.c': 'int a;\n' });
      assert.equal(await runs(), 2);
      assert.deepEqual(await compile(tree, { 'fs/a.c': 'int a;\n' }), first);
      assert.equal(await runs(), 2);
      await compile(tree, { 'fs/a.c': 'int b;\n' });
      assert.equal(await runs(), 3);
      await compile(tree, { 'fs/a.c': 'int a;\n' }, { baseline: { ...tree.baseline, digest: 'other' } });
      assert.equal(await runs(), 5);
    }));
  it('are compiled again when the command or a step after it changes', () =>
    withTree(async (tree) => {
      const runs = await countingCompiler(tree);
      await compile(tree, { 'fs/b.c': 'int b;\n' });
      const unit = tree.units.get('fs/b.c');
      assert.ok(unit);
      tree.units.set('fs/b.c', { ...unit, compile: unit.compile.toSpliced(1, 0, '-DX') });
      await compile(tree, { 'fs/b.c': 'int b;\n' });
      assert.equal(await runs(), 4);
    }));
  it('are compiled again when what was kept is damaged', () =>
    withTree(async (tree) => {
      const first = await compile(tree, { 'fs/a.c': 'int a;\n' });
      const folder = join(tree.baseline.cache, 'objects');
      for (const name of await readdir(folder)) {
        const bytes = await readFile(join(folder, name));
        bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 0xff;
        await writeFile(join(folder, name), bytes);
      }
      assert.deepEqual(await compile(tree, { 'fs/a.c': 'int a;\n' }), first);
    }));
  it('are not mixed up when two creates run at once', () =>
    withTree(async (tree) => {
      const texts = ['int a1(void) { return 1; }\n', 'int a2(void) { return 2; }\n'];
      const alone = await Promise.all(
        texts.map((text) =>
          compile(tree, { 'fs/a.c': text }, { baseline: { ...tree.baseline, digest: text } }),
        ),
      );
      const both = await Promise.all(texts.map((text) => compile(tree, { 'fs/a.c': text })));
      assert.deepEqual(
        both.map(({ units }) => units[0]?.post),
        alone.map(({ units }) => units[0]?.post),
      );
      assert.deepEqual(both[0]?.units[0]?.pre, both[1]?.units[0]?.pre);
    }));
});

describe('what does not compile', () => {
  it('is told in the words of the compiler, of all units, with paths of the tree', () =>
    withTree(async (tree) => {
      const error = await failsLater('COMPILE_FAILED', () =>
        compile(tree, { 'fs/a.c': 'int a = ;\n', 'fs/b.c': '#error no b\n' }),
      );
      assert.equal(error.exitStatus, 4);
      assert.match(error.message, /^fs\/a\.c:1:9: error: expected expression/m);
      assert.match(error.message, /^fs\/b\.c:1:2: error: #error no b/m);
      assert.equal(error.message.includes(tree.workFolder), false);
    }));
  it('is not the fault of the patch when pre does not compile either', () =>
    withTree(async (tree) => {
      await tree.write('fs/b.c', '#error broken\n');
      const error = await failsLater('COMPILE_PRE_FAILED', () => compile(tree, { 'fs/b.c': 'int b = ;\n' }));
      assert.match(error.message, /broken/);
    }));
  it('is not kept', () =>
    withTree(async (tree) => {
      const runs = await countingCompiler(tree);
      for (const expected of [2, 3]) {
        await failsLater('COMPILE_FAILED', () => compile(tree, { 'fs/a.c': 'int a = ;\n' }));
        assert.equal(await runs(), expected);
      }
    }));
  it('is a matter of the disk when the disk is full', () =>
    withTree(async (tree) => {
      await tree.write('cc', '#!/bin/sh\necho "as: x.o: No space left on device" >&2\nexit 1\n');
      const unit = { ...fakeUnit('fs/a.c'), compile: ['./cc', ...fakeUnit('fs/a.c').compile.slice(1)] };
      tree.units.set('fs/a.c', unit);
      await failsLater('DISK_FULL', () => compile(tree, { 'fs/a.c': A }));
    }));
  it('for want of a compiler names its package', () =>
    withTree(async (tree) => {
      const unit = { ...fakeUnit('fs/a.c'), compile: ['gcc-none', ...fakeUnit('fs/a.c').compile.slice(1)] };
      tree.units.set('fs/a.c', unit);
      const error = await failsLater('TOOL_MISSING', () => compile(tree, { 'fs/a.c': A }));
      assert.match(error.remedy, /gcc-none/);
    }));
});

describe('a unit that is thought to include a changed file', () => {
  const part = new Map([['fs/part.c', Buffer.from('int part(void) { return 2; }\n')]]);
  const withPart = (work: (tree: FakeTree) => Promise<void>): Promise<void> =>
    withFakeTree(
      {
        ...FILES,
        'fs/part.c': 'int part(void) { return 1; }\n',
        'fs/whole.c': '#ifdef WHOLE\n#include "part.c"\n#endif\nint whole;\n',
      },
      [],
      work,
    );
  it('is compiled with it', () =>
    withPart(async (tree) => {
      const unit = affected(fakeUnit('fs/whole.c', ['-DWHOLE']), ['fs/part.c']);
      const { units } = await compile(tree, {}, { units: [unit], postFiles: part });
      assert.notDeepEqual(units[0]?.pre, units[0]?.post);
      assert.deepEqual(units[0]?.changedSources, ['fs/part.c']);
    }));
  it('is passed over with a note when the compiler does not read it', () =>
    withPart(async (tree) => {
      const units = [affected(fakeUnit('fs/whole.c'), ['fs/part.c']), affected(fakeUnit('fs/part.c'))];
      const result = await compile(tree, {}, { units, postFiles: part });
      assert.deepEqual(
        result.units.map(({ unit }) => unit.source),
        ['fs/part.c'],
      );
      assert.equal(result.notes.length, 1);
    }));
  it('ends the way when it is the only one', () =>
    withPart(async (tree) => {
      const units = [affected(fakeUnit('fs/whole.c'), ['fs/part.c'])];
      await failsLater('PATCH_NOT_BUILT', () => compile(tree, {}, { units, postFiles: part }));
    }));
});

describe('a path that goes up through a link', () => {
  const files = {
    'lib/part.c': 'int part(void) { return 1; }\n',
    'include/deep/part.h': '#include "../../lib/part.c"\n',
    'fs/a.c': '#include "deep/part.h"\n',
  };
  const post = new Map([['lib/part.c', Buffer.from('int part(void) { return 2; }\n')]]);

  it('in a header leads to the patched file', () =>
    withFakeTree(files, [], async (tree) => {
      const unit = affected(fakeUnit('fs/a.c'), ['lib/part.c']);
      const { units } = await compile(tree, {}, { units: [unit], postFiles: post });
      assert.ok(Buffer.from(units[0]?.post ?? []).includes(Buffer.from([0xb8, 2, 0, 0, 0, 0xc3])));
      assert.ok(Buffer.from(units[0]?.pre ?? []).includes(Buffer.from([0xb8, 1, 0, 0, 0, 0xc3])));
    }));
  it('in the command leads to the patched file', () =>
    withFakeTree({ ...files, 'arch/kvm/x.c': '' }, [], async (tree) => {
      const base = fakeUnit('lib/part.c');
      const compileWords = base.compile.map((word) =>
        word === 'lib/part.c' ? 'arch/kvm/../../lib/part.c' : word,
      );
      const runs = await countingCompiler(tree);
      const unit = affected({ ...base, compile: ['./cc', ...compileWords.slice(1)] });
      const { units } = await compile(tree, {}, { units: [unit], postFiles: post });
      assert.ok(Buffer.from(units[0]?.post ?? []).includes(Buffer.from([0xb8, 2, 0, 0, 0, 0xc3])));
      assert.equal(await runs(), 2);
    }));
  it('is refused when it cannot be led to the patched file', () =>
    withFakeTree(files, [], async (tree) => {
      await tree.write('fs/a.c', '#include <part.c>\n');
      const unit = affected(fakeUnit('fs/a.c', [`-I${tree.baseline.tree}/lib`]), ['lib/part.c']);
      const error = await failsLater('COMPILE_STALE_HEADER', () =>
        compile(tree, {}, { units: [unit], postFiles: post }),
      );
      assert.equal(error.exitStatus, 1);
      assert.deepEqual((await readdir(join(tree.baseline.cache, 'objects'))).length, 1);
    }));
});

describe('warnings', () => {
  const OBJTOOL = `#!/bin/sh
for object; do :; done
echo "$object: warning: objtool: old()+0x10: always said" >&2
if grep -q bad_marker "$object"; then echo "$object: warning: objtool: f()+0x10: bad" >&2; fi
if grep -q fatal_marker "$object"; then echo "$object: error: objtool: fatal" >&2; exit 1; fi
`;
  const withObjtool = (work: (tree: FakeTree) => Promise<void>): Promise<void> =>
    withFakeTree({ ...FILES, 'tools/objtool/objtool': OBJTOOL }, [], async (tree) => {
      const post = [['./tools/objtool/objtool', '--orc', 'fs/a.o']];
      tree.units.set('fs/a.c', { ...fakeUnit('fs/a.c', ['-Wall']), post });
      await work(tree);
    });
  it('of objtool that only post has are findings', () =>
    withObjtool(async (tree) => {
      const { findings, units } = await compile(tree, { 'fs/a.c': 'int bad_marker;\n' });
      assert.deepEqual(
        findings.map(({ code, verdict, place, reason }) => [code, verdict, place.file, reason]),
        [['COMPILE_OBJTOOL_WARNING', 'review', 'fs/a.c', 'a.o: warning: objtool: f()+0x10: bad']],
      );
      assert.deepEqual(units[0]?.notes, []);
    }));
  it('are the same when the object comes from the cache', () =>
    withObjtool(async (tree) => {
      const first = await compile(tree, { 'fs/a.c': 'int bad_marker;\n' });
      assert.deepEqual(await compile(tree, { 'fs/a.c': 'int bad_marker;\n' }), first);
    }));
  it('of the compiler that only post has are notes', () =>
    withObjtool(async (tree) => {
      const { findings, units } = await compile(tree, {
        'fs/a.c': 'int a(void) { int unused; return 0; }\n',
      });
      assert.deepEqual(findings, []);
      assert.equal(units[0]?.notes.length, 1);
      assert.match(units[0]?.notes[0] ?? '', /^fs\/a\.c:1:19: warning: unused variable/);
    }));
  it('are no failure, but an objtool that fails is one', () =>
    withObjtool(async (tree) => {
      const error = await failsLater('COMPILE_FAILED', () =>
        compile(tree, { 'fs/a.c': 'int fatal_marker;\n' }),
      );
      assert.match(error.message, /a\.o: error: objtool: fatal/);
    }));
});

describe('an interrupted compilation', () => {
  it('ends its compilers and leaves nothing half-made', () =>
    withTree(async (tree) => {
      const started = join(tree.baseline.cache, 'started');
      await tree.write('cc', `#!/bin/sh\n: > '${started}'\nexec sleep 1000\n`);
      tree.units.set('fs/a.c', {
        ...fakeUnit('fs/a.c'),
        compile: ['./cc', ...fakeUnit('fs/a.c').compile.slice(1)],
      });
      const controller = new AbortController();
      const running = withWorkFolder(tree.workFolder, (workFolder) =>
        compile(tree, { 'fs/a.c': A }, { workFolder, signal: controller.signal }),
      );
      const ended = failsLater('INTERRUPTED', () => running);
      while (!existsSync(started)) await new Promise((resolve) => setTimeout(resolve, 5));
      controller.abort();
      await ended;
      assert.deepEqual(await readdir(tree.workFolder), []);
      assert.equal(existsSync(join(tree.baseline.cache, 'objects')), false);
    }));
});
