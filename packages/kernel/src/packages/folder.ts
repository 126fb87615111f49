// SPDX-License-Identifier: GPL-2.0-or-later
import { constants } from 'node:fs';
import { copyFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run, UptideError } from '@uptide/base';
import { KernelError } from '../error.ts';
import { sha256OfFile } from '../store/files.ts';
import type { Runner } from './apt.ts';
import type { Archive } from './archive.ts';
import { type PackageRecord, parseControl, recordOf } from './control.ts';
import { releaseOfImagePackage } from './release.ts';

/** A folder of packages has some; one with more was named by mistake (a pool of the archive: 60,000). */
const MAX_PACKAGES = 2000;

interface Found {
  readonly path: string;
  readonly control: Map<string, string>;
}

/** The packages of a folder, known by their control data and not by their file names. */
export function folderArchive(folder: string, runner: Runner = run): Archive {
  let found: Promise<Found[]> | undefined;
  const all = (): Promise<Found[]> => {
    found ??= scan(folder, runner);
    return found;
  };
  const paths = new Map<string, string>();
  return {
    records: async (names) => {
      const records: PackageRecord[] = [];
      for (const { path, control } of await all()) {
        if (!names.includes(control.get('package') ?? '')) continue;
        const { size } = await stat(path);
        const sha256 = await sha256OfFile(path);
        const record = recordOf(new Map([...control, ['size', String(size)], ['sha256', sha256]]));
        if (record === undefined) continue;
        records.push(record);
        paths.set(sha256, path);
      }
      return records;
    },
    releases: async () =>
      (await all())
        .map(({ control }) => releaseOfImagePackage(control.get('package') ?? ''))
        .filter((release) => release !== undefined),
    fetch: async (record, into) => {
      const path = paths.get(record.sha256);
      if (path === undefined) throw new KernelError('PACKAGE_MISSING', `${record.name} is not in ${folder}`);
      const copy = join(into, basename(path));
      await copyFile(path, copy, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
      return copy;
    },
  };
}

async function scan(folder: string, runner: Runner): Promise<Found[]> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.deb')).sort();
  } catch (cause) {
    throw new UptideError('FILE_UNREADABLE', `${folder} cannot be read`, { cause, place: { file: folder } });
  }
  if (names.length > MAX_PACKAGES) {
    throw new KernelError(
      'PACKAGE_MALFORMED',
      `${folder} has ${names.length} packages, the bound is ${MAX_PACKAGES}`,
    );
  }
  const found: Found[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const { stdout } = await runner('dpkg-deb', ['--field', path], {
      package: 'dpkg',
      maxOutput: 1024 * 1024,
    });
    const [control] = parseControl(stdout.toString('utf8'));
    if (control === undefined) throw new KernelError('PACKAGE_MALFORMED', `${name} has no control data`);
    found.push({ path, control });
  }
  return found;
}
