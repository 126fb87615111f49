// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TranslationUnit } from '@uptide/kernel';
import { compileCommand, compilerEnvironment, postCommands } from '../src/compile/command.ts';
import { readDependencies } from '../src/compile/dependencies.ts';
import { newWarnings, plainWords, warningsIn } from '../src/compile/messages.ts';
import { inParallel } from '../src/compile/pool.ts';
import { asTreePath, foldersEntered } from '../src/compile/shadow.ts';
import { moduleUnit } from '../src/compile/source.ts';
import { fails, failsLater } from './support/fails.ts';
import { fakeUnit } from './support/fake-tree.ts';

const OUTPUTS = { object: '/scratch, 1/exec.o', dependencies: '/scratch, 1/d' };
const UNIT = fakeUnit('fs/exec.c', ['-DX="y"']);

describe('the compile command', () => {
  it('is that of Kbuild with other outputs and a section for each symbol', () => {
    assert.deepEqual(compileCommand(UNIT, OUTPUTS, '/tree'), {
      program: 'gcc-12',
      args: [
        '-MMD',
        '-MF',
        OUTPUTS.dependencies,
        '-Iinclude',
        '-O2',
        '-g',
        '-DX="y"',
        '-c',
        '-o',
        OUTPUTS.object,
        '-ffunction-sections',
        '-fdata-sections',
        '-fdebug-prefix-map=/tree=.',
        'fs/exec.c',
      ],
    });
  });
  it('keeps a source path as Kbuild spells it', () => {
    const spelled = 'arch/x86/kvm/../../../fs/exec.c';
    const unit = { ...UNIT, compile: UNIT.compile.map((word) => (word === 'fs/exec.c' ? spelled : word)) };
    assert.equal(compileCommand(unit, OUTPUTS, '/tree').args.at(-1), spelled);
  });
  const malformed: readonly (readonly [string, (words: string[]) => string[]])[] = [
    ['nothing', () => []],
    ['no output', (words) => words.filter((word) => word !== '-o' && word !== 'fs/exec.o')],
    ['another output', (words) => words.map((word) => (word === 'fs/exec.o' ? 'fs/open.o' : word))],
    ['two outputs', (words) => [...words, '-o', 'fs/exec.o']],
    ['no list of dependencies', (words) => words.filter((word) => !word.startsWith('-Wp,'))],
    ['two lists of dependencies', (words) => [...words, '-Wp,-MD,fs/x.d']],
    ['no source', (words) => words.filter((word) => word !== 'fs/exec.c')],
    ['the source twice', (words) => [...words, 'fs/exec.c']],
    ['no -c', (words) => words.filter((word) => word !== '-c')],
    ['a second kind of output', (words) => [...words, '-save-temps']],
    ['a plugin', (words) => [...words, '-fplugin=x.so']],
    ['arguments in a file', (words) => [...words, '@args']],
    ['another list of dependencies', (words) => [...words, '-MF', 'x']],
  ];
  for (const [what, change] of malformed) {
    it(`is refused with ${what}`, () => {
      const unit: TranslationUnit = { ...UNIT, compile: change([...UNIT.compile]) };
      fails('COMPILE_COMMAND', () => compileCommand(unit, OUTPUTS, '/tree'));
    });
  }
  it('sees nothing of the environment but the search path', () => {
    process.env.CPATH = '/leak';
    const environment = compilerEnvironment('/tmp/x');
    delete process.env.CPATH;
    assert.deepEqual(Object.keys(environment).sort(), ['LC_ALL', 'PATH', 'TMPDIR', 'TZ']);
  });
});

describe('the commands after the compiler', () => {
  const objtool = ['./tools/objtool/objtool', '--orc', 'fs/exec.o'];
  it('are run on the object elsewhere', () => {
    assert.deepEqual(postCommands({ ...UNIT, post: [objtool] }, '/o'), [
      { program: './tools/objtool/objtool', args: ['--orc', '/o'] },
    ]);
  });
  it('are refused when they are of another program or do not name the object once', () => {
    for (const post of [
      [['ld', '-r', 'fs/exec.o']],
      [['./tools/objtool/objtool', '--orc']],
      [[...objtool, 'fs/exec.o']],
      [[]],
    ]) {
      fails('COMPILE_COMMAND', () => postCommands({ ...UNIT, post }, '/o'));
    }
  });
});

describe('a list of dependencies', () => {
  it('is read over its lines', () => {
    assert.deepEqual(readDependencies('x.o: a.c \\\n b.h c/../d.h \\\n  e.h\n'), [
      'a.c',
      'b.h',
      'c/../d.h',
      'e.h',
    ]);
  });
  it('is read with escapes', () => {
    assert.deepEqual(readDependencies('/a:b/x.o: a\\ b.c c\\#d.h e$$f.h\n'), ['a b.c', 'c#d.h', 'e$f.h']);
  });
  it('may be empty', () => assert.deepEqual(readDependencies('x.o:\n'), []));
  it('is no text without a rule', () => assert.equal(readDependencies('words\n'), undefined));
});

