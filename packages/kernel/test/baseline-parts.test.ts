// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { compilerOf, requireCompiler } from '../src/baseline/compiler.ts';
import { configDrift, parseConfig, refuseDrift } from '../src/baseline/config.ts';
import { readRecord } from '../src/baseline/record.ts';
import { measureTree } from '../src/baseline/tree.ts';
import { generatedMakefile } from '../src/kbuild/generated.ts';
import type { Runner } from '../src/packages/apt.ts';
import { assertCode, assertRejects } from './support/codes.ts';
import { temporaryFolder } from './support/temporary.ts';

describe('a configuration', () => {
  test('is read', () => {
    const config = parseConfig('# x\n\nCONFIG_A=y\nCONFIG_B="a=b"\n# CONFIG_C is not set\nCONFIG_D=m\n');
    assert.deepEqual(
      [...config],
      [
        ['CONFIG_A', 'y'],
        ['CONFIG_B', '"a=b"'],
        ['CONFIG_D', 'm'],
      ],
    );
  });

  test('with another line is refused', () => assertCode('CONFIG_MALFORMED', () => parseConfig('CONFIG_A\n')));

  const shipped = 'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_N=3\n';
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['the same', shipped, []],
    ['unset and absent', 'CONFIG_A=y\nCONFIG_N=3\n', []],
    ['what Debian takes out', `${shipped}CONFIG_BUILD_SALT=""\n`, []],
    ['a value', shipped.replace('=3', '=4'), ['CONFIG_N']],
    ['an option that went away', shipped.replace('CONFIG_A=y\n', ''), ['CONFIG_A']],
    ['an option that was off', shipped.replace('# CONFIG_B is not set', 'CONFIG_B=y'), ['CONFIG_B']],
    ['a new option', `${shipped}CONFIG_NEW=m\n`, ['CONFIG_NEW']],
  ];
  for (const [name, built, expected] of cases) {
    test(`drifts or not: ${name}`, () => {
      assert.deepEqual(
        configDrift(shipped, built).map(({ option }) => option),
        expected,
      );
    });
  }

  test('that drifts with a tool names its package', () => {
    assert.throws(() => refuseDrift('CONFIG_PAHOLE_VERSION=124\n', 'CONFIG_PAHOLE_VERSION=0\n'), {
      code: 'CONFIG_DRIFT',
      remedy: /dwarves/,
    });
  });
});

describe('the compiler', () => {
  const config = (text: string): Map<string, string> => new Map([['CONFIG_CC_VERSION_TEXT', text]]);

  test('is read from the configuration', () => {
    assert.deepEqual(compilerOf(config('"gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0"')), {
      text: 'gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0',
      command: 'gcc-12',
      package: { name: 'gcc-12', version: '12.2.0-14+deb12u1' },
    });
    const crossed = compilerOf(config('"x86_64-linux-gnu-gcc-12 (Debian 12.2.0-14) 12.2.0"'));
    assert.equal(crossed.command, 'x86_64-linux-gnu-gcc-12');
    assert.equal(crossed.package?.name, 'gcc-12');
    assert.equal(compilerOf(config('"gcc (GCC) 13.2.1 20231011"')).package, undefined);
  });

  for (const text of [
    'gcc-12',
    '""',
    '"/tmp/gcc-12 (Debian 1) 1"',
    '"sh -c x"',
    '"gcc-12; rm"',
    '"--version"',
    '"gcc\\"x"',
  ]) {
    test(`is not ${text}`, () => assertCode('COMPILER_UNKNOWN', () => compilerOf(config(text))));
  }
  test('is unknown without the option', () => assertCode('COMPILER_UNKNOWN', () => compilerOf(new Map())));

  const identity = compilerOf(config('"gcc-12 (Debian 12.2.0-14) 12.2.0"'));
  const saying =
    (text: string): Runner =>
    async () => ({ status: 0, stdout: Buffer.from(text), stderr: '' });

  test('must say exactly the same', async () => {
    await requireCompiler(identity, saying(`${identity.text}\nCopyright`));
    await assert.rejects(requireCompiler(identity, saying('gcc-12 (Debian 12.2.0-15) 12.2.0\n')), {
      code: 'COMPILER_MISMATCH',
      remedy: 'apt-get install gcc-12=12.2.0-14',
    });
  });

  test('must be there', async () => {
    const absent = { ...identity, command: 'gcc-999' };
    await assertRejects('COMPILER_MISMATCH', () => requireCompiler(absent));
  });
});

