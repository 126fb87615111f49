// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Adds to the lock file the packages for other platforms that npm left out.
 *
 * Tools with native parts list one optional package a platform. `npm install` drops those from the lock file
 * that the registry at hand does not serve, and `npm ci` then refuses the lock file as out of step. An entry
 * with version and platform is enough: it is never installed here, so it has no digest to check.
 * `test/setup.test.ts` fails while an entry is missing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockEntry {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly dev?: true;
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optional?: true;
  readonly os?: readonly string[];
}

interface LockFile {
  packages: Record<string, LockEntry>;
}

const SYSTEMS = [
  'android',
  'darwin',
  'linux',
  'win32',
  'freebsd',
  'openharmony',
  'sunos',
  'netbsd',
  'openbsd',
];
const PROCESSORS = [
  'arm64',
  'x64',
  'ia32',
  'ppc64',
  's390x',
  'riscv64',
  'loong64',
  'mips64el',
  'wasm32',
  'arm',
];

/** The optional packages that the lock file promises and does not have: name, version and who asks. */
export function missingEntries(
  lock: LockFile,
): { readonly name: string; readonly version: string; readonly owner: LockEntry }[] {
  return Object.entries(lock.packages).flatMap(([path, owner]) =>
    Object.entries(owner.optionalDependencies ?? {})
      .filter(
        ([name]) =>
          !(`node_modules/${name}` in lock.packages || `${path}/node_modules/${name}` in lock.packages),
      )
      .map(([name, version]) => ({ name, version, owner })),
  );
}

/** The entry of a package that is named after its platform. */
function entryOf(name: string, version: string, owner: LockEntry): LockEntry {
  const parts = name.split(/[/-]/);
  const os = SYSTEMS.find((system) => parts.includes(system));
  const cpu = PROCESSORS.find((processor) => parts.includes(processor));
  if (cpu === undefined || !/^\d+(\.\d+)*$/.test(version)) {
    throw new Error(`${name}@${version} does not name its platform or its version`);
  }
  const libc = parts.some((part) => part.startsWith('musl')) ? 'musl' : 'glibc';
  return {
    version,
    cpu: [cpu],
    ...(owner.dev === true ? { dev: true } : {}),
    ...(os === 'linux' ? { libc: [libc] } : {}),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  };
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '../package-lock.json');
  const lock: LockFile = JSON.parse(readFileSync(path, 'utf8'));
  for (const { name, version, owner } of missingEntries(lock)) {
    lock.packages[`node_modules/${name}`] = entryOf(name, version, owner);
    console.log(`added ${name}@${version}`);
  }
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries(sorted);
  writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`);
}
