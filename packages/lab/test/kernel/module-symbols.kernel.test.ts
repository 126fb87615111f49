// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { ModuleSymbols } from '../../src/check/module-symbols.ts';
import { boot } from '../../src/index.ts';
import { moduleOrder } from '../../src/prove/module-order.ts';
import { stockKernel } from '../support/stock-kernel.ts';

/** With many symbols and many equal names among them. */
const MODULES = ['kvm', 'btrfs', 'nf_conntrack', 'binfmt_misc'];

it('the symbols of modules are counted as the running kernel counts them', async () => {
  const baseline = await stockKernel();
  const names = await moduleOrder(baseline, MODULES);
  const shipped = await baseline.modules();
  const files = await Promise.all(
    names.map(async (name) => ({
      path: `m/${name}.ko`,
      content: await readFile(join(baseline.moduleFolder, shipped.get(name)?.path ?? '')),
    })),
  );
  const load = names.map((name) => `insmod /m/${name}.ko || exit 1\n`).join('');
  const list = (name: string) => ({
    id: name,
    script: `sed -n 's/^\\([0-9a-f]*\\) . \\(.*\\)\\t\\[${name}\\]$/\\1 \\2/p' /proc/kallsyms | gzip -9\n`,
  });
  const { results, reason } = await boot({
    kernel: baseline.vmlinuz,
    files,
    commands: [{ id: 'load', script: load }, ...MODULES.map(list)],
  });
  assert.equal(results.get('load')?.status, 0, `${reason} ${results.get('load')?.stderr.toString()}`);
  for (const name of MODULES) {
    const output = results.get(name);
    assert.ok(output !== undefined && !output.truncated);
    const module = await baseline.module(name);
    assert.ok(module);
    compare(new ModuleSymbols(module), parse(output.stdout));
  }
});

interface Listed {
  readonly name: string;
  readonly address: bigint;
}

function parse(packed: Buffer): readonly Listed[] {
  const lines = gunzipSync(packed).toString().trim().split('\n');
  return lines.map((line) => ({ name: line.slice(17), address: BigInt(`0x${line.slice(0, 16)}`) }));
}

/** Equal names are at equal positions when the place of each in its section fits all others of that section. */
function compare(symbols: ModuleSymbols, listed: readonly Listed[]): void {
  assert.ok(listed.length > 20);
  const positions = new Map<string, number>();
  const bases = new Map<number, bigint>();
  for (const { name, address } of listed) {
    const position = (positions.get(name) ?? 0) + 1;
    positions.set(name, position);
    const found = symbols.findRunning(name, position);
    assert.ok('symbol' in found && found.symbol.home.kind === 'section', `${name},${position} is not found`);
    const base = address - BigInt(found.symbol.value);
    const section = found.symbol.home.section;
    assert.equal(base, bases.get(section) ?? base, `${name},${position} is another symbol`);
    bases.set(section, base);
  }
  for (const [name, count] of positions) {
    assert.ok('problem' in symbols.findRunning(name, count + 1), `${name} is there more than ${count} times`);
  }
}
