// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { UptideError } from '@uptide/base';
import { aptArchive, type Runner } from '../src/packages/apt.ts';
import { recordOf } from '../src/packages/control.ts';
import { assertRejects } from './support/codes.ts';
import { temporaryFolder } from './support/temporary.ts';

interface Call {
  readonly command: string;
  readonly cwd: string | undefined;
}

/** A runner that answers by the command line and writes down what it was asked. */
function fake(
  answers: Readonly<Record<string, string | (() => string)>>,
  status = 0,
): { runner: Runner; calls: Call[] } {
  const calls: Call[] = [];
  const runner: Runner = async (program, args, options) => {
    const command = [program, ...args].join(' ');
    calls.push({ command, cwd: options?.cwd });
    const answer = answers[command] ?? '';
    return { status, stdout: Buffer.from(typeof answer === 'string' ? answer : answer()), stderr: '' };
  };
  return { runner, calls };
}

const STANZA = `Package: linux-source-6.1\nVersion: 6.1.176-1\nArchitecture: all\nSize: 3\nSHA256: ${'a'.repeat(64)}\n`;
const RECORD = recordOf(
  new Map([
    ['package', 'linux-source-6.1'],
    ['version', '6.1.176-1'],
    ['architecture', 'all'],
    ['size', '3'],
    ['sha256', 'a'.repeat(64)],
  ]),
);

describe('aptArchive', () => {
  test('reads all versions of the named packages', async () => {
    const { runner } = fake({
      'apt-cache show -- linux-source-6.1': `${STANZA}\n${STANZA.replace('176', '192')}\nPackage: other\nVersion: 1\n`,
    });
    const records = await aptArchive(runner).records(['linux-source-6.1']);
    assert.deepEqual(
      records.map(({ version }) => version),
      ['6.1.176-1', '6.1.192-1'],
    );
  });

  test('knows nothing of an unknown package', async () => {
    assert.deepEqual(await aptArchive(fake({}, 100).runner).records(['nosuch']), []);
  });

  test('does not take another failure for an answer', async () => {
    await assertRejects('TOOL_FAILED', () => aptArchive(fake({}, 1).runner).records(['nosuch']));
  });

  test('lists kernel releases', async () => {
    const names = 'linux-image-6.1.0-50-amd64\nlinux-image-amd64\nlinux-image-6.1.0-50-amd64-dbg\n';
    const { runner } = fake({ 'apt-cache pkgnames linux-image-': names });
    assert.deepEqual(await aptArchive(runner).releases(), ['6.1.0-50-amd64']);
  });

  test('fetches the index when apt has none and may', async () => {
    let updated = false;
    const { runner } = fake({
      'apt-cache pkgnames linux-image-': () => (updated ? 'linux-image-6.1.0-50-amd64\n' : ''),
      'apt-get -q update': () => {
        updated = true;
        return '';
      },
    });
    await assertRejects('DOWNLOAD_FAILED', () => aptArchive(runner, false).releases());
    assert.equal(updated, false);
    assert.deepEqual(await aptArchive(runner, true).releases(), ['6.1.0-50-amd64']);
  });

  test('downloads the exact version into the folder', async (context) => {
    const folder = await temporaryFolder(context);
    const { runner, calls } = fake({
      'apt-get -q download -- linux-source-6.1=6.1.176-1': () => {
        writeFileSync(join(folder, 'linux-source-6.1_6.1.176-1_all.deb'), 'abc');
        return '';
      },
    });
    assert.ok(RECORD !== undefined);
    const path = await aptArchive(runner).fetch(RECORD, folder, {});
    assert.equal(path, join(folder, 'linux-source-6.1_6.1.176-1_all.deb'));
    assert.equal(calls[0]?.cwd, folder);
  });

  test('refuses a download that leaves nothing', async (context) => {
    const folder = await temporaryFolder(context);
    assert.ok(RECORD !== undefined);
    const { runner } = fake({});
    await assertRejects('DOWNLOAD_FAILED', () => aptArchive(runner).fetch(RECORD, folder, {}));
  });

  test('tells the words of apt', async (context) => {
    const folder = await temporaryFolder(context);
    const runner: Runner = async () => {
      throw new UptideError('TOOL_FAILED', 'apt-get ended with status 100: 404 Not Found');
    };
    assert.ok(RECORD !== undefined);
    await assert.rejects(aptArchive(runner).fetch(RECORD, folder, {}), {
      code: 'DOWNLOAD_FAILED',
      message: /404/,
    });
  });

  test('says how far a download is', async (context) => {
    const folder = await temporaryFolder(context);
    let end = (): void => {};
    const runner: Runner = async () => {
      writeFileSync(join(folder, 'a_1_all.deb'), 'abc');
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      return { status: 0, stdout: Buffer.alloc(0), stderr: '' };
    };
    const seen: number[] = [];
    assert.ok(RECORD !== undefined);
    await aptArchive(runner).fetch(RECORD, folder, {
      onBytes: (bytes) => {
        seen.push(bytes);
        end();
      },
    });
    assert.equal(seen[0], 3);
  });
});
