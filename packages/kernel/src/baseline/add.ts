// SPDX-License-Identifier: GPL-2.0-or-later

/*
 * `uptide kernel add`: from a kernel release to a finished baseline in the store.
 *
 *   find       which packages, in which versions                        seconds, 2 cores
 *   fetch      image and headers, then the source                             3
 *   image      unpack vmlinuz, decode its symbols, check the compiler         5
 *   source     unpack the tree                                               10
 *   prepare    olddefconfig, modules_prepare                                 12
 *   index      every unit's command from a dry run                           20
 *   generate   the sources that units include and prepare leaves out         10
 *   publish    check, protect, one rename                                     5
 *
 * Everything is built in one staging folder; the baseline appears by the rename at the end or not at all.
 */

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QUIET, type Reporter, run, sha256 } from '@uptide/base';
import { KernelError } from '../error.ts';
import { DryRunReader } from '../kbuild/dry-run.ts';
import { makeGenerated } from '../kbuild/generated.ts';
import { type KbuildCall, make, makeDryRun } from '../kbuild/make.ts';
import { encodeUnits } from '../kbuild/unit-table.ts';
import type { ShippedModule, TranslationUnit } from '../model.ts';
import { listModules } from '../modules/list.ts';
import { aptArchive } from '../packages/apt.ts';
import type { Archive } from '../packages/archive.ts';
import type { PackageRecord } from '../packages/control.ts';
import { findPackages } from '../packages/find.ts';
import { folderArchive } from '../packages/folder.ts';
import type { PackagePlan } from '../packages/plan.ts';
import { checkRelease } from '../packages/release.ts';
import { type FreeSpace, freeSpace, namingFullDisk, requireSpace } from '../store/disk.ts';
import { exists } from '../store/files.ts';
import { missingBytes, obtainPackage } from '../store/package-cache.ts';
import {
  defaultStore,
  makeStore,
  publish,
  type Store,
  sweep,
  withOwner,
  withStaging,
} from '../store/store.ts';
import { type CompilerIdentity, compilerOf, requireCompiler } from './compiler.ts';
import { parseConfig, refuseDrift } from './config.ts';
import { BASELINE_SCHEMA, type BaselineRecord, FILES, readRecord } from './record.ts';
import { measureTree } from './tree.ts';
import { unpackBinaries, unpackSource } from './unpack.ts';

/** What `addBaseline` works on. */
export interface AddOptions {
  readonly release: string;
  readonly store?: Store;
  /** A folder of .deb files to take instead of apt's archive; no network is used then. */
  readonly fromDir?: string;
  readonly reporter?: Reporter;
  readonly signal?: AbortSignal;
  /** Where packages come from, and how much space there is; tests set them. */
  readonly archive?: Archive;
  readonly free?: FreeSpace;
}

/** What came of it. */
export interface AddResult {
  readonly record: BaselineRecord;
  /** Whether the baseline was there before. */
  readonly present: boolean;
}

/**
 * Makes the baseline of a kernel release, unless the store has it.
 *
 * Ended at any moment, also by kill -9, it leaves no half-made baseline; called twice at once, the second
 * call waits and finds the first one's.
 *
 * @throws KernelError with the codes of the catalogue's `kernel-store` part; UptideError DISK_FULL,
 * INTERRUPTED, TOOL_MISSING, LOCKED.
 */
export async function addBaseline(options: AddOptions): Promise<AddResult> {
  const release = checkRelease(options.release);
  const store = options.store ?? defaultStore();
  await makeStore(store);
  await sweep(store);
  return await withOwner(store, release, async () => {
    const place = join(store.kernels, release);
    if (await exists(place)) return { record: await readRecord(place, release), present: true };
    return await withStaging(store, release, async (staging) => {
      const work: Work = {
        store,
        staging,
        baseline: join(staging, 'baseline'),
        archive:
          options.archive ?? (options.fromDir === undefined ? aptArchive() : folderArchive(options.fromDir)),
        reporter: options.reporter ?? QUIET,
        free: options.free ?? freeSpace,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      };
      await mkdir(work.baseline);
      const plan = await work.reporter.step('find packages', () => findPackages(release, work.archive));
      const needed = spaceNeeded(plan) + (await missingBytes(store, [plan.image, plan.headers, plan.source]));
      await requireSpace(store.root, needed, `${release}`, work.free);
      const record = await namingFullDisk(store.root, needed, release, () => build(work, plan), work.free);
      await work.reporter.step('publish', () => publish(work.baseline, place));
      return { record, present: false };
    });
  });
}

interface Work {
  readonly store: Store;
  readonly staging: string;
  /** The folder that becomes the baseline. */
  readonly baseline: string;
  readonly archive: Archive;
  readonly reporter: Reporter;
  readonly free: FreeSpace;
  readonly signal?: AbortSignal;
}

/**
 * A source tree takes 10.8 bytes on the disk for each byte of its package (6.1: 1,500 MB of 139 MB), and
 * the build adds some 60 MB.
 */
const TREE_BYTES_PER_PACKAGE_BYTE = 11;
const BUILD_BYTES = 256 * 1024 * 1024;

/** Bytes that the baseline takes while it is made. */
function spaceNeeded(plan: PackagePlan): number {
  return plan.image.installedSize + plan.headers.installedSize + treeBytes(plan);
}

/** The source package is unpacked twice: to its tarball, and that to the tree. */
function treeBytes(plan: PackagePlan): number {
  return plan.source.size * (1 + TREE_BYTES_PER_PACKAGE_BYTE) + BUILD_BYTES;
}

