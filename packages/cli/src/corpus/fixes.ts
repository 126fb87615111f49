// SPDX-License-Identifier: GPL-2.0-or-later
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UptideError } from '@uptide/base';
import { readInput } from '../shell/input.ts';
import type { Fix } from './model.ts';

const PATCH = '.patch';
const MANIFEST = 'manifest.json';
const CVE = /^CVE-\d{4}-\d{4,19}$/;

/**
 * Reads the patches of a folder (`*.patch`, not those of folders in it), sorted by name, and what a
 * `manifest.json` in it or beside it says of them: an array of `{"cve": ..., "title": ...}`, where `cve` is the name
 * of a patch without `.patch`.
 *
 * @throws UptideError FILE_UNREADABLE when there is no such folder or no patch in it, or the manifest is no array.
 */
export async function readFixes(folder: string): Promise<Fix[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw unreadable(folder, 'this is no folder that can be read', cause);
  });
  const patches = names.filter((name) => name.endsWith(PATCH) && name !== PATCH).sort();
  if (patches.length === 0) throw unreadable(folder, `there is no file *${PATCH} in it`);
  const titles = await readManifest(folder);
  return await Promise.all(
    patches.map(async (file): Promise<Fix> => {
      const name = file.slice(0, -PATCH.length);
      const title = titles.get(name);
      const path = join(folder, file);
      return {
        name,
        path,
        bytes: await readInput(path),
        ...(title === undefined ? {} : { title }),
        cves: CVE.test(name) ? [name] : [],
      };
    }),
  );
}

/** The titles of the patches by name. */
async function readManifest(folder: string): Promise<ReadonlyMap<string, string>> {
  for (const place of [folder, dirname(resolve(folder))]) {
    const path = join(place, MANIFEST);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return parseManifest(text, path);
  }
  return new Map();
}

function parseManifest(text: string, path: string): ReadonlyMap<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(path, 'this is not JSON', cause);
  }
  if (!Array.isArray(value)) throw unreadable(path, 'this is no array of fixes');
  const titles = new Map<string, string>();
  for (const entry of value as readonly unknown[]) {
    if (typeof entry !== 'object' || entry === null || !('cve' in entry) || !('title' in entry)) continue;
    if (typeof entry.cve === 'string' && typeof entry.title === 'string') titles.set(entry.cve, entry.title);
  }
  return titles;
}

function unreadable(path: string, reason: string, cause?: unknown): UptideError {
  return new UptideError('FILE_UNREADABLE', reason, { place: { file: path }, cause });
}
