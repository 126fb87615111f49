// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readObject, SHN, writeObject } from '../src/index.ts';
import { ASM_SOURCE, C_SOURCE, manySections } from './support/sources.ts';
import { assemble, compile, readelf } from './support/tools.ts';

/** Reads and writes an object; readelf must see no difference, and a second round no other bytes. */
async function assertSurvives(bytes: Uint8Array): Promise<void> {
  const written = writeObject(readObject(bytes));
  assert.equal(await readelf(written, '-a'), await readelf(bytes, '-a'));
  assert.deepEqual(writeObject(readObject(written)), written);
}

const FLAGS: readonly (readonly string[])[] = [
  ['-O0'],
  ['-O2', '-ffunction-sections', '-fdata-sections'],
  ['-O2', '-g', '-mcmodel=kernel', '-fno-pic', '-pg', '-mfentry'],
  ['-O2', '-g', '-gz'],
  ['-O2', '-g3', '-fPIC', '-fdebug-types-section'],
];

for (const flags of FLAGS) {
  test(`round trip of C with ${flags.join(' ')}`, async () => {
    await assertSurvives(await compile(C_SOURCE, flags));
  });
}

test('round trip of assembly with groups, ordered sections, common and absolute symbols', async () => {
  await assertSurvives(await assemble(ASM_SOURCE));
});

test('round trip of an empty object', async () => {
  await assertSurvives(await assemble(''));
});

test('round trip of more than 65,280 sections', async () => {
  const count = 66_000;
  const bytes = await assemble(manySections(count));
  const object = readObject(bytes);
  assert.ok(object.sections.length > count);
  const last = object.symbols.find(({ name }) => name === `f${count - 1}`);
  assert.ok(last?.home.kind === 'section');
  assert.ok(last.home.section > SHN.LORESERVE);
  assert.equal(object.sections[last.home.section]?.name, `.s${count - 1}`);
  await assertSurvives(bytes);
});