describe('measureTree', () => {
  test('counts what du counts', async (context) => {
    const folder = await temporaryFolder(context);
    mkdirSync(join(folder, 'a/b'), { recursive: true });
    writeFileSync(join(folder, 'a/b/file'), Buffer.alloc(100_000));
    symlinkSync('b/file', join(folder, 'a/link'));
    const du = Number(execFileSync('du', ['-s', '-B1', folder], { encoding: 'utf8' }).split('\t')[0]);
    assert.equal(await measureTree(folder), du);
  });

  const hostile: readonly (readonly [string, (folder: string) => void])[] = [
    ['a link to an absolute path', (folder) => symlinkSync('/etc', join(folder, 'x'))],
    ['a link out of the folder', (folder) => symlinkSync('a/../../..', join(folder, 'x'))],
    ['a named pipe', (folder) => execFileSync('mkfifo', [join(folder, 'x')])],
    [
      'a set-user-ID file',
      (folder) => {
        writeFileSync(join(folder, 'x'), '');
        chmodSync(join(folder, 'x'), 0o4755);
      },
    ],
    ['folders without end', (folder) => mkdirSync(join(folder, ...Array(70).fill('a')), { recursive: true })],
  ];
  for (const [name, make] of hostile) {
    test(`refuses ${name}`, async (context) => {
      const folder = await temporaryFolder(context);
      make(folder);
      await assertRejects('PACKAGE_UNSAFE', () => measureTree(folder));
    });
  }
});

describe('the record', () => {
  const whole = {
    schema: 1,
    release: '6.1',
    buildId: 'ab',
    sourceVersion: '6.1-1',
    compilerText: 'gcc',
    compiler: 'gcc',
    digest: 'd',
    packages: [],
    units: 1,
    bytes: 2,
  };
  const cases: readonly (readonly [
    string,
    string | undefined,
    'BASELINE_MISSING' | 'BASELINE_DAMAGED' | 'BASELINE_SCHEMA',
  ])[] = [
    ['is missing', undefined, 'BASELINE_MISSING'],
    ['is empty', '', 'BASELINE_DAMAGED'],
    ['is of a later schema', JSON.stringify({ ...whole, schema: 2 }), 'BASELINE_SCHEMA'],
    ['has no schema', '[]', 'BASELINE_SCHEMA'],
    ['lacks a field', JSON.stringify({ ...whole, digest: undefined }), 'BASELINE_DAMAGED'],
    ['is of another release', JSON.stringify({ ...whole, release: '6.2' }), 'BASELINE_DAMAGED'],
  ];
  for (const [name, text, code] of cases) {
    test(`${name}: ${code}`, async (context) => {
      const folder = await temporaryFolder(context);
      if (text !== undefined) writeFileSync(join(folder, 'baseline.json'), text);
      await assertRejects(code, () => readRecord(folder, '6.1'));
    });
  }

  test('is read', async (context) => {
    const folder = await temporaryFolder(context);
    writeFileSync(join(folder, 'baseline.json'), JSON.stringify(whole));
    assert.deepEqual(await readRecord(folder, '6.1'), whole);
  });
});

test('the makefile for generated sources has a target for each folder', () => {
  const text = generatedMakefile(
    new Map([
      ['lib', ['lib/b.h', 'lib/a.h']],
      ['fs', ['fs/x.c']],
    ]),
  );
  assert.match(text, /^\.PHONY: uptide-generated uptide-generated-0 uptide-generated-1$/m);
  assert.match(
    text,
    /^\t\$\(MAKE\) -f \$\(srctree\)\/scripts\/Makefile\.build obj=lib .*lib\/b\.h lib\/a\.h$/m,
  );
});

for (const name of ['lib/$(x).h', 'lib/a b.h', 'lib/a;b.h', '-f', 'lib/a\nb.h', 'a=b', 'a:b']) {
  test(`the makefile for generated sources does not take ${JSON.stringify(name)}`, () => {
    assertCode('KBUILD_UNREADABLE', () => generatedMakefile(new Map([['lib', [name]]])));
    assertCode('KBUILD_UNREADABLE', () => generatedMakefile(new Map([[name, ['lib/a.h']]])));
  });
}
