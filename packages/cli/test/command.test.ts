// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { COMMANDS } from '../src/commands/index.ts';
import { UPTIDE } from './support/uptide.ts';

function uptide(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(UPTIDE, args, { encoding: 'utf8', cwd: '/' });
}

const NAMES = [
  'examine',
  'review',
  'create',
  'build',
  'prove',
  'show',
  'verify',
  'source',
  'load',
  'unload',
  'list',
  'corpus',
  'diff-objects',
  'match',
  'kernel',
  'stream',
  'subscribe',
  'check',
  'upgrade',
  'status',
  'rollback',
  'remove',
  'uname',
  'doctor',
  'log',
  'agent',
  'sign-module',
];

/** Commands for programs that know them. */
const HIDDEN = ['tuf-client'];

describe('uptide', () => {
  it('prints its help on standard output when asked', () => {
    const { status, stdout, stderr } = uptide('--help');
    assert.equal(status, 0);
    assert.equal(stderr, '');
    for (const name of NAMES) assert.match(stdout, new RegExp(`^ {2}${name} `, 'm'));
    assert.equal(COMMANDS.length, NAMES.length + HIDDEN.length);
    for (const name of HIDDEN) assert.doesNotMatch(stdout, new RegExp(name));
  });
  it('prints the help of a command in both ways', () => {
    assert.equal(uptide('help', 'kernel', 'add').stdout, uptide('kernel', 'add', '--help').stdout);
    assert.equal(uptide('help').stdout, uptide('--help').stdout);
  });
  it('says its version', () => {
    assert.match(uptide('--version').stdout, /^\d+\.\d+\.\d+\n$/);
  });

  const misuse: string[][] = [
    [],
    ['no-such-command'],
    ['--no-such-option'],
    ['kernel'],
    ['kernel', 'add'],
    ['kernel', 'add', 'a', 'b'],
    ['kernel', 'frobnicate'],
    ['create'],
    ['create', 'a.patch'],
    ['create', '--kernel', '6.1.0-50-amd64'],
    ['examine', '--kernel', '6.1.0-50-amd64'],
    ['examine', 'a.patch'],
    ['review'],
    ['review', 'a.patch', 'b.patch'],
    ['review', 'a.patch', '--kernel', '6.1.0-50-amd64', '--accept', '0123456789ab'],
    ['review', 'a.patch', '--kernel', '6.1.0-50-amd64', '--accept', 'first', '--reason', 'good'],
    ['review', 'a.patch', '--kernel', '6.1.0-50-amd64', '--level', '1'],
    ['match', 'a.o'],
    ['diff-objects', 'a.o'],
    ['prove'],
    ['show', 'a', 'b'],
    ['show', '7', '--html', 'a.html'],
    ['subscribe', 'https://example.org/'],
    ['upgrade', '--to', '0'],
    ['status', '--nagios', '--prometheus'],
    ['agent'],
    ['source', 'a.uptide'],
    ['verify'],
    ['load'],
    ['load', 'a', 'b'],
    ['load', 'a', '--wait', '0'],
    ['load', 'a', '--wait', 'long'],
    ['unload', 'a', 'b'],
    ['list', 'a'],
  ];
  for (const args of misuse) {
    it(`ends with status 2 and nothing on standard output for: uptide ${args.join(' ')}`, () => {
      const { status, stdout, stderr } = uptide(...args);
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.notEqual(stderr, '');
    });
  }

  it('tells programs of an error in JSON, and people on standard error', () => {
    const { status, stdout, stderr } = uptide('kernel', 'add', '../x', '--json');
    assert.equal(status, 2);
    const { schema, error } = JSON.parse(stdout);
    assert.deepEqual([schema, error.code, error.status], [1, 'RELEASE_INVALID', 2]);
    assert.match(stderr, /^uptide: RELEASE_INVALID: .*\n {2}next: /);
  });
});
