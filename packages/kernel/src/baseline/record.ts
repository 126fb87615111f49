// SPDX-License-Identifier: GPL-2.0-or-later
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KernelError } from '../error.ts';
import { errorCode } from '../store/files.ts';

/** Version of the layout of a baseline folder; another one is refused, not guessed at. */
export const BASELINE_SCHEMA = 1;

/** A package that a baseline was made from. */
export interface UsedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
  readonly size: number;
}

/** `baseline.json`: what a baseline is, and what it was made from. */
export interface BaselineRecord {
  readonly schema: typeof BASELINE_SCHEMA;
  readonly release: string;
  readonly buildId: string;
  /** Version of the source package, e.g. `6.1.176-1`. */
  readonly sourceVersion: string;
  /** CONFIG_CC_VERSION_TEXT. */
  readonly compilerText: string;
  /** The compiler's command, e.g. `gcc-12`. */
  readonly compiler: string;
  /** Over everything that the compilation of a unit depends on besides the unit. */
  readonly digest: string;
  readonly packages: readonly UsedPackage[];
  /** Number of translation units. */
  readonly units: number;
  /** Bytes on the disk, without the packages and without what is kept in `cache`. */
  readonly bytes: number;
}

/** The files of a baseline, relative to its folder. */
export const FILES = {
  record: 'baseline.json',
  vmlinuz: 'vmlinuz',
  vmlinux: 'vmlinux',
  symbols: 'symbols',
  config: 'config',
  symvers: 'Module.symvers',
  units: 'units.json',
  tree: 'tree',
  modules: 'modules',
  cache: 'cache',
} as const;

/** @throws KernelError BASELINE_MISSING, BASELINE_DAMAGED, BASELINE_SCHEMA. */
export async function readRecord(folder: string, release: string): Promise<BaselineRecord> {
  const place = { kernel: release };
  let text: string;
  try {
    text = await readFile(join(folder, FILES.record), 'utf8');
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw cause;
    throw new KernelError('BASELINE_MISSING', `${release} is not in the store`, {
      cause,
      place,
      remedy: `Run: uptide kernel add ${release}`,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new KernelError('BASELINE_DAMAGED', `${FILES.record} is not JSON`, { cause, place });
  }
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (schema !== BASELINE_SCHEMA) {
    throw new KernelError('BASELINE_SCHEMA', `the schema is ${String(schema)}, not ${BASELINE_SCHEMA}`, {
      place,
    });
  }
  if (!isRecord(value) || value.release !== release) {
    throw new KernelError('BASELINE_DAMAGED', `${FILES.record} is not the record of ${release}`, { place });
  }
  return value;
}

const TEXT_FIELDS = ['release', 'buildId', 'sourceVersion', 'compilerText', 'compiler', 'digest'] as const;

function isRecord(value: unknown): value is BaselineRecord {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Record<string, unknown> = { ...value };
  return (
    TEXT_FIELDS.every((name) => typeof fields[name] === 'string') &&
    typeof fields.bytes === 'number' &&
    typeof fields.units === 'number' &&
    Array.isArray(fields.packages)
  );
}
