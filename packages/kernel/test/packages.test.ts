// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Archive } from '../src/packages/archive.ts';
import { type PackageRecord, parseControl, recordOf } from '../src/packages/control.ts';
import { findPackages, newestRelease } from '../src/packages/find.ts';
import { chooseImage, planPackages, sourceOf } from '../src/packages/plan.ts';
import { checkRelease, isOf, nearReleases, releaseOfImagePackage } from '../src/packages/release.ts';
import { compareVersions, isVersion } from '../src/packages/version.ts';
import { assertCode, assertRejects } from './support/codes.ts';

function record(name: string, version: string, extra: Partial<PackageRecord> = {}): PackageRecord {
  return {
    name,
    version,
    architecture: 'amd64',
    source: 'linux',
    builtUsing: '',
    depends: '',
    size: 1000,
    sha256: '0'.repeat(64),
    installedSize: 4096,
    ...extra,
  };
}

/** An archive in memory. */
function archiveOf(...records: readonly PackageRecord[]): Archive {
  return {
    records: async (names) => records.filter(({ name }) => names.includes(name)),
    releases: async () => records.flatMap(({ name }) => releaseOfImagePackage(name) ?? []),
    fetch: () => assert.fail('nothing is fetched here'),
  };
}

const RELEASE = '6.1.0-50-amd64';
const signed = (version: string): Partial<PackageRecord> => ({
  source: `linux-signed-amd64 (${version.replace('-', '+')})`,
  builtUsing: `linux (= ${version})`,
});
const IMAGE = record(`linux-image-${RELEASE}`, '6.1.176-1', signed('6.1.176-1'));
const HEADERS = record(`linux-headers-${RELEASE}`, '6.1.176-1', {
  depends: 'linux-headers-6.1.0-50-common (= 6.1.176-1), linux-kbuild-6.1 (>= 6.1.176-1)',
});
const SOURCES = ['6.1.192-1', '6.1.176-1', '6.1.170-3'].map((version) => record('linux-source-6.1', version));

describe('compareVersions', () => {
  const sorted = ['1.0~rc1', '1.0', '1.0-1', '1.0-1+b1', '1.0-1.1', '1.0a', '1.0+x', '1.2', '1.10', '1:0.1'];
  test('puts versions in order', () => {
    assert.deepEqual(sorted.toReversed().sort(compareVersions), sorted);
    assert.ok(compareVersions('6.1.192-1', '6.1.99-1') > 0);
    assert.ok(compareVersions('6.12.117-1~deb12u1', '6.12.117-1') < 0);
    assert.equal(compareVersions('1.0', '0:1.0'), 0);
  });

  test('agrees with dpkg', () => {
    const part = fc.stringMatching(/^[0-9][0-9a-z.+~]{0,5}$/);
    const version = fc.tuple(part, fc.option(part)).map(([up, rev]) => (rev === null ? up : `${up}-${rev}`));
    fc.assert(
      fc.property(version, version, (a, b) => {
        const lower = spawnSync('dpkg', ['--compare-versions', a, 'lt', b]).status === 0;
        const equal = spawnSync('dpkg', ['--compare-versions', a, 'eq', b]).status === 0;
        assert.equal(Math.sign(compareVersions(a, b)), equal ? 0 : lower ? -1 : 1, `${a} ${b}`);
      }),
      { numRuns: 40 },
    );
  });

  for (const text of ['', 'x', '1 2', '1/../2', '1;rm', `1${'0'.repeat(200)}`, '-1', '1\n2']) {
    test(`${JSON.stringify(text.slice(0, 20))} is no version`, () => assert.equal(isVersion(text), false));
  }
});

