// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { CATALOGUE } from '@uptide/base';
import { RULES } from '../src/examine/rules.ts';

test('docs/examination.md has a row for every rule, in its words, and no other', async () => {
  const page = await readFile(new URL('../../../docs/examination.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  assert.deepEqual(
    rows,
    RULES.map(({ code, looksFor, cannotSee }) => `| \`${code}\` | ${looksFor} | ${cannotSee} |`),
  );
});

test('every code of the examination has exactly one rule', () => {
  const codes = Object.keys(CATALOGUE).filter((code) => code.startsWith('EXAMINE_'));
  assert.deepEqual(RULES.map(({ code }) => code).sort(), codes.sort());
});
