// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { QUIET } from '@uptide/base';
import type { Baseline } from '@uptide/kernel';
import { createUpdate } from '../../src/create/create.ts';
import type { CreateOutcome } from '../../src/create/model.ts';
import { failsLater } from '../support/fails.ts';
import { stockKernel } from '../support/stock-kernel.ts';
import { LinkedModule } from '../support/updates.ts';

const EXAMPLE = new URL('../../../../examples/cmdline-mark.patch', import.meta.url);

let kernel: Baseline;
before(async () => {
  kernel = await stockKernel();
});

/** A patch of one file of the tree that puts lines behind the only line of a text. */
async function inserting(path: string, behind: string, ...lines: readonly string[]): Promise<Uint8Array> {
  const source = (await readFile(join(kernel.tree, path), 'latin1')).split('\n');
  const at = source.indexOf(behind);
  assert.ok(at >= 0 && source.indexOf(behind, at + 1) < 0, `${path} has one line ${behind}`);
  const after = source[at + 1] ?? '';
  const header = `--- a/${path}\n+++ b/${path}\n@@ -${at + 1},2 +${at + 1},${lines.length + 2} @@\n`;
  const added = lines.map((line) => `+${line}\n`).join('');
  return Buffer.from(`${header} ${behind}\n${added} ${after}\n`, 'latin1');
}

interface Circumstances {
  /** Whether everything is compiled now. */
  readonly fresh?: boolean;
  readonly name?: string;
  readonly jobs?: number;
}

/** Creates an update with a scratch folder of its own, which must be empty afterwards. */
async function create(bytes: Uint8Array, circumstances: Circumstances = {}): Promise<CreateOutcome> {
  const { fresh = false, name = 'a.patch', jobs } = circumstances;
  const root = await mkdtemp(join(tmpdir(), 'uptide-create-'));
  const scratch = join(root, 'scratch');
  const baseline = fresh ? { ...kernel, cache: join(root, 'cache') } : kernel;
  try {
    const outcome = await createUpdate({
      baseline,
      patches: [{ path: name, bytes }],
      scratch,
      jobs,
      stacks: () => Promise.resolve([]),
      reporter: QUIET,
    });
    assert.deepEqual(await readdir(scratch), []);
    return outcome;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

const codes = ({ findings }: CreateOutcome): string[] => findings.map(({ code }) => code);

describe('an update of the stock kernel', () => {
  it('is the same bytes, wherever and however it is made', async () => {
    const patch = await readFile(EXAMPLE);
    const kept = await create(patch);
    const anew = await create(patch, { fresh: true, name: 'another/name.patch', jobs: 1 });
    assert.equal(kept.verdict, 'made');
    assert.deepEqual(anew, kept);
    const [object, ...others] = kept.update?.objects ?? [];
    assert.ok(object !== undefined && others.length === 0);
    assert.deepEqual(
      [object.name, object.functions.map(({ name }) => name)],
      ['vmlinux', ['cmdline_proc_show']],
    );
    const [replaced] = object.functions;
    assert.ok(replaced !== undefined && replaced.position === 0 && replaced.match.masks.length > 0);
  });

  it('may replace a function whose jump is shorter in the shipped module', async () => {
    const patch = await inserting(
      'drivers/usb/core/hub.c',
      '\tstruct usb_hub *hub = from_timer(hub, t, irq_urb_retry);',
      '',
      '\tbarrier();',
      '\tif (!hub)',
      '\t\treturn;',
    );
    const outcome = await create(patch);
    assert.deepEqual(
      codes(outcome).filter((code) => code.startsWith('MATCH')),
      [],
    );
    assert.equal(outcome.verdict, 'made');
    const [object] = outcome.update?.objects ?? [];
    const shipped = await kernel.module('usbcore');
    const symbol = shipped?.symbols.find(({ name }) => name === 'hub_retry_irq_urb');
    assert.deepEqual(
      [object?.name, object?.functions.map(({ name, size }) => [name, size])],
      ['usbcore', [['hub_retry_irq_urb', symbol?.size]]],
    );
    const module = new LinkedModule(outcome.update?.module ?? new Uint8Array());
    assert.ok(module.relocations().some(([table]) => table === '.klp.rela.usbcore..text'));
  });

  it('replaces all callers of a library function that has no ftrace site', async () => {
    const limit = '\tunsigned long limit = ucs2_strnlen(src, maxlength);';
    const patch = await inserting('lib/ucs2_string.c', limit, '\tif (limit > 1000)', '\t\treturn 0;');
    const { verdict, update, findings } = await create(patch);
    assert.equal(verdict, 'made', JSON.stringify(findings));
    assert.ok(findings.some(({ code }) => code === 'COMPARE_CALLERS_ELSEWHERE'));
    const replaced = update?.objects.map(({ name, functions }) => [name, functions.map((each) => each.name)]);
    assert.deepEqual(replaced, [
      ['efi_pstore', ['efi_pstore_read_func']],
      ['efivarfs', ['efivar_validate', 'efivarfs_callback']],
      ['hv_netvsc', ['rndis_get_friendly_name']],
    ]);
    // All of them call the new copy, and none the function that is exported.
    const { symbols } = new LinkedModule(update?.module ?? new Uint8Array()).object;
    const copies = symbols.filter(({ name }) => name === 'ucs2_as_utf8');
    assert.deepEqual(
      copies.map(({ home }) => home.kind),
      ['section'],
    );
  });

  it('is refused with all that stands in the way', async () => {
    const patch = await inserting(
      'fs/proc/cmdline.c',
      "\tseq_putc(m, '\\n');",
      '\t{ static DEFINE_PER_CPU(int, reads); this_cpu_inc(reads); }',
      '\t{ extern void nothing_has_this(void); nothing_has_this(); }',
    );
    const outcome = await create(patch);
    assert.equal(outcome.verdict, 'refused');
    assert.equal(outcome.update, undefined);
    for (const code of ['CUT_PERCPU', 'MATCH_SYMBOL_UNKNOWN']) assert.ok(codes(outcome).includes(code), code);
  });

  it('is none when the code stays the same', async () => {
    const outcome = await create(
      await inserting('fs/proc/cmdline.c', "\tseq_putc(m, '\\n');", '\t/* nothing */'),
    );
    assert.equal(outcome.verdict, 'no-change');
    assert.deepEqual(codes(outcome), ['COMPARE_NO_CHANGE']);
    assert.equal(outcome.update, undefined);
  });

  it('is none when the patch does not compile', async () => {
    const patch = await inserting('fs/proc/cmdline.c', "\tseq_putc(m, '\\n');", '\tthis is no C;');
    await failsLater('COMPILE_FAILED', () => create(patch));
  });
});