describe('a release', () => {
  for (const good of [RELEASE, '6.12.117+deb12-amd64', '5.0', '6.1.0-50-rt-amd64']) {
    test(`${good} is one`, () => assert.equal(checkRelease(good), good));
  }
  for (const bad of [
    '',
    '..',
    '../x',
    '6.1/x',
    '-n',
    '6.1 x',
    '6..1',
    '6.1\n',
    'x6',
    `6${'1'.repeat(99)}`,
    '6.1\0',
  ]) {
    test(`${JSON.stringify(bad.slice(0, 20))} is none`, () =>
      assertCode('RELEASE_INVALID', () => checkRelease(bad)));
  }

  test('is found in the names of image packages', () => {
    assert.equal(releaseOfImagePackage(`linux-image-${RELEASE}`), RELEASE);
    for (const name of [
      'linux-image-amd64',
      'linux-image-6.12-amd64',
      `linux-image-${RELEASE}-dbg`,
      `linux-image-${RELEASE}-unsigned`,
      'linux-headers-6.1.0-50-amd64',
    ]) {
      assert.equal(releaseOfImagePackage(name), undefined, name);
    }
  });

  test('is of a series and a flavour', () => {
    assert.equal(isOf(RELEASE, '6.1', 'amd64'), true);
    assert.equal(isOf('6.12.117+deb12-amd64', '6.12', 'amd64'), true);
    assert.equal(isOf('6.12.117+deb12-amd64', '6.1', 'amd64'), false);
    assert.equal(isOf('6.1.0-50-cloud-amd64', '6.1', 'amd64'), false);
    assert.equal(isOf('6.1.0-50-cloud-amd64', '6.1', 'cloud-amd64'), true);
  });

  test('that is unknown is answered with near ones', () => {
    const known = ['5.10.0-9-amd64', '6.1.0-49-amd64', '6.1.0-50-amd64', '6.1.0-50-cloud-amd64'];
    assert.ok(nearReleases('6.1.0-51-amd64', known).includes('6.1.0-50-amd64'));
    assert.equal(nearReleases('9', []).length, 0);
  });
});

describe('control data', () => {
  const stanza =
    'Package: linux-source-6.1\nVersion: 6.1.176-1\nArchitecture: all\nSize: 12\n' +
    `SHA256: ${'a'.repeat(64)}\nInstalled-Size: 3\nDescription: x\n long\n .\n more\n`;
  const only = (text: string): PackageRecord | undefined => parseControl(text).map(recordOf)[0];

  test('becomes a record', () => {
    assert.deepEqual(only(stanza), {
      name: 'linux-source-6.1',
      version: '6.1.176-1',
      architecture: 'all',
      source: '',
      builtUsing: '',
      depends: '',
      size: 12,
      sha256: 'a'.repeat(64),
      installedSize: 3072,
    });
  });

  test('has several stanzas', () => assert.equal(parseControl(`${stanza}\n\n${stanza}`).length, 2));
  test('of an installed package has no file', () =>
    assert.equal(only('Package: a1\nVersion: 1\n'), undefined));

  const hostile: readonly (readonly [string, string])[] = [
    ['a name with a path', stanza.replace('linux-source-6.1', '../../etc/x')],
    ['a name that is an option', stanza.replace('linux-source-6.1', '--install')],
    ['a version with a path', stanza.replace('6.1.176-1', '6.1/../../x')],
    ['a version with a space', stanza.replace('6.1.176-1', '6.1 -o x')],
    ['a digest that is none', stanza.replace('a'.repeat(64), '../x')],
    ['a size that is none', stanza.replace('Size: 12', 'Size: 1e99')],
    ['no architecture', stanza.replace(/Architecture.*\n/, '')],
    ['a field twice', `${stanza}Version: 2\n`],
    ['a line without a field', `${stanza}what\n`],
    ['a continuation of nothing', ` x\n${stanza}`],
    ['too much text', 'x'.repeat(16 * 1024 * 1024 + 1)],
  ];
  for (const [name, text] of hostile) {
    test(`is refused with ${name}`, () => assertCode('PACKAGE_MALFORMED', () => only(text)));
  }

  test('never crashes the reader', () => {
    const line = fc.constantFrom('Package: a', ' x', '', 'Size: 1', ':', 'a:b:c', '\t', 'SHA256: z', '\r');
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string())), (lines) => {
        try {
          parseControl(lines.join('\n')).map(recordOf);
        } catch (error) {
          assert.equal((error as { code?: unknown }).code, 'PACKAGE_MALFORMED');
        }
      }),
    );
  });
});

