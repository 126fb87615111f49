// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { CATALOGUE, EXIT } from '@uptide/base';
import { statusJsonSchema } from '@uptide/host';
import { errorsDocument } from '../scripts/errors-doc.ts';
import { ROOMS } from '../scripts/rooms.ts';

const ROOT = resolve(import.meta.dirname, '..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('docs/errors.md', () => {
  const document = text('docs/errors.md');

  it('is what the catalogue makes (node scripts/errors-doc.ts)', () => {
    assert.equal(document, errorsDocument());
  });
  it('names every code once, and none that is gone', () => {
    const named = [...document.matchAll(/^### (\S+)$/gm)].map((match) => match[1]);
    assert.deepEqual(named, Object.keys(CATALOGUE).sort());
  });
  it('names every exit status once', () => {
    const named = [...document.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
    assert.deepEqual(
      named,
      Object.values(EXIT).sort((a, b) => a - b),
    );
  });
});

describe('docs/status.schema.json', () => {
  it('is what the room makes (node scripts/status-schema.ts)', () => {
    assert.equal(text('docs/status.schema.json'), statusJsonSchema());
  });
});

describe('the documents', () => {
  const documents = globSync(['*.md', 'docs/*.md'], { cwd: ROOT }).sort();

  it('link to files that are there', () => {
    for (const path of documents) {
      for (const [, target = ''] of text(path).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
        assert.ok(existsSync(join(ROOT, dirname(path), target)), `${path} links to ${target}`);
      }
    }
  });
  it('name only codes that the catalogue has', () => {
    const codes = new Set(Object.keys(CATALOGUE));
    for (const path of documents) {
      for (const [, code = ''] of text(path).matchAll(/code `([A-Z][A-Z0-9]*_[A-Z0-9_]+)`/g)) {
        assert.ok(codes.has(code), `${path} names ${code}`);
      }
    }
  });
  it('have a row for every room', () => {
    const architecture = text('docs/architecture.md');
    for (const { name } of ROOMS) assert.match(architecture, new RegExp(`^\\| \`${name}\` \\|`, 'm'));
  });
});
