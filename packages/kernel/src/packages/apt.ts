// SPDX-License-Identifier: GPL-2.0-or-later
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunOptions, type RunResult, run, UptideError } from '@uptide/base';
import { KernelError } from '../error.ts';
import type { Archive, FetchOptions } from './archive.ts';
import { type PackageRecord, parseControl, recordOf } from './control.ts';
import { releaseOfImagePackage } from './release.ts';

/** Runs a program to its end; `run` of the room `base` in earnest. */
export type Runner = (program: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;

/** How often a growing download is looked at. */
const PROGRESS_INTERVAL_MS = 250;
/** apt-cache knows nothing of the names: not an error of the program. */
const APT_NOTHING_FOUND = 100;

/**
 * The archive that apt is set up for. apt verifies the signature of the index and, against the index, each
 * file that it downloads.
 *
 * @param mayUpdate whether an index that was never fetched can be: root alone may.
 */
export function aptArchive(runner: Runner = run, mayUpdate = process.geteuid?.() === 0): Archive {
  return {
    records: (names) => aptRecords(runner, names),
    releases: () => aptReleases(runner, mayUpdate),
    fetch: (record, folder, options) => aptFetch(runner, record, folder, options),
  };
}

async function aptRecords(runner: Runner, names: readonly string[]): Promise<PackageRecord[]> {
  const result = await runner('apt-cache', ['show', '--', ...names], aptOptions({ anyStatus: true }));
  if (result.status !== 0 && result.status !== APT_NOTHING_FOUND) {
    throw new UptideError(
      'TOOL_FAILED',
      `apt-cache ended with status ${result.status}: ${result.stderr.trim()}`,
    );
  }
  const wanted = new Set(names);
  return parseControl(result.stdout.toString('utf8'))
    .map(recordOf)
    .filter((record) => record !== undefined)
    .filter((record) => wanted.has(record.name));
}

async function aptReleases(runner: Runner, mayUpdate: boolean): Promise<string[]> {
  let names = await packageNames(runner);
  if (names.length === 0) {
    // A machine whose index was never fetched, such as a fresh container.
    if (!mayUpdate) {
      throw new KernelError('DOWNLOAD_FAILED', 'apt knows no package: its index was never fetched', {
        remedy: 'Run apt-get update as root.',
      });
    }
    await runner('apt-get', ['-q', 'update'], aptOptions());
    names = await packageNames(runner);
  }
  return names.map(releaseOfImagePackage).filter((release) => release !== undefined);
}

async function packageNames(runner: Runner): Promise<string[]> {
  const { stdout } = await runner('apt-cache', ['pkgnames', 'linux-image-'], aptOptions());
  return stdout
    .toString('utf8')
    .split('\n')
    .filter((name) => name !== '')
    .sort();
}

async function aptFetch(
  runner: Runner,
  record: PackageRecord,
  folder: string,
  options: FetchOptions,
): Promise<string> {
  const watch = setInterval(() => {
    bytesIn(folder).then(
      (bytes) => options.onBytes?.(bytes),
      () => {},
    );
  }, PROGRESS_INTERVAL_MS);
  try {
    await runner(
      'apt-get',
      ['-q', 'download', '--', `${record.name}=${record.version}`],
      aptOptions({ cwd: folder, ...(options.signal === undefined ? {} : { signal: options.signal }) }),
    );
  } catch (cause) {
    if (!(cause instanceof UptideError) || cause.code !== 'TOOL_FAILED') throw cause;
    throw new KernelError('DOWNLOAD_FAILED', `${record.name}=${record.version}: ${cause.message}`, { cause });
  } finally {
    clearInterval(watch);
  }
  const files = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
  const [file] = files;
  if (file === undefined || files.length !== 1) {
    throw new KernelError('DOWNLOAD_FAILED', `apt-get left ${files.length} files for ${record.name}`);
  }
  return join(folder, file);
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
}

/** What a user sets to lead apt through a proxy or to a configuration of its own. */
const APT_ENVIRONMENT = ['http_proxy', 'https_proxy', 'no_proxy', 'APT_CONFIG'];

function aptOptions(extra: RunOptions = {}): RunOptions {
  const env: Record<string, string> = { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  for (const name of ['PATH', 'HOME', ...APT_ENVIRONMENT]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return { env, package: 'apt', ...extra };
}
