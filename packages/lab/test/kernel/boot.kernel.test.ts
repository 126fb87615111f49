// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { UptideError } from '@uptide/base';
import { boot, type GuestCommand } from '../../src/index.ts';
import { stockKernel } from '../support/stock-kernel.ts';

let kernel: string;
before(async () => {
  kernel = (await stockKernel()).vmlinuz;
});

describe('a stock kernel in QEMU', () => {
  it('runs commands and gives their status and both streams byte for byte', async () => {
    const commands: GuestCommand[] = [
      { id: 'streams', script: "printf 'a\\000\\377\\n\\r\\n'; printf 'wrong' >&2; exit 3\n" },
      { id: 'file', script: 'cat /data/hello; test -x /data/run\n' },
      { id: 'much', script: 'seq 1 40000\n' },
      { id: 'endless', script: 'yes\n', timeoutSeconds: 20 },
      { id: 'slow', script: 'sleep 100 & sleep 100\n', timeoutSeconds: 1 },
      { id: 'alone', script: 'ps | grep -c [s]leep\n' },
    ];
    const files = [
      { path: 'data/hello', content: Buffer.from('hello') },
      { path: 'data/run', content: Buffer.from('#!/bin/sh\n'), executable: true },
    ];
    const result = await boot({ kernel, files, commands });
    assert.equal(result.outcome, 'completed', result.reason);
    const of = (id: string) => {
      const found = result.results.get(id);
      assert.ok(found, `${id} has no result`);
      return found;
    };
    assert.equal(of('streams').status, 3);
    assert.equal(of('streams').stdout.toString('hex'), '6100ff0a0d0a');
    assert.equal(of('streams').stderr.toString(), 'wrong');
    assert.equal(of('file').status, 0);
    assert.equal(of('file').stdout.toString(), 'hello');
    assert.ok(of('much').truncated);
    assert.ok(of('much').stdout.toString().startsWith('1\n2\n3\n'));
    assert.ok(of('endless').truncated, 'output without end is cut, and the guest goes on');
    assert.notEqual(of('slow').status, 0);
    assert.equal(of('alone').stdout.toString(), '0\n', 'what a command leaves in the background is ended');
    assert.match(result.log, /Linux version /);
    assert.match(result.log, /uptide-lab: begin 0\n(?:.*\n)*?.*uptide-lab: end 0/);
  });

  it('that panics is a result with the log and with what came before', async () => {
    const commands = [
      { id: 'first', script: 'echo before\n' },
      { id: 'crash', script: 'echo c >/proc/sysrq-trigger\n' },
      { id: 'never', script: 'true\n' },
    ];
    const result = await boot({ kernel, commands });
    assert.equal(result.outcome, 'panic');
    assert.equal(result.during, 'crash');
    assert.deepEqual([...result.results.keys()], ['first']);
    assert.match(result.log, /Kernel panic - not syncing: sysrq triggered crash/);
  });

  it('that has too little memory to boot is a result', async () => {
    const commands = [{ id: 'never', script: 'true\n' }];
    const result = await boot({ kernel, commands, hardware: { memoryMegabytes: 24 }, limits: { boot: 20 } });
    assert.notEqual(result.outcome, 'completed');
    assert.equal(result.results.size, 0);
  });

  it('is ended by an abort', async () => {
    const abort = new AbortController();
    const commands = [{ id: 'long', script: 'sleep 1000\n', timeoutSeconds: 1000 }];
    setTimeout(() => abort.abort(), 1500);
    await assert.rejects(
      boot({ kernel, commands, signal: abort.signal }),
      (error) => error instanceof UptideError && error.code === 'INTERRUPTED',
    );
  });
});
