// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { readObject } from '@uptide/elf';
import type { Baseline } from '@uptide/kernel';
import { findAffected } from '../../src/affected/affected.ts';
import type { AffectedResult } from '../../src/affected/model.ts';
import { compileUnits } from '../../src/compile/compile.ts';
import type { CompileResult } from '../../src/compile/model.ts';
import { sameCode } from '../../src/compile/same-code.ts';
import { compileSource, moduleUnit } from '../../src/compile/source.ts';
import { parsePatchSet } from '../../src/patch/parse.ts';
import { withWorkFolder } from '../../src/work-folder.ts';
import { appendix, replacement } from '../support/fake-tree.ts';
import { stockKernel } from '../support/stock-kernel.ts';

let kernel: Baseline;
before(async () => {
  kernel = await stockKernel();
});

/** A patch that adds the same text at the end of each of those files. */
async function appending(text: string, ...paths: readonly string[]): Promise<string> {
  const parts = paths.map(async (path) =>
    appendix(path, await readFile(join(kernel.tree, path), 'latin1'), text),
  );
  return (await Promise.all(parts)).join('');
}

async function affected(patch: string, workFolder: string): Promise<AffectedResult> {
  const patchSets = [parsePatchSet(Buffer.from(patch, 'latin1'), 'test.patch')];
  return await findAffected({ baseline: kernel, patchSets, workFolder });
}

