// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The commands for a machine, run on one: the stock kernel with Node in its memory. Nothing is played here: the
 * running code is read from /proc/kcore, a kprobe changes it, a sleeping reader holds up a transition.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { before, describe, it } from 'node:test';
import { EXIT } from '@uptide/base';
import { type BootResult, boot, type GuestCommand } from '@uptide/lab';
import { decodeUpdate } from '@uptide/stream';
import { stockKernel } from '../../../lab/test/support/stock-kernel.ts';
import { guestAgent, guestPrograms, SET_UP } from '../support/guest-node.ts';
import { uptide } from '../support/uptide.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../../../examples/cmdline-mark.patch');
/** A reader of an empty pipe sleeps in pipe_read, which this changes. */
const PIPE_PATCH = `--- a/fs/pipe.c
+++ b/fs/pipe.c
@@ -239,3 +239,3 @@ pipe_read(struct kiocb *iocb, struct iov_iter *to)
 \t/* Null read succeeds. */
-\tif (unlikely(total_len == 0))
+\tif (unlikely(total_len == 0 || total_len > MAX_RW_COUNT))
 \t\treturn 0;
`;
const TRACING = '/sys/kernel/tracing';
const MARK = "grep -qF '[patched live]' /proc/cmdline";

/** A run of the command in the guest, whose results are the only output. */
function guest(id: string, script: string): GuestCommand {
  return { id, script: `${SET_UP}\n${script}\n`, timeoutSeconds: 300 };
}

let seen: BootResult;
let module: string;
before(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'uptide-host-'));
  try {
    const { release, vmlinuz } = await stockKernel();
    await writeFile(join(folder, 'pipe.patch'), PIPE_PATCH);
    for (const [patch, name] of [
      [EXAMPLE, 'mark'],
      ['pipe.patch', 'pipe'],
    ] as const) {
      const made = await uptide(
        ['create', patch, '--kernel', release, '--unreviewed', 'a test', '-o', `${name}.uptide`, '--json'],
        folder,
      );
      assert.equal(made.status, EXIT.done, made.stderr + made.stdout);
    }
    const mark = await readFile(join(folder, 'mark.uptide'));
    module = decodeUpdate(mark).description.module;
    seen = await boot({
      kernel: vmlinuz,
      files: [
        ...guestPrograms(),
        await guestAgent(),
        { path: 'mark.uptide', content: mark },
        { path: 'pipe.uptide', content: await readFile(join(folder, 'pipe.uptide')) },
      ],
      commands: [
        guest('empty', 'uptide list --json'),
        guest(
          'probed',
          [
            `echo 'p:held cmdline_proc_show+5' > ${TRACING}/kprobe_events`,
            `echo 1 > ${TRACING}/events/kprobes/held/enable`,
            'uptide load /mark.uptide --json; status=$?',
            `echo 0 > ${TRACING}/events/kprobes/held/enable`,
            `echo > ${TRACING}/kprobe_events`,
            'exit $status',
          ].join('\n'),
        ),
        guest('load', `uptide load /mark.uptide --json && ${MARK}`),
        guest('again', 'uptide load /mark.uptide --json'),
        guest('list', 'uptide list --json'),
        guest('unload', `uptide unload --json && ! ${MARK} && ! [ -e /sys/module/${module} ]`),
        guest(
          'blocked',
          'mkfifo /tmp/empty; sleep 1000 > /tmp/empty & cat /tmp/empty & sleep 1\nuptide load /pipe.uptide --wait 5 --json',
        ),
        guest('left', 'uptide list --json; ls /run/uptide; ls /sys/module'),
        guest('hidden', 'echo 2 > /proc/sys/kernel/kptr_restrict; uptide load /mark.uptide --json'),
        guest('unmatched', 'uptide load /mark.uptide --unmatched --json && uptide unload'),
      ],
      hardware: { memoryMegabytes: 1536 },
      limits: { boot: 300 },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** What a command printed and how it ended. */
function result(id: string): { status: number; text: string; json: () => Record<string, unknown> } {
  const { status, stdout, stderr } = seen.results.get(id) ?? { status: -1, stdout: '', stderr: seen.reason };
  const text = stdout.toString();
  return { status, text: `${text}${stderr.toString()}`, json: () => JSON.parse(text.split('\n')[0] ?? '') };
}

function codes(id: string): unknown[] {
  const { findings } = result(id).json();
  assert.ok(Array.isArray(findings));
  return findings.map(({ code }) => code);
}

describe('an update on the stock kernel', () => {
  it('is not there at first', () => {
    assert.equal(result('empty').status, EXIT.done, result('empty').text);
    assert.deepEqual(result('empty').json().updates, []);
  });
  it('is not loaded over code that a kprobe changed', () => {
    assert.equal(result('probed').status, EXIT.noMatch, result('probed').text);
    assert.deepEqual(codes('probed'), ['HOST_FUNCTION_PROBED', 'HOST_CODE_DIFFERS']);
  });
  it('is loaded when the running code is the shipped one', () => {
    assert.equal(result('load').status, EXIT.done, result('load').text);
    assert.deepEqual(codes('load'), []);
  });
  it('is not loaded twice', () => {
    assert.equal(result('again').status, EXIT.refused, result('again').text);
    assert.deepEqual(codes('again'), ['HOST_ALREADY_LOADED']);
  });
  it('is listed with what it replaces', () => {
    const { updates } = result('list').json();
    assert.ok(Array.isArray(updates));
    assert.deepEqual(
      updates.map(({ name, enabled, inTransition, objects, record }) => [
        name,
        enabled,
        inTransition,
        objects,
        record.matched,
      ]),
      [
        [
          module,
          true,
          false,
          [{ name: 'vmlinux', functions: [{ name: 'cmdline_proc_show', position: 1 }] }],
          true,
        ],
      ],
    );
  });
  it('is unloaded without a trace', () => {
    assert.equal(result('unload').status, EXIT.done, result('unload').text);
  });
  it('is taken out again when a task stays in what it replaces, which is named', () => {
    assert.equal(result('blocked').status, EXIT.machine, result('blocked').text);
    const { state, findings } = result('blocked').json();
    assert.equal(state, 'reverted');
    assert.ok(Array.isArray(findings));
    assert.ok(
      findings.some(({ code, place }) => code === 'HOST_TASK_BLOCKS' && place.symbol === 'pipe_read'),
      JSON.stringify(findings),
    );
    assert.deepEqual(result('left').json().updates, []);
    assert.doesNotMatch(result('left').text, /\buptide_[0-9a-f]/);
  });
  it('is loaded without the comparison only when told so', () => {
    assert.equal(result('hidden').status, EXIT.machine, result('hidden').text);
    assert.deepEqual(codes('hidden'), ['HOST_CODE_UNREADABLE']);
    assert.equal(result('unmatched').status, EXIT.done, result('unmatched').text);
    assert.deepEqual(codes('unmatched'), ['HOST_CODE_UNREADABLE']);
  });
  it('leaves a kernel that has nothing to complain of', () => {
    assert.equal(seen.outcome, 'completed', seen.reason);
    assert.doesNotMatch(seen.log, /WARNING:|BUG:|Oops/);
  });
});
