// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { run } from '@uptide/base';
import { address } from '@uptide/elf';
import { imageBtf, moduleBtf } from '../../src/btf/btf.ts';
import { openImage } from '../../src/image/image.ts';
import { parseSymbols, serialiseSymbols } from '../../src/image/symbol-file.ts';
import { KallsymsTable } from '../../src/image/symbol-table.ts';
import { unpackImage } from '../../src/image/unpack.ts';
import type { ExportedSymbol, KernelImage, ShippedModule } from '../../src/model.ts';
import { listModules } from '../../src/modules/list.ts';
import { loadOrder } from '../../src/modules/load-order.ts';
import { dependsOf, readModinfo } from '../../src/modules/modinfo.ts';
import { readModule } from '../../src/modules/read.ts';
import { parseSymvers } from '../../src/symvers/symvers.ts';
import { realKernel } from '../support/real-kernel.ts';

const folder = mkdtempSync(join(tmpdir(), 'uptide-readers-'));
after(() => rmSync(folder, { recursive: true }));
const vmlinux = join(folder, 'vmlinux');

describe('the image of a real kernel', () => {
  let image: KernelImage;
  let exports: ReadonlyMap<string, ExportedSymbol>;
  before(async () => {
    writeFileSync(vmlinux, await unpackImage(readFileSync(realKernel('vmlinuz'))));
    image = openImage(vmlinux);
    exports = parseSymvers(readFileSync(realKernel('symvers'), 'utf8'));
  });

  test('has the build id that readelf prints', async () => {
    const { stdout } = await run('readelf', ['-n', vmlinux], { package: 'binutils' });
    assert.equal(/Build ID: ([0-9a-f]+)/.exec(stdout.toString())?.[1], image.buildId);
  });

  test('has its banner at linux_banner', () => {
    const [symbol] = image.symbols.named('linux_banner');
    assert.ok(symbol !== undefined);
    const bytes = Buffer.from(image.read(symbol.address, image.banner.length + 2) ?? []);
    assert.equal(bytes.toString('latin1'), `${image.banner}\n\0`);
    assert.match(image.banner, /^Linux version \S+ \(.+\) \(.*gcc.*\) #\d+ /);
  });

  test('has a symbol for every export of vmlinux', () => {
    const missing = [...exports.values()].filter(
      ({ name, object }) => object === 'vmlinux' && image.symbols.named(name).length === 0,
    );
    assert.deepEqual(missing, []);
  });

  test('has every export at the address that its own export table gives', () => {
    let compared = 0;
    for (const name of ['__ksymtab', '__ksymtab_gpl']) {
      for (const entry of exportTable(image, name)) {
        const addresses = image.symbols.named(entry.name).map((symbol) => symbol.address);
        assert.ok(addresses.includes(address(entry.address)), entry.name);
        compared++;
      }
    }
    const ofVmlinux = [...exports.values()].filter(({ object }) => object === 'vmlinux');
    assert.equal(compared, ofVmlinux.length);
  });

  test('has its sections where the linker’s symbols say', () => {
    const only = (name: string): number => {
      const [symbol, second] = image.symbols.named(name);
      assert.ok(symbol !== undefined && second === undefined, name);
      return symbol.address;
    };
    const section = (name: string): number =>
      image.sections.find((found) => found.name === name)?.address ?? assert.fail(name);
    assert.equal(only('_text'), section('.text'));
    assert.equal(only('__start_rodata'), section('.rodata'));
    assert.equal(only('_sdata'), section('.data'));
    assert.equal(only('_sinittext'), section('.init.text'));
    assert.equal(only('__bss_start'), section('.bss'));
    assert.equal(only('__per_cpu_start'), section('.data..percpu'));
  });

  test('has twins, in rising order of address', () => {
    const addresses = image.symbols.named('__func__.0').map((symbol) => symbol.address);
    assert.ok(addresses.length > 100);
    assert.deepEqual(
      addresses,
      addresses.toSorted((a, b) => a - b),
    );
  });

  test('gives its symbols again from their kept form', () => {
    assert.ok(image.symbols instanceof KallsymsTable);
    const kept = parseSymbols(serialiseSymbols(image.symbols));
    assert.deepEqual(kept.symbols, image.symbols.symbols);
  });

  test('has the sizes that pahole prints of every struct', async () => {
    const types = imageBtf(image);
    const { stdout } = await run('pahole', ['-F', 'btf', '--sizes', vmlinux], { package: 'dwarves' });
    const sizes = Map.groupBy(stdout.toString().trim().split('\n'), (line) => line.split('\t')[0] ?? '');
    let compared = 0;
    for (const [name, [line, second]] of sizes) {
      if (line === undefined || second !== undefined) continue;
      const ids = [...types.named(name, 'struct'), ...types.named(name, 'union')];
      if (ids.length !== 1) continue;
      assert.equal(types.structSize(name), Number(line.split('\t')[1]), name);
      compared++;
    }
    assert.ok(compared > 5000, `${compared} structs`);
  });

  test('has the offsets that pahole prints of task_struct', async () => {
    const types = imageBtf(image);
    const args = ['-F', 'btf', '-C', 'task_struct', vmlinux];
    const { stdout } = await run('pahole', args, { package: 'dwarves' });
    const lines = [...stdout.toString().matchAll(/^\t[\w *]+?(\w+); +\/\* +(\d+) +(\d+) \*\/$/gm)];
    assert.ok(lines.length > 100);
    for (const [, member = '', offset] of lines) {
      assert.equal(types.memberOffset('task_struct', member), Number(offset), member);
    }
  });
});

describe('the modules of a real kernel', () => {
  let modules: ReadonlyMap<string, ShippedModule>;
  const path = (module: ShippedModule): string => join(realKernel('modules'), module.path);
  before(async () => {
    modules = await listModules(realKernel('modules'));
  });

  test('are as many as modules.order lists', () => {
    const order = readFileSync(join(realKernel('modules'), 'modules.order'), 'utf8')
      .trim()
      .split('\n');
    assert.equal(modules.size, order.length);
  });

  test('are readable and say their own name', async () => {
    const some = [...modules.values()].filter((_, i) => i % 50 === 0);
    for (const module of some) {
      const info = readModinfo(await readModule(path(module)));
      assert.deepEqual(info.get('name'), [module.name]);
      assert.equal(info.get('vermagic')?.length, 1);
    }
  });

  test('are those that export what vmlinux does not', () => {
    const exports = parseSymvers(readFileSync(realKernel('symvers'), 'utf8'));
    const unknown = [...exports.values()].filter(
      ({ object }) => object !== 'vmlinux' && !modules.has(object),
    );
    assert.deepEqual(unknown, []);
  });

  test('are loaded after those that they need', async () => {
    const order = await loadOrder('ext4', async (name) => {
      const module = modules.get(name);
      return module && dependsOf(readModinfo(await readModule(path(module))));
    });
    assert.equal(order.at(-1), 'ext4');
    assert.ok(order.includes('jbd2') && order.includes('mbcache'), order.join(' '));
  });

  test('have types on top of those of the kernel', async () => {
    const ext4 = modules.get('ext4');
    assert.ok(ext4 !== undefined);
    const types = moduleBtf(await readModule(path(ext4)), imageBtf(openImage(vmlinux)));
    const inode = types.memberOffset('ext4_inode_info', 'vfs_inode');
    const size = types.structSize('inode');
    assert.ok(inode !== undefined && size !== undefined);
    assert.ok(inode + size <= (types.structSize('ext4_inode_info') ?? 0));
  });
});

interface ExportEntry {
  readonly name: string;
  readonly address: number;
}

/** struct kernel_symbol with CONFIG_HAVE_ARCH_PREL32_RELOCATIONS: three s32, each added to its own address. */
function exportTable(image: KernelImage, section: string): ExportEntry[] {
  const table = sectionOf(image, section);
  const strings = sectionOf(image, '__ksymtab_strings');
  const target = (at: number): number => table.start + at + table.bytes.readInt32LE(at);
  return Array.from({ length: table.bytes.length / 12 }, (_, i) => {
    const begin = target(12 * i + 4) - strings.start;
    const name = strings.bytes.toString('latin1', begin, strings.bytes.indexOf(0, begin));
    return { name, address: target(12 * i) };
  });
}

function sectionOf(image: KernelImage, name: string): { start: number; bytes: Buffer } {
  const bytes = image.section(name);
  const start = image.sections.find((section) => section.name === name)?.address;
  assert.ok(bytes !== undefined && start !== undefined, name);
  return { start, bytes: Buffer.from(bytes) };
}