async function build(work: Work, plan: PackagePlan): Promise<BaselineRecord> {
  const { reporter } = work;
  const image = await reporter.step('fetch image', () => obtain(work, plan.image));
  const headers = await reporter.step('fetch headers', () => obtain(work, plan.headers));
  const buildId = await reporter.step('unpack image', () =>
    unpackBinaries(work, plan.release, { image, headers }),
  );
  const shipped = await readFile(join(work.baseline, FILES.config), 'utf8');
  const compiler = compilerOf(parseConfig(shipped));
  await requireCompiler(compiler);
  const source = await reporter.step('fetch source', () => obtain(work, plan.source));
  await requireSpace(work.store.root, treeBytes(plan), `the source of ${plan.release}`, work.free);
  await reporter.step('unpack source', () => unpackSource(work, source, plan.source.name));
  const call: KbuildCall = {
    tree: join(work.baseline, FILES.tree),
    release: plan.release,
    compiler: compiler.command,
    ...(work.signal === undefined ? {} : { signal: work.signal }),
  };
  await reporter.step('prepare source', () => prepare(work, call, shipped));
  const units = await reporter.step('index units', () => indexUnits(work, call));
  const bytes = await reporter.step('check', () => protect(work, call.tree));
  return await writeRecord(work, plan, { buildId, compiler, shipped, units, bytes });
}

async function obtain(work: Work, record: PackageRecord): Promise<string> {
  return await obtainPackage(work.store, work.archive, record, work.staging, {
    onBytes: (bytes) => work.reporter.progress(bytes, record.size, 'B'),
    ...(work.signal === undefined ? {} : { signal: work.signal }),
  });
}

async function prepare(work: Work, call: KbuildCall, shipped: string): Promise<void> {
  await copyFile(join(work.baseline, FILES.config), join(call.tree, '.config'));
  await make(call, ['olddefconfig']);
  refuseDrift(shipped, await readFile(join(call.tree, '.config'), 'utf8'));
  await make(call, ['modules_prepare']);
}

/** Writes the index of units and makes what they include; gives the number of units. */
async function indexUnits(work: Work, call: KbuildCall): Promise<number> {
  const reader = new DryRunReader(call.compiler);
  await makeDryRun(call, (line) => reader.line(line));
  const { units: built, generated } = reader.finish();
  const compiled = built.map(({ source }) => source).filter((source) => source.endsWith('.c'));
  await makeGenerated(call, [...new Set([...generated, ...compiled])], work.staging);
  const shipped = await listModules(join(work.baseline, FILES.modules));
  const units = built.map((unit) => withShippedOwners(unit, shipped));
  refuseModulesWithoutUnits(units, shipped);
  await writeFile(join(work.baseline, FILES.units), encodeUnits(units));
  return units.length;
}

/** A module that Kbuild makes and the image package leaves out cannot be on any machine. */
function withShippedOwners(
  unit: TranslationUnit,
  shipped: ReadonlyMap<string, ShippedModule>,
): TranslationUnit {
  if (unit.owners.length === 0) return unit;
  const owners = unit.owners.filter((owner) => owner === 'vmlinux' || shipped.has(owner));
  if (owners.length > 0) return { ...unit, owners };
  return { ...unit, owners, outside: `the module ${unit.owners.join(', ')} is not shipped` };
}

/** @throws KernelError KBUILD_UNREADABLE for a shipped module of which the dry run said nothing. */
function refuseModulesWithoutUnits(
  units: readonly TranslationUnit[],
  shipped: ReadonlyMap<string, ShippedModule>,
): void {
  const known = new Set(units.flatMap(({ owners }) => owners));
  const without = [...shipped.keys()].find((name) => !known.has(name));
  if (without !== undefined) {
    throw new KernelError('KBUILD_UNREADABLE', `no unit of the shipped module ${without} is in the dry run`);
  }
}

/** Makes the tree read-only and gives the bytes of the baseline on the disk. */
async function protect(work: Work, tree: string): Promise<number> {
  await measureTree(tree);
  await run('chmod', ['--recursive', 'a-w', '--', tree]);
  await mkdir(join(work.baseline, FILES.cache));
  return await measureTree(work.baseline);
}

/** The assembler puts the bytes into the object, so it belongs to what a unit depends on. */
async function assemblerText(): Promise<string> {
  const { stdout } = await run('as', ['--version'], { package: 'binutils' });
  return stdout.toString('utf8').split('\n')[0] ?? '';
}

interface Findings {
  readonly buildId: string;
  readonly compiler: CompilerIdentity;
  readonly shipped: string;
  readonly units: number;
  readonly bytes: number;
}

async function writeRecord(work: Work, plan: PackagePlan, found: Findings): Promise<BaselineRecord> {
  const assembler = await assemblerText();
  const record: BaselineRecord = {
    schema: BASELINE_SCHEMA,
    release: plan.release,
    buildId: found.buildId,
    sourceVersion: plan.sourceVersion,
    compilerText: found.compiler.text,
    compiler: found.compiler.command,
    digest: sha256(plan.release, plan.source.sha256, found.shipped, found.compiler.text, assembler),
    packages: [plan.image, plan.headers, plan.source].map(
      ({ name, version, architecture, sha256: hash, size }) => ({
        name,
        version,
        architecture,
        sha256: hash,
        size,
      }),
    ),
    units: found.units,
    bytes: found.bytes,
  };
  await writeFile(join(work.baseline, FILES.record), `${JSON.stringify(record, undefined, 2)}\n`);
  return record;
}