/** Runs `work` with a cache of its own, so that everything is compiled now. */
async function withFreshCache<T>(work: (baseline: Baseline, folder: string) => Promise<T>): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'uptide-forge-'));
  try {
    return await withWorkFolder(join(root, 'work'), (folder) =>
      work({ ...kernel, cache: join(root, 'cache') }, folder),
    );
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function compile(patch: string): Promise<CompileResult> {
  return await withFreshCache(async (baseline, workFolder) => {
    const { units, postFiles } = await affected(patch, workFolder);
    return await compileUnits({ baseline, units, postFiles, workFolder });
  });
}

function names(object: Uint8Array | undefined): string[] {
  return readObject(object ?? new Uint8Array()).symbols.map(({ name }) => name);
}

describe('on a stock kernel', () => {
  it('the units of a patch are found, also those that include what changed', async () => {
    const patch = await appending(
      '/* nothing */\n',
      'security/keys/process_keys.c',
      'virt/kvm/eventfd.c',
      'fs/nls/nls_utf8.c',
      'kernel/sched/rt.c',
      'fs/binfmt_elf.c',
    );
    const result = await withFreshCache((_baseline, folder) => affected(patch, folder));
    assert.deepEqual(result.findings, []);
    assert.deepEqual(
      result.units.map(({ unit, owners, reason }) => [unit.source, owners.join(), reason]),
      [
        ['fs/binfmt_elf.c', 'vmlinux', 'source'],
        ['fs/compat_binfmt_elf.c', 'vmlinux', 'includes'],
        ['fs/nls/nls_utf8.c', 'nls_utf8', 'source'],
        ['kernel/sched/build_policy.c', 'vmlinux', 'includes'],
        ['security/keys/process_keys.c', 'vmlinux', 'source'],
        ['virt/kvm/eventfd.c', 'kvm', 'source'],
      ],
    );
  });

  it('a patch that adds a comment gives the same object, byte for byte, in the shadow tree', async () => {
    const paths = [
      'security/keys/process_keys.c',
      'virt/kvm/eventfd.c',
      'fs/nls/nls_utf8.c',
      'kernel/sched/rt.c',
    ];
    const { units, findings, notes } = await compile(await appending('/* nothing */\n', ...paths));
    assert.deepEqual([findings, notes], [[], []]);
    assert.equal(units.length, 4);
    for (const { unit, pre, post } of units) assert.ok(Buffer.compare(pre, post) === 0, unit.source);
  });

  it('lines added above code move no line number of it, in sources and headers', async () => {
    const above = async (path: string): Promise<string> => {
      const text = await readFile(join(kernel.tree, path), 'latin1');
      return replacement(path, text, `/*\n * one\n * two\n */\n${text}`);
    };
    const patch = (await above('net/core/dev.c')) + (await above('include/linux/ptr_ring.h'));
    const { units } = await compile(patch);
    assert.deepEqual(
      units.map(({ unit, pre, post }) => [unit.source, sameCode(pre, post)]),
      [['net/core/dev.c', true]],
    );
  });

  it('a patch that adds a function gives an object with that function, after objtool', async () => {
    const added = 'int uptide_probe(void);\nint uptide_probe(void)\n{\n\treturn 42;\n}\n';
    const { units } = await compile(await appending(added, 'fs/nls/nls_utf8.c'));
    const [unit] = units;
    assert.equal(names(unit?.pre).includes('uptide_probe'), false);
    assert.equal(names(unit?.post).includes('uptide_probe'), true);
    const sections = readObject(unit?.post ?? new Uint8Array()).sections.map(({ name }) => name);
    assert.ok(sections.includes('.text.uptide_probe') && sections.includes('.orc_unwind'));
  });

  it('a changed inline function of a header has its users compiled, and a comment nobody', async () => {
    const header = 'drivers/ata/libata.h';
    const text = await readFile(join(kernel.tree, header), 'latin1');
    const edit = (from: string, to: string): string => {
      assert.ok(text.includes(from));
      return replacement(header, text, text.replaceAll(from, to));
    };
    const more = await appending('/* nothing */\n', 'fs/nls/nls_utf8.c');
    const considered = async (patch: string): Promise<readonly string[]> =>
      withFreshCache(async (_baseline, folder) => {
        const result = await affected(patch + more, folder);
        assert.deepEqual(result.findings, []);
        return result.units.filter(({ reason }) => reason === 'header').map(({ unit }) => unit.source);
      });
    assert.deepEqual(await considered(edit('/* libata-scsi.c */', '/* scsi */')), []);
    const call = 'ata_acpi_on_devcfg(struct ata_device *dev';
    const changed = edit(call, `${call}, int x`);
    assert.deepEqual(await considered(changed), ['drivers/ata/libata-acpi.c', 'drivers/ata/libata-core.c']);
  });

  it('generators, the boot stub and what is not built are told apart', async () => {
    const codes = async (...paths: readonly string[]): Promise<string[]> => {
      const patch = await appending('/* nothing */\n', 'fs/nls/nls_utf8.c', ...paths);
      const { findings } = await withFreshCache((_baseline, folder) => affected(patch, folder));
      return findings.map(({ code, verdict }) => `${verdict} ${code}`);
    };
    assert.deepEqual(await codes('lib/gen_crc32table.c'), ['refuse PATCH_RUNS_ON_MAKER']);
    assert.deepEqual(await codes('lib/raid6/mktables.c'), ['refuse PATCH_RUNS_ON_MAKER']);
    assert.deepEqual(await codes('arch/x86/boot/compressed/misc.c'), ['refuse PATCH_OTHER_IMAGE']);
    assert.deepEqual(await codes('fs/binfmt_elf_fdpic.c'), ['ok PATCH_NOT_BUILT']);
    assert.deepEqual(await codes('arch/arm64/kernel/process.c'), ['ok PATCH_NOT_BUILT']);
  });

  it('a source of ours is compiled as that of a module', async () => {
    const source = Buffer.from(`#include <linux/module.h>
static int __init start(void) { pr_info("%s\\n", KBUILD_MODNAME); return 0; }
static void __exit stop(void) { }
module_init(start);
module_exit(stop);
MODULE_LICENSE("GPL");
`);
    const compiled = await withFreshCache(async (baseline, workFolder) =>
      compileSource({
        baseline,
        name: 'uptide_probe',
        source,
        like: moduleUnit(await kernel.units()),
        workFolder,
      }),
    );
    assert.deepEqual(compiled.warnings, []);
    const all = names(compiled.object);
    for (const name of ['init_module', 'cleanup_module', '_printk']) assert.ok(all.includes(name), name);
  });
});
