// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The whole way on a kernel with CONFIG_X86_KERNEL_IBT and CONFIG_CALL_PADDING: Debian's 6.12. There objtool
 * runs on linked objects only, functions begin with ENDBR64 behind 16 bytes of padding, and the kernel has
 * sealed the entries that nothing calls by their address.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { EXIT } from '@uptide/base';
import { readObject } from '@uptide/elf';
import { addBaseline, newestRelease, openBaseline } from '@uptide/kernel';
import { boot } from '@uptide/lab';
import { decodeUpdate } from '@uptide/stream';
import { uptide } from '../support/uptide.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../../../examples/cmdline-mark.patch');

let folder: string;
let release: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uptide-ibt-'));
  release = await newestRelease('6.12', 'amd64');
  await addBaseline({ release });
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs `create`; gives its answer. */
async function create(patch: string, name: string, status: number = EXIT.done) {
  const made = await uptide(
    ['create', patch, '--kernel', release, '--unreviewed', 'a test', '-o', `${name}.uptide`, '--json'],
    folder,
  );
  assert.equal(made.status, status, made.stderr + made.stdout);
  return JSON.parse(made.stdout);
}

async function prove(name: string, before: string, after: string): Promise<void> {
  const proven = await uptide(
    ['prove', `${name}.uptide`, '--before', before, '--after', after, '--json'],
    folder,
  );
  assert.equal(proven.status, EXIT.done, proven.stdout);
  assert.equal(JSON.parse(proven.stdout).verdict, 'proven');
}

/** Writes a patch that puts lines before one line of a file, which is followed by another one. */
async function patchWith(
  name: string,
  file: string,
  [above, line, below]: readonly [string, string, string],
  added: readonly string[],
): Promise<string> {
  // A hunk at line 1 would have to be at the beginning of the file.
  const hunk = `@@ -2,3 +2,${3 + added.length} @@\n ${above}\n${added.map((text) => `+${text}\n`).join('')} ${line}\n ${below}\n`;
  const path = join(folder, `${name}.patch`);
  await writeFile(path, `--- a/${file}\n+++ b/${file}\n${hunk}`);
  return path;
}