describe('the plan', () => {
  test('takes the source that the image was built from', () => {
    const plan = planPackages(RELEASE, IMAGE, [HEADERS, ...SOURCES]);
    assert.equal(plan.sourceVersion, '6.1.176-1');
    assert.equal(plan.source, SOURCES[1]);
    assert.equal(plan.headers, HEADERS);
  });

  const sources: readonly (readonly [string, Partial<PackageRecord>, string, string])[] = [
    ['a signed image', signed('6.1.176-1'), 'linux-source-6.1', '6.1.176-1'],
    [
      'a backport',
      { builtUsing: 'linux-6.12 (= 6.12.117-1~deb12u1)' },
      'linux-source-6.12',
      '6.12.117-1~deb12u1',
    ],
    ['an unsigned image', { source: 'linux' }, 'linux-source-6.1', '6.1.176-1'],
    ['several sources', { builtUsing: 'gcc-12 (= 12.2), linux (= 6.1.3-1)' }, 'linux-source-6.1', '6.1.3-1'],
  ];
  for (const [name, extra, source, version] of sources) {
    test(`names the source of ${name}`, () => {
      assert.deepEqual(sourceOf(record('linux-image-x', '6.1.176-1', extra)), { name: source, version });
    });
  }

  for (const [name, extra] of [
    ['no source', { source: 'linux-signed-amd64 (6.1+1)' }],
    ['two linux sources', { builtUsing: 'linux (= 6.1.1-1), linux (= 6.1.2-1)' }],
    ['a version that is none', { builtUsing: 'linux (= ../../x)' }],
    ['a version without a series', { builtUsing: 'linux (= 6-1)' }],
  ] as const) {
    test(`refuses an image with ${name}`, () =>
      assertCode('PACKAGE_MALFORMED', () => sourceOf(record('linux-image-x', '6.1.176-1', extra))));
  }

  test('takes the newest image of a release', () => {
    const older = { ...IMAGE, version: '6.1.99-1' };
    assert.equal(chooseImage(RELEASE, [older, IMAGE, older]), IMAGE);
    assert.equal(chooseImage(RELEASE, [HEADERS]), undefined);
  });

  test('names every package that is missing, and what is there instead', () => {
    assert.throws(() => planPackages(RELEASE, IMAGE, [SOURCES[0] ?? assert.fail()]), {
      code: 'PACKAGE_MISSING',
      message:
        'missing: linux-headers-6.1.0-50-amd64 (= 6.1.176-1), linux-source-6.1 (= 6.1.176-1) [there: 6.1.192-1]',
    });
  });

  test('refuses a feature set whose patches are not in the source', () => {
    const depends = 'linux-headers-6.1.0-50-common-rt (= 6.1.176-1)';
    assertCode('PACKAGE_MISSING', () => planPackages(RELEASE, IMAGE, [{ ...HEADERS, depends }, ...SOURCES]));
  });

  test('is made from what an archive has', async () => {
    const plan = await findPackages(RELEASE, archiveOf(IMAGE, HEADERS, ...SOURCES));
    assert.equal(plan.image, IMAGE);
    await assertRejects('KERNEL_UNKNOWN', () => findPackages('6.1.0-1-amd64', archiveOf(IMAGE)));
    await assertRejects('KERNEL_UNKNOWN', () => findPackages('6.1.0-1-amd64', archiveOf()));
  });
});

describe('newestRelease', () => {
  const image = (release: string, version: string): PackageRecord =>
    record(`linux-image-${release}`, version, signed(version));

  test('goes by version, not by name, and wants the source', async () => {
    const archive = archiveOf(
      image('6.1.0-9-amd64', '6.1.192-1'),
      image('6.1.0-50-amd64', '6.1.176-1'),
      image('6.1.0-60-amd64', '6.1.999-1'),
      image('6.1.0-61-cloud-amd64', '6.1.192-1'),
      ...SOURCES,
    );
    assert.equal(await newestRelease('6.1', 'amd64', archive), '6.1.0-9-amd64');
  });

  test('refuses when there is none', async () => {
    await assertRejects('KERNEL_UNKNOWN', () => newestRelease('6.2', 'amd64', archiveOf(IMAGE, ...SOURCES)));
  });
});
