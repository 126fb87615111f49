// SPDX-License-Identifier: GPL-2.0-or-later
/** `uptide stream` as makers use it. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeUpdate } from '@uptide/stream';
import { fakeLevel } from '../../stream/test/support/published.ts';
import { uptide } from './support/uptide.ts';

describe('uptide stream', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'uptide-maker-'));
    for (const level of [1, 2]) {
      writeFileSync(join(folder, `level-${level}.uptide`), encodeUpdate(fakeLevel(level)));
    }
    writeFileSync(
      join(folder, 'failed.uptide'),
      encodeUpdate(fakeLevel(2, { proof: { verdict: 'failed' } })),
    );
  });
  after(async () => rm(folder, { recursive: true }));
  const stream = async (...args: string[]) => await uptide(['stream', ...args], folder);
  const done = async (...args: string[]) => {
    const ended = await stream(...args);
    assert.equal(ended.status, 0, ended.stderr);
    return ended.stdout;
  };
  const codesOf = (stdout: string): string[] =>
    JSON.parse(stdout).findings.map(({ code }: { code: string }) => code);

  it('serves one person with two commands a level', async () => {
    const begin = ['--name', 'One', '--series', 'debian-12', '--simple', '--unencrypted'];
    await done('init', 'one', ...begin);
    assert.equal(statSync(join(folder, 'one/keys/offline.json')).mode & 0o777, 0o600);
    assert.match((await stream('init', 'one', ...begin)).stderr, /STREAM_EXISTS/);
    await done('add', 'level-1.uptide', 'level-2.uptide', '-r', 'one', '--waves', 'fast');
    // Nobody at a terminal said yes.
    assert.match((await stream('publish', '--sign', '-r', 'one')).stderr, /STREAM_NOT_CONFIRMED/);
    await done('publish', '--sign', '--yes', '-r', 'one');
    const status = JSON.parse(await done('status', '-r', 'one', '--json'));
    assert.equal(status.schema, 1);
    assert.equal(status.kernels[0].level, 2);
    const served = readdirSync(join(folder, 'one/public/targets'), { recursive: true }).map(String);
    for (const ending of [
      'level-2.uptide',
      'level-2.source.tar',
      'level-2.proof.json',
      'level-2.review.html',
    ]) {
      assert.ok(
        served.some((name) => name.endsWith(ending)),
        ending,
      );
    }
    await done('publish', '--refresh', '-r', 'one', '-k', 'one/keys/online.json');
    await done('rollout', 'all', '--halt', 'hangs', '-r', 'one', '-k', 'one/keys/online.json');
    assert.match(await done('status', '-r', 'one'), /HALTED .*hangs/);
  });

  it('tells all that speaks against an update, and stages nothing', async () => {
    const { status, stdout } = await stream('add', 'failed.uptide', '-r', 'one', '--json');
    assert.equal(status, 6);
    assert.deepEqual(codesOf(stdout), ['STREAM_LEVEL_REPLACED', 'STREAM_UNPROVEN']);
    assert.equal((await stream('publish', '-r', 'one')).status, 9);
  });

  it('carries requests and signatures between people', async () => {
    for (const name of ['a', 'b', 'online']) {
      await done('key', 'new', `${name}.json`, '--unencrypted');
      await done('key', 'show', `${name}.json`, '-o', `${name}.pub.json`);
      assert.ok(!readFileSync(join(folder, `${name}.pub.json`), 'utf8').includes('private'));
    }
    const keys = [
      '--root-key',
      'a.pub.json',
      'b.pub.json',
      '--root-threshold',
      '2',
      '--online-key',
      'online.json',
    ];
    await done('init', 'many', '--name', 'Many', '--series', 'debian-12', ...keys);
    await done('sign', '-r', 'many', '--request', 'request.json');
    for (const name of ['a', 'b']) {
      const shown = await stream('sign', 'request.json', '-k', `${name}.json`, '-o', `${name}.sigs`, '-y');
      assert.equal(shown.status, 0);
      assert.match(shown.stderr, /root: 2 of 2 keys must sign/);
    }
    assert.equal((await stream('sign', 'request.json', '-k', 'a.pub.json', '-o', 'x', '-y')).status, 9);
    await done('sign', '-r', 'many', '--import', 'a.sigs', 'b.sigs');
    const early = await stream('publish', '-r', 'many', '-k', 'online.json', '--json');
    assert.deepEqual([early.status, codesOf(early.stdout)], [6, ['STREAM_UNSIGNED']]);
    await done('publish', '--sign', '-y', '-r', 'many', '-k', 'online.json');
    assert.ok(existsSync(join(folder, 'many/public/metadata/timestamp.json')));
    const weaker = await stream('rotate', 'root', '-r', 'many', '--threshold', '1');
    assert.match(weaker.stderr, /STREAM_WEAKER/);
    await done('rotate', 'root', '-r', 'many', '--threshold', '1', '--weaken', 'one left');
    assert.match(await done('status', '-r', 'many'), /root 1: 0 of 2 signatures/);
    await done('unstage', '-r', 'many');
    assert.match(await done('status', '-r', 'many'), /nothing is staged/);
  });

  it('keeps a key behind its passphrase', async () => {
    writeFileSync(join(folder, 'words'), 'a long passphrase\n');
    const asked = await stream('key', 'new', 'secret.json');
    assert.match(asked.stderr, /STREAM_KEY_PASSPHRASE/);
    process.env.UPTIDE_PASSPHRASE_FILE = join(folder, 'words');
    try {
      await done('key', 'new', 'secret.json', '--role-hint', 'root');
    } finally {
      delete process.env.UPTIDE_PASSPHRASE_FILE;
    }
    assert.match(await done('key', 'show', 'secret.json'), /encrypted/);
    assert.equal((await stream('key', 'new', 'secret.json', '--unencrypted')).status, 10);
  });

  it('knows a folder that is none of its own', async () => {
    for (const command of ['status', 'publish', 'sign', 'unstage']) {
      const { status, stderr } = await stream(command, '-r', folder);
      assert.equal(status, 9, command);
      assert.match(stderr, /STREAM_NO_REPOSITORY/);
    }
    assert.ok(!existsSync(join(folder, '.lock')));
  });

  it('refuses options that say too little or too much', async () => {
    const one = ['-r', 'one'];
    for (const args of [
      ['init', 'two', '--name', 'Two', '--series', 'debian-12'],
      ['init', 'two', '--name', 'Two', '--series', 'x', '--simple', '--unencrypted'],
      ['rollout', 'all', ...one],
      ['rollout', 'all', '--halt', 'x', '--resume', ...one],
      ['rollout', 'all', '--waves', 'all', ...one],
      ['rollout', 'all', '--block', 'x', '--levels', '3-1', ...one],
      ['kernel', 'all', ...one],
      ['kernel', 'all', '--withdraw', 'x', ...one],
      ['key', 'new', 'x.json', '--command', 'true'],
      ['add', 'level-1.uptide', '--waves', 'slow', ...one],
    ]) {
      assert.equal((await stream(...args)).status, 2, args.join(' '));
    }
  });
});