describe('a kernel with indirect branch tracking', () => {
  it('takes an update and gives it back', async () => {
    const { update } = await create(EXAMPLE, 'mark');
    assert.equal(update.objects[0].functions[0].name, 'cmdline_proc_show');
    const mark = "grep -qF '[patched live]' /proc/cmdline";
    await prove('mark', `! ${mark}`, mark);
  });

  it('gets functions behind padding, and no table of sealed entries', async () => {
    await create(EXAMPLE, 'padded');
    const { module } = decodeUpdate(await readFile(join(folder, 'padded.uptide')));
    const object = readObject(module);
    const text = object.sections.find(({ name }) => name === '.text');
    const bytes = text?.content.kind === 'bytes' ? text.content.bytes : new Uint8Array();
    const entry = object.symbols.find(({ name }) => name === 'cmdline_proc_show')?.value ?? 0;
    assert.deepEqual([...bytes.subarray(entry - 16, entry)], Array(16).fill(0x90));
    assert.deepEqual([...bytes.subarray(entry, entry + 4)], [0xf3, 0x0f, 0x1e, 0xfa]);
    assert.ok(!object.sections.some(({ name }) => name.includes('endbr')));
  });

  it('runs everything that the kernel rewrites', async () => {
    const place = [
      '#include "internal.h"',
      '',
      'static int loadavg_proc_show(struct seq_file *m, void *v)',
    ] as const;
    const patch = await patchWith('all', 'fs/proc/loadavg.c', place, [
      '#include <linux/cpuset.h>',
      '#include <linux/kernel_stat.h>',
      '#include <linux/smp.h>',
      '#include <linux/uaccess.h>',
      'static atomic_t seen = ATOMIC_INIT(0);',
      // Called by its address, on every processor.
      'static void see(void *weight) { atomic_add(*(int *)weight, &seen); }',
      'static noinline int twice(int n) { return n * 2; }',
      // A tail call through a pointer.
      'static noinline int through(int n) { int (*volatile call)(int) = twice; return call(n); }',
      'static int everything(struct seq_file *m)',
      '{',
      '\tint weight = 5, read = 0;',
      '\tvoid *page = (void *)__get_free_page(GFP_KERNEL);',
      '\tif (WARN_ON_ONCE(!page))',
      '\t\treturn -ENOMEM;',
      // Alternatives, of code and of a call.
      '\tclear_page(page);',
      '\tif (static_cpu_has(X86_FEATURE_SMAP))',
      '\t\tbarrier();',
      '\tatomic_set(&seen, *(int *)page);',
      // A jump label, a static call, per-CPU data, an exception table entry that is used.
      '\tif (cpusets_enabled())',
      '\t\tpr_debug("cpusets\\n");',
      '\tcond_resched();',
      '\tif (get_kernel_nofault(read, (int *)(~0UL << 46)))',
      '\t\tread = raw_smp_processor_id() < nr_cpu_ids && this_cpu_read(kstat.irqs_sum) ? 7 : 8;',
      '\ton_each_cpu(see, &weight, 1);',
      '\tseq_printf(m, "%d %d ", atomic_read(&seen) == 5 * num_online_cpus(), through(read));',
      '\tfree_page((unsigned long)page);',
      '\treturn 0;',
      '}',
      '#define get_avenrun(...) do { everything(m); get_avenrun(__VA_ARGS__); } while (0)',
    ]);
    await create(patch, 'all');
    await prove('all', "! grep -q '^1 1[46] ' /proc/loadavg", "grep -q '^1 1[46] ' /proc/loadavg");
  });

  it('accounts for calls in the padding of what an update brings', async () => {
    // As on a Skylake: the padding is only written to where the kernel fills the return stack buffer.
    const qemu = join(folder, 'qemu');
    await writeFile(
      qemu,
      [
        '#!/bin/sh',
        'for word; do',
        '  shift',
        '  case "$word" in',
        '    max) word=Skylake-Client-v4,+rsba ;;',
        '    console=*) word="$word retbleed=stuff spectre_v2=retpoline" ;;',
        '  esac',
        '  set -- "$@" "$word"',
        'done',
        'exec qemu-system-x86_64 "$@"',
      ].join('\n'),
      { mode: 0o755 },
    );
    const { vmlinuz } = await openBaseline(release);
    const { module } = decodeUpdate(await readFile(join(folder, 'all.uptide')));
    const script = [
      'grep -q Stuffing /sys/devices/system/cpu/vulnerabilities/retbleed || exit 2',
      'insmod /update.ko || exit 3',
      'cd /sys/kernel/livepatch/uptide_*',
      'while [ "$(cat transition)" = 1 ]; do sleep 1; done',
      "grep -q '^1 1[46] ' /proc/loadavg || exit 4",
      // The padding as it is in memory: /proc/kcore is an ELF file whose program headers say where.
      "address=0x$(grep ' through.*uptide' /proc/kallsyms | cut -d' ' -f1)",
      'od -An -v -t x8 -w56 -j64 -N1120 /proc/kcore | while read type offset start physical size more; do',
      '  distance=$((address - 0x$start))',
      '  [ $distance -ge 0 ] && [ $distance -lt $((0x$size)) ] || continue',
      '  dd if=/proc/kcore bs=1 skip=$((0x$offset + distance - 16)) count=16 2>/dev/null | od -An -t x1 -w16',
      'done',
      'echo 0 > enabled',
    ].join('\n');
    const booted = await boot({
      kernel: vmlinuz,
      files: [{ path: 'update.ko', content: module }],
      commands: [{ id: 'run', script }],
      hardware: { qemu },
    });
    const result = booted.results.get('run');
    assert.equal(result?.status, 0, booted.log.slice(-4000));
    // sarq $5, %gs:... (SKL_CALL_THUNK, arch/x86/kernel/callthunks.c)
    assert.match(result?.stdout.toString() ?? '', /90 65 48 c1 3d .. .. .. .. 05\s*$/m);
    assert.doesNotMatch(booted.log, /WARNING:|BUG:/);
  });

  it('finds the one that is meant among functions of one name', async () => {
    const place = ['{', '\tvoid *value;', '\tstruct kallsym_iter *iter = m->private;'] as const;
    const patch = await patchWith('twin', 'kernel/kallsyms.c', place, ['\tseq_puts(m, "twin ");']);
    const { update } = await create(patch, 'twin');
    const [changed] = update.objects[0].functions;
    assert.equal(changed.name, 's_show');
    assert.ok(changed.position > 0);
    await prove(
      'twin',
      "! head -n 1 /proc/kallsyms | grep -q '^twin '",
      "head -n 1 /proc/kallsyms | grep -q '^twin '",
    );
  });

  it('is not asked to call what it has sealed', async () => {
    const place = [
      '#include "internal.h"',
      '',
      'static int loadavg_proc_show(struct seq_file *m, void *v)',
    ] as const;
    const patch = await patchWith('sealed', 'fs/proc/loadavg.c', place, [
      'static void (*volatile call)(unsigned long *, unsigned long, int);',
      '#define get_avenrun(...) do { call = get_avenrun; call(__VA_ARGS__); } while (0)',
    ]);
    const { findings } = await create(patch, 'sealed', EXIT.refused);
    const refusals = findings.filter(({ verdict }: { verdict: string }) => verdict === 'refuse');
    assert.deepEqual(
      refusals.map(({ code }: { code: string }) => code),
      ['CUT_ENDBR_SEALED'],
    );
  });
});
