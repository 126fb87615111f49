// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { CATALOGUE } from '@uptide/base';
import { RULES } from '../src/examine/rules.ts';

test('docs/examination.md has a section for every rule, in its words, and no other', async () => {
  const page = await readFile(new URL('../../../docs/examination.md', import.meta.url), 'utf8');
  const sections = page.split(/^(?=### `EXAMINE_)/m).slice(1);
  assert.deepEqual(
    sections.map((section) => section.split('\n').slice(0, 5).join('\n')),
    RULES.map(
      ({ code, looksFor, cannotSee }) =>
        `### \`${code}\`\n\nLooks for: ${looksFor}\n\nCannot see: ${cannotSee}`,
    ),
  );
});

test('every code of the examination has exactly one rule', () => {
  const codes = Object.keys(CATALOGUE).filter((code) => code.startsWith('EXAMINE_'));
  assert.deepEqual(RULES.map(({ code }) => code).sort(), codes.sort());
});
