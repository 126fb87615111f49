// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { basename, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { run } from '@uptide/base';
import { showBaseline } from '../../src/baseline/manage.ts';
import { openBaseline } from '../../src/baseline/open.ts';
import { splitShellLine } from '../../src/kbuild/words.ts';
import type { Baseline, TranslationUnit } from '../../src/model.ts';
import { RELEASE } from '../support/real-kernel.ts';
import { temporaryFolder } from '../support/temporary.ts';

let baseline: Baseline;
before(async () => {
  baseline = await openBaseline(RELEASE);
});

async function unitOf(source: string): Promise<TranslationUnit> {
  const unit = await baseline.unit(source);
  assert.ok(unit !== undefined, source);
  return unit;
}

describe('the baseline of a real kernel', () => {
  test('is of one source, compiler and image', async () => {
    const { banner, buildId } = await baseline.image();
    assert.equal(buildId, baseline.buildId);
    assert.ok(banner.includes(baseline.compilerText), banner);
    assert.ok(banner.includes(`Debian ${baseline.sourceVersion} `), banner);
    assert.ok(banner.startsWith(`Linux version ${baseline.release} `), banner);
  });

  test('takes the space on the disk that it says', async () => {
    const { record, folder, cacheBytes } = await showBaseline(RELEASE);
    const { stdout } = await run('du', ['-s', '-B1', folder]);
    const used = Number(stdout.toString().split('\t')[0]);
    assert.ok(
      Math.abs(used - cacheBytes - record.bytes) < 1024 * 1024,
      `${used} ${cacheBytes} ${record.bytes}`,
    );
  });

  test('has a unit for every shipped module, and no source in two klp objects', async () => {
    const units = await baseline.units();
    const owners = new Set([...units.values()].flatMap((unit) => unit.owners));
    const without = [...(await baseline.modules()).keys()].filter((name) => !owners.has(name));
    assert.deepEqual(without, []);
    for (const source of units.keys()) await baseline.unit(source);
  });

  test('says of each unit whether it belongs to a klp object, and why not', async () => {
    for (const unit of (await baseline.units()).values()) {
      assert.equal(unit.owners.length === 0, unit.outside !== undefined, unit.source);
    }
    assert.deepEqual((await unitOf('kernel/fork.c')).owners, ['vmlinux']);
    assert.deepEqual((await unitOf('fs/ext4/balloc.c')).owners, ['ext4']);
    assert.deepEqual((await unitOf('virt/kvm/eventfd.c')).owners, ['kvm']);
    assert.deepEqual((await unitOf('drivers/net/ethernet/cavium/liquidio/octeon_nic.c')).owners, [
      'liquidio',
      'liquidio_vf',
    ]);
    assert.deepEqual((await unitOf('arch/x86/entry/vdso/vclock_gettime.c')).owners, []);
    assert.deepEqual((await unitOf('arch/x86/entry/entry_64.S')).owners, []);
  });

  test('has the commands that Kbuild gives for the units alone', async () => {
    const units = await Promise.all(['security/keys/process_keys.c', 'fs/ext4/balloc.c'].map(unitOf));
    const variables = [`CC=${baseline.compiler}`, `KERNELRELEASE=${RELEASE}`, '--dry-run'];
    const objects = units.map(({ objectFile }) => objectFile);
    const { stdout } = await run('make', [...variables, ...objects], { cwd: baseline.tree });
    for (const unit of units) {
      const lines = stdout.toString().split('\n');
      const line = lines.find((text) => text.includes(`-c -o ${unit.objectFile} `)) ?? '';
      const { commands } = splitShellLine(line.slice(0, line.indexOf('; scripts/basic/fixdep')));
      const own = commands.filter(({ words: [program = ''] }) => !['set', 'trap', 'echo'].includes(program));
      assert.deepEqual(
        own.map(({ words }) => words),
        [unit.compile, ...unit.post],
      );
    }
  });

  // Each of these includes what only a part of the whole build would make.
  const generating = [
    'certs/blacklist_hashes.c',
    'lib/crc32.c',
    'crypto/rsa_helper.c',
    'drivers/gpu/drm/radeon/r100.c',
    'drivers/tty/vt/consolemap_deftbl.c',
    'init/version.c',
    'lib/raid6/int8.c',
    'net/wireless/shipped-certs.c',
    'security/selinux/nlmsgtab.c',
    'security/apparmor/capability.c',
  ];
  test('compiles units with generated sources and leaves the tree as it was', async (context) => {
    const folder = await temporaryFolder(context);
    const stamp = join(folder, 'stamp');
    await run('touch', [stamp]);
    for (const source of generating) {
      const unit = await unitOf(source);
      const object = join(folder, basename(unit.objectFile));
      const [compiler = '', ...args] = unit.compile.map((word) =>
        word === unit.objectFile ? object : word.startsWith('-Wp,-MMD,') ? `-Wp,-MMD,${object}.d` : word,
      );
      await run(compiler, args, { cwd: baseline.tree });
      for (const [program = '', ...words] of unit.post) {
        await run(
          program,
          words.map((word) => (word === unit.objectFile ? object : word)),
          { cwd: baseline.tree },
        );
      }
    }
    const { stdout } = await run('find', [baseline.tree, '-newer', stamp]);
    assert.equal(stdout.toString(), '');
  });
});
