// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { run } from '@uptide/base';
import fc from 'fast-check';
import { applyPatches } from '../src/affected/apply.ts';
import { pathOf } from '../src/patch/model.ts';
import { mail, parse } from './support/patches.ts';

/** Lines that a reader could take for something else. */
const line = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '-- ',
    '--- a/x',
    '+++ b/x',
    '@@ -1 +1 @@',
    'diff --git a/x b/x',
    '\\ No newline',
    '+',
    '-',
    'From x',
    'a\tb',
    'ä',
  ),
  fc.constantFrom('int x;', 'return 0;', '{', '}'),
);
const text = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
  .map(([lines, end]) => lines.join('\n') + (end && lines.length > 0 ? '\n' : ''));
const path = fc.constantFrom('a.c', 'fs/b.c', 'fs/ext4/c d.c', 'fs/ä.c', 'fs/"q".c', 'x/y/z.c');
/** For each path the text before and after; undefined: no such file. */
const edits = fc.uniqueArray(
  fc.record({
    path,
    before: fc.option(text, { nil: undefined }),
    after: fc.option(text, { nil: undefined }),
  }),
  { selector: (edit) => edit.path, minLength: 1, maxLength: 4 },
);

async function write(root: string, file: string, content: string | undefined): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  if (content !== undefined) await writeFile(join(root, file), content);
}

describe('what git diff writes', () => {
  it('is read as what it is, plain and as a mail, and applies to give the new texts', async () => {
    await fc.assert(
      fc.asyncProperty(edits, fc.boolean(), async (list, asMail) => {
        const folder = await mkdtemp(join(tmpdir(), 'uptide-forge-'));
        try {
          for (const side of ['a', 'b']) await mkdir(join(folder, side));
          await mkdir(join(folder, 'work'));
          for (const edit of list) {
            await write(join(folder, 'a'), edit.path, edit.before);
            await write(join(folder, 'b'), edit.path, edit.after);
          }
          const diff = await run('git', ['diff', '--no-index', '--no-prefix', '--no-renames', 'a', 'b'], {
            cwd: folder,
            anyStatus: true,
          });
          const changed = list.filter(({ before, after }) => before !== after);
          const body = diff.stdout.toString();
          if (changed.length === 0) return assert.equal(body, '');
          const { patches } = parse(asMail ? mail(body) : body);
          assert.equal(patches.length, 1);
          const kinds = new Map(patches[0]?.changes.map((change) => [pathOf(change), change.kind]));
          for (const { path: file, before, after } of changed) {
            const expected = before === undefined ? 'added' : after === undefined ? 'deleted' : 'modified';
            assert.equal(kinds.get(file), expected);
          }
          assert.equal(kinds.size, changed.length);
          const applied = await applyPatches(patches, {
            tree: join(folder, 'a'),
            workFolder: join(folder, 'work'),
          });
          for (const edit of changed) {
            const bytes = applied.files.get(edit.path);
            assert.equal(bytes === undefined ? undefined : Buffer.from(bytes).toString(), edit.after);
          }
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      }),
      { numRuns: 40, seed: 20261102 },
    );
  });
});
