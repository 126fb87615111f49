// SPDX-License-Identifier: GPL-2.0-or-later
/* The packages of the agent, looked at with the tools of those who install them. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { HOST_COMMANDS, VERSION } from '@uptide/cli';
import { bundleAgent } from '../scripts/package/bundle.ts';
import { agentCommands } from '../scripts/package/commands.ts';
import { makeDeb } from '../scripts/package/deb.ts';
import { makeRpm } from '../scripts/package/rpm.ts';
import { packageTree, type Tree } from '../scripts/package/tree.ts';

const ROOT = resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'uptide-packages-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

let tree: Tree;
let deb: string;
before(async () => {
  tree = await packageTree(ROOT, VERSION);
  deb = makeDeb(ROOT, tree, folder('deb'), join(scratch, 'out'), 'none');
});

function folder(name: string): string {
  const path = join(scratch, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** The bytes of a file of the tree. */
function bytesOf(path: string): Buffer {
  const file = tree.files.find((one) => one.path === path);
  assert.ok(file !== undefined && 'bytes' in file, path);
  return Buffer.from(file.bytes);
}

describe('the tree of the agent', () => {
  it('has a command, its own Node, units, manual pages, completions and licences', () => {
    const paths = tree.files.map(({ path }) => path);
    for (const path of [
      'usr/bin/uptide',
      'usr/lib/uptide/node',
      'usr/lib/systemd/system/uptide-boot.service',
      'usr/share/man/man8/uptide.8.gz',
      'usr/share/bash-completion/completions/uptide',
      'usr/share/doc/uptide/LICENSE.node',
    ]) {
      assert.ok(paths.includes(path), path);
    }
    assert.deepEqual(paths, [...paths].sort());
  });
  it('runs without anything that the checkout has', () => {
    execFileSync('dpkg-deb', ['-x', deb, folder('unpacked')]);
    const [node, agent] = ['node', 'uptide.mjs'].map((name) =>
      join(scratch, 'unpacked/usr/lib/uptide', name),
    );
    assert.ok(node !== undefined && agent !== undefined);
    const { status, stdout, stderr } = spawnSync(node, [agent, '--help'], {
      env: {},
      cwd: '/',
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    for (const { path } of agentCommands().commands)
      assert.match(stdout, new RegExp(`^ {2}${path[0]} `, 'm'));
  });
  it('leaves the tools of a maker at home', async () => {
    const { sources } = await bundleAgent(ROOT);
    assert.ok(sources.includes('packages/host/src/load.ts'));
    assert.deepEqual(
      sources.filter((path) => /packages\/lab\/|iced-x86|commands\/(?:create|kernel)/.test(path)),
      [],
    );
  });
  it('lists a licence of each npm package in the bundle', () => {
    const text = bytesOf('usr/share/doc/uptide/LICENSE.npm').toString();
    assert.match(text, /^commander \d/m);
    assert.match(text, /^zod \d/m);
  });
});

describe('the Debian package', () => {
  it('belongs to root, with plain modes', () => {
    const lines = execFileSync('dpkg-deb', ['-c', deb], { encoding: 'utf8' }).trimEnd().split('\n');
    assert.ok(lines.length > 20);
    for (const line of lines) assert.match(line, /^(?:[d-]rwxr-xr-x|-rw-r--r--|lrwxrwxrwx) root\/root /);
  });
  it('names what it needs and what may be changed', () => {
    const field = (name: string): string =>
      execFileSync('dpkg-deb', ['-f', deb, name], { encoding: 'utf8' }).trim();
    assert.equal(field('Version'), VERSION);
    assert.match(field('Depends'), /\bkmod\b/);
    const conffiles = execFileSync('dpkg-deb', ['-I', deb, 'conffiles'], { encoding: 'utf8' });
    assert.match(conffiles, /^\/etc\/uptide\/uptide\.toml$/m);
  });
  it('has digests that are true', () => {
    const sums = execFileSync('dpkg-deb', ['-I', deb, 'md5sums'], { encoding: 'utf8' });
    const check = spawnSync('md5sum', ['--check', '--quiet', '-'], {
      cwd: join(scratch, 'unpacked'),
      input: sums,
      encoding: 'utf8',
    });
    assert.equal(check.status, 0, check.stdout + check.stderr);
  });
  it('has scripts that a shell understands', () => {
    for (const name of ['postinst', 'prerm', 'postrm']) {
      assert.equal(spawnSync('sh', ['-n', join(ROOT, 'packaging/debian', name)]).status, 0, name);
    }
  });
  it('has the same bytes when it is made again elsewhere', () => {
    const again = makeDeb(ROOT, tree, folder('again'), join(scratch, 'out-again'), 'none');
    assert.ok(readFileSync(deb).equals(readFileSync(again)));
  });
});

describe('the RPM package', () => {
  it('has the files of the Debian one, and the same bytes when it is made again', () => {
    const rpm = makeRpm(ROOT, tree, folder('rpm'), join(scratch, 'out'), 'none');
    const again = makeRpm(ROOT, tree, folder('rpm-again'), join(scratch, 'out-again'), 'none');
    const listed = execFileSync('rpm', ['-qlp', rpm], { encoding: 'utf8' });
    for (const { path } of tree.files) {
      assert.ok(listed.includes(`/${path.replace('zsh/vendor-completions', 'zsh/site-functions')}\n`), path);
    }
    assert.ok(readFileSync(rpm).equals(readFileSync(again)));
  });
});

describe('the manual', () => {
  it('is sound mdoc that names every command', () => {
    const page = gunzipSync(bytesOf('usr/share/man/man8/uptide.8.gz'));
    const lint = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning'], { input: page, encoding: 'utf8' });
    assert.equal(lint.stdout + lint.stderr, '');
    const text = execFileSync('mandoc', ['-T', 'markdown'], { input: page, encoding: 'utf8' });
    const plain = text.replaceAll('&#45;', '-');
    for (const { path } of agentCommands().commands) assert.ok(plain.includes(`**${path[0]}`), path[0]);
  });
  it('of the configuration is sound, too, and names every key', () => {
    const page = gunzipSync(bytesOf('usr/share/man/man5/uptide.toml.5.gz'));
    const lint = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning'], { input: page, encoding: 'utf8' });
    assert.equal(lint.stdout + lint.stderr, '');
    const keys = [
      ...bytesOf('etc/uptide/uptide.toml')
        .toString()
        .matchAll(/^#?([a-z-]+) = /gm),
    ];
    assert.ok(keys.length > 10);
    const text = page.toString().replaceAll('\\-', '-');
    for (const [, key = ''] of keys) assert.ok(text.includes(`.It Ic ${key} = `), key);
  });
});

describe('completion in bash', () => {
  /** What is offered for the last of the words. */
  function offered(...words: string[]): string[] {
    const file = join(scratch, 'completion.bash');
    writeFileSync(file, bytesOf('usr/share/bash-completion/completions/uptide'));
    const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _uptide
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const text = execFileSync('bash', ['-c', script, 'bash', file, 'uptide', ...words], {
      cwd: scratch,
      encoding: 'utf8',
    });
    return text.split('\n').filter((line) => line !== '');
  }

  it('offers the commands', () => {
    assert.equal(agentCommands().commands.length <= HOST_COMMANDS.length, true);
    for (const { path } of agentCommands().commands) assert.ok(offered('').includes(path[0] ?? ''), path[0]);
  });
  it('offers the options of the command that stands there', () => {
    assert.deepEqual(offered('load', '--un'), ['--unmatched']);
    assert.deepEqual(offered('list', '--un'), []);
  });
});
