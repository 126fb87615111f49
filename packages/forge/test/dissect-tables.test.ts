// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { placementOf } from '../src/cut/placement.ts';
import { dissect } from '../src/dissect/dissect.ts';
import { IGNORED_SECTIONS } from '../src/dissect/sections.ts';
import { SPECIAL_TABLES } from '../src/dissect/tables/index.ts';
import type { EntryLayout } from '../src/dissect/tables/table.ts';
import { assembled, local } from './support/assembly.ts';
import { fails } from './support/fails.ts';

/** Assembly of a table with so many entries of a layout, each of which speaks of the start of \`f\`. */
function table(section: string, layout: EntryLayout, count: number, last = layout.stride): string {
  const lines = [`.section ${section},"a"`];
  for (let i = 0; i < count; i++) {
    const wide = layout.stride >= 16 && (layout.references[1] ?? 8) === 8;
    let at = 0;
    for (const reference of layout.references) {
      lines.push(`.zero ${reference - at}`, wide ? '.quad f' : '.long f - .');
      at = reference + (wide ? 8 : 4);
    }
    lines.push(`.zero ${(i === count - 1 ? last : layout.stride) - at}`);
  }
  return lines.join('\n');
}

for (const { section, layouts, companion } of SPECIAL_TABLES) {
  for (const layout of layouts) {
    test(`${section} with ${layout.stride} bytes and ${layout.references.length} fields an entry`, async () => {
      const beside =
        companion === undefined ? '' : `.section ${companion.section},"a"\n.zero ${7 * companion.stride}`;
      const object = dissect(await assembled(local('f', 'nop', 'ret'), table(section, layout, 7), beside));
      const entries = object.named.get('f')?.[0]?.entries ?? [];
      assert.equal(entries.length, 7);
      for (const entry of entries) {
        assert.equal(entry.layout, layout);
        assert.deepEqual(
          entry.references.map(({ at }) => at),
          layout.references,
        );
        assert.equal(entry.companion?.length, companion?.stride);
      }
      assert.deepEqual(object.orphans, []);
    });
  }
}

test('the last entry of .parainstructions may be without its padding', async () => {
  const [layout] = SPECIAL_TABLES.find(({ section }) => section === '.parainstructions')?.layouts ?? [];
  assert.ok(layout !== undefined);
  for (const last of [10, 12, 16]) {
    const object = dissect(await assembled(local('f', 'ret'), table('.parainstructions', layout, 3, last)));
    const sizes = object.named.get('f')?.[0]?.entries.map(({ bytes }) => bytes.length);
    assert.deepEqual(sizes, [16, 16, 16]);
  }
  const short = await assembled(local('f', 'ret'), table('.parainstructions', layout, 3, 9));
  fails('OBJECT_TABLE_LAYOUT', () => dissect(short));
});

test('a table of no known layout', async () => {
  const odd = await assembled(local('f', 'ret'), '.section __bug_table,"a"\n.long f - .\n.zero 6');
  fails('OBJECT_TABLE_LAYOUT', () => dissect(odd));
  const bare = await assembled(local('f', 'ret'), '.section __bug_table,"a"\n.zero 12');
  fails('OBJECT_TABLE_LAYOUT', () => dissect(bare));
});

test('a table whose parallel table is too short', async () => {
  const object = await assembled(
    local('f', 'ret'),
    '.section .orc_unwind_ip,"a"\n.long f - .\n.long f - .\n.section .orc_unwind,"a"\n.zero 6',
  );
  fails('OBJECT_TABLE_LAYOUT', () => dissect(object));
});

test('an entry of a place outside is an orphan', async () => {
  const object = dissect(await assembled(local('f', 'ret'), '.section .smp_locks,"a"\n.long outside - .'));
  assert.equal(object.orphans.length, 1);
});

test('the replacement of alternatives is divided by its entries alone, also into nothing', async () => {
  const object = dissect(
    await assembled(
      local('f', 'nop', '1: nop', '2: nop', 'ret'),
      '.section .altinstr_replacement,"ax"\n3: lfence\n4: mfence\n5:',
      '.section .altinstructions,"a"\n.long 1b - ., 3b - .\n.long 5\n.byte 1, 3',
      '.long 2b - ., 4b - .\n.long 5\n.byte 1, 3\n.long 2b - ., 5b - .\n.long 5\n.byte 1, 0',
    ),
  );
  const parts = object.pieces.filter(({ section }) => section.name === '.altinstr_replacement');
  assert.deepEqual(
    parts.map(({ start, end }) => [start, end]),
    [
      [0, 3],
      [3, 6],
    ],
  );
  assert.deepEqual(
    object.named.get('f')?.[0]?.entries.map(({ ownerOffset }) => ownerOffset),
    [1, 2, 2],
  );
  const empty = await assembled(
    local('f', '1: nop', 'ret'),
    '.section .altinstr_replacement,"ax"\n3:\n.section .altinstructions,"a"\n.long 1b - ., 3b - .\n.long 5\n.byte 1, 0',
  );
  assert.equal(dissect(empty).named.get('f')?.[0]?.entries.length, 1);
});

/** The rows of the tables of the page that have so many columns, without the marks of code. */
async function documented(columns: number): Promise<string[][]> {
  const page = await readFile(new URL('../../../docs/special-sections.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const cells = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
  );
  return cells.filter(({ length }) => length === columns);
}

test('docs/special-sections.md names every table, and nothing else', async () => {
  assert.deepEqual(
    (await documented(4)).map(([section, , fate]) => [section, fate]),
    SPECIAL_TABLES.map(({ section, fate }) => [section, fate]),
  );
});

test('and every ignored section, with the reason', async () => {
  assert.deepEqual(
    await documented(2),
    IGNORED_SECTIONS.map(({ prefix, why }) => [`${prefix}*`, why]),
  );
});

test('and says where each section goes', async () => {
  const rows = await documented(3);
  assert.ok(rows.length > 10);
  for (const [name = '', place] of rows) {
    const type = name.startsWith('.bss') ? '@nobits' : '@progbits';
    const object = dissect(
      await assembled(`.section ${name},"aw",${type}\n.globl x\n.type x, @object\nx: .zero 4\n.size x, 4`),
    );
    const [piece] = object.pieces;
    assert.ok(piece !== undefined, name);
    const placement = placementOf(piece);
    assert.equal(placement.kind === 'section' ? placement.name : placement.code, place, name);
  }
});
