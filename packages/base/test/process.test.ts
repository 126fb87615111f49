// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Code, run, UptideError } from '@uptide/base';
import { withFolder } from './support/temporary.ts';

async function fails(code: Code, work: () => Promise<unknown>): Promise<UptideError> {
  let caught: unknown;
  await assert.rejects(work, (error) => {
    caught = error;
    return true;
  });
  assert.ok(caught instanceof UptideError, String(caught));
  assert.equal(caught.code, code, caught.message);
  return caught;
}

/** Resolves when no process has that number any more (a zombie that init has not yet reaped counts as gone). */
async function gone(pid: number): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    if (stat === '' || / [ZX] /.test(stat)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('run', () => {
  it('passes arguments and input as they are, and gives output and status', async () => {
    const result = await run('sh', ['-c', 'cat; printf "%s|" "$@"; echo err >&2', 'sh', 'a b', '$HOME', ''], {
      input: 'in:',
    });
    assert.deepEqual(
      { ...result, stdout: result.stdout.toString() },
      { status: 0, stdout: 'in:a b|$HOME||', stderr: 'err\n' },
    );
  });
  it('gives the program a plain environment', async () => {
    process.env.UPTIDE_TEST_LEAK = 'x';
    const { stdout } = await run('env', []);
    delete process.env.UPTIDE_TEST_LEAK;
    assert.deepEqual(
      new Set(
        stdout
          .toString()
          .trim()
          .split('\n')
          .map((line) => line.split('=')[0]),
      ),
      new Set(['HOME', 'LC_ALL', 'PATH', 'TZ']),
    );
  });
  it('names the package of a program that is missing', async () => {
    const error = await fails('TOOL_MISSING', () => run('no-such-program', [], { package: 'the-package' }));
    assert.match(error.remedy, /the-package/);
  });
  it('says what a failing program said', async () => {
    const error = await fails('TOOL_FAILED', () => run('sh', ['-c', 'echo words >&2; exit 3']));
    assert.match(error.message, /status 3: words/);
  });
  it('leaves the judgement of the status to a caller who wants it', async () => {
    assert.equal((await run('sh', ['-c', 'exit 3'], { anyStatus: true })).status, 3);
    assert.equal((await run('sh', ['-c', 'kill -9 $$'], { anyStatus: true })).status, 137);
  });
  it('does not mind a program that ends without reading its input', async () => {
    assert.equal((await run('true', [], { input: Buffer.alloc(1 << 20) })).status, 0);
  });
  it('ends a program that prints too much', async () => {
    await fails('TOOL_FAILED', () => run('yes', [], { maxOutput: 10_000 }));
  });
  it('ends a program that takes too long, with its children', async () => {
    await withFolder(async (folder) => {
      const file = join(folder, 'pid');
      await fails('TOOL_FAILED', () =>
        run('sh', ['-c', 'sleep 600 & echo $! > "$1"; wait', 'sh', file], { timeout: 300 }),
      );
      await gone(Number(await readFile(file, 'utf8')));
    });
  });
  it('ends a program on abort, and starts none afterwards', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    setTimeout(() => controller.abort(), 50);
    await fails('INTERRUPTED', () => run('sleep', ['600'], { signal }));
    await fails('INTERRUPTED', () => run('true', [], { signal }));
  });
  it('takes its programs along when the process exits', async () => {
    const script = `
      import { run } from '@uptide/base';
      void run('sh', ['-c', 'echo $$ >&2; exec sleep 600'], {
        onStderr: (text) => { process.stdout.write(text, () => process.exit(0)); },
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output = await child.stdout.reduce((text: string, chunk: Buffer) => text + chunk.toString(), '');
    assert.match(output, /^\d+\n$/);
    await gone(Number(output));
  });
});