describe('the words of tools', () => {
  it('lose the scratch folders', () => {
    assert.equal(
      plainWords('/s/tree/fs/a.c:1: error\n/s/x.o: bad in /s/tree\n', ['/s', '/s/tree']),
      'fs/a.c:1: error\nx.o: bad in .',
    );
  });
  it('are cut when they do not end', () => {
    assert.ok(plainWords('x'.repeat(1_000_000), []).length < 20_000);
  });
  it('have warnings', () => {
    assert.deepEqual(
      warningsIn('a.c:1:2: warning: w [-Wx]\n  1 | x\na.o: warning: objtool: f()\nwarning: z\nno warning\n'),
      ['a.c:1:2: warning: w [-Wx]', 'a.o: warning: objtool: f()', 'warning: z'],
    );
  });
  it('have new warnings when post has more of a kind than pre, wherever they stand', () => {
    const pre = ['a.c:1:2: warning: w', 'o: warning: objtool: f()+0x10: bad'];
    assert.deepEqual(newWarnings(pre, ['a.c:9:9: warning: w', 'o: warning: objtool: f()+0x99: bad']), []);
    assert.deepEqual(newWarnings(pre, ['a.c:9:9: warning: w', 'a.c:10:1: warning: w']), [
      'a.c:10:1: warning: w',
    ]);
    assert.deepEqual(newWarnings(pre, ['o: warning: objtool: g()+0x10: bad']), [
      'o: warning: objtool: g()+0x10: bad',
    ]);
  });
});

describe('paths of the shadow tree', () => {
  it('that go up are entered folder by folder', () => {
    assert.deepEqual(foldersEntered('arch/x86/kvm/../../../virt/a.c'), ['arch', 'arch/x86', 'arch/x86/kvm']);
    assert.deepEqual(foldersEntered('./a/b/../c/../../d'), ['a', 'a/b', 'a/c']);
    assert.deepEqual(foldersEntered('a/../../outside/../b'), ['a']);
    assert.deepEqual(foldersEntered('a/b.c'), []);
  });
  it('are named as in the tree', () => {
    assert.equal(asTreePath('./include/a.h', '/w'), 'include/a.h');
    assert.equal(asTreePath('fs/../b.c', '/w'), 'b.c');
    assert.equal(asTreePath('/w/b.c', '/w'), 'b.c');
    assert.equal(asTreePath('/usr/lib/x.h', '/w'), '/usr/lib/x.h');
  });
});

describe('tasks in parallel', () => {
  it('give their results in order, and no more run than allowed', async () => {
    let running = 0;
    let most = 0;
    const tasks = [5, 1, 3, 2].map((rounds, index) => async () => {
      running += 1;
      most = Math.max(most, running);
      for (let round = 0; round < rounds; round += 1) await Promise.resolve();
      running -= 1;
      return index;
    });
    assert.deepEqual(await inParallel(tasks, 2), [0, 1, 2, 3]);
    assert.equal(most, 2);
  });
  it('end with the first failure, after what runs has ended, and start no more', async () => {
    const log: string[] = [];
    const tasks = [
      async () => {
        await Promise.resolve();
        throw new Error('first');
      },
      async () => {
        for (let round = 0; round < 5; round += 1) await Promise.resolve();
        log.push('second ended');
      },
      async () => {
        log.push('third started');
      },
    ];
    await assert.rejects(() => inParallel(tasks, 2), /first/);
    assert.deepEqual(log, ['second ended']);
  });
  it('may be none', async () => assert.deepEqual(await inParallel([], 4), []));
});

describe('the plainest module unit', () => {
  const module = (source: string, ...extra: string[]): TranslationUnit =>
    fakeUnit(source, ['-DMODULE', ...extra], 'm');
  const index = (...units: TranslationUnit[]): Map<string, TranslationUnit> =>
    new Map(units.map((unit) => [unit.source, unit]));
  it('has the fewest arguments, then the first name', () => {
    const units = index(module('b.c'), module('a.c', '-Ifs'), module('aa.c'), fakeUnit('a0.c'));
    assert.equal(moduleUnit(units).source, 'aa.c');
  });
  it('is refused when there is none', async () => {
    await failsLater('COMPILE_COMMAND', async () =>
      moduleUnit(index(fakeUnit('a.c'), { ...module('x.S'), source: 'x.S' })),
    );
  });
});
