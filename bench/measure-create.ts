// SPDX-License-Identifier: GPL-2.0-or-later
import { join, resolve } from 'node:path';
import { run } from '@uptide/base';
import type { Baseline } from '@uptide/kernel';
import { objectKey } from '../packages/forge/src/compile/compile.ts';
import { bareCompile } from './bare-compile.ts';
import { AIM_COMPILES, AIM_MILLISECONDS, type Case } from './cases.ts';
import { median } from './median.ts';
import type { Mirror } from './mirror.ts';
import type { Timed } from './uptide-timed.ts';

/** Milliseconds of one way to run create: the median of each part, and of the whole. */
export interface Way {
  readonly wall: number;
  readonly parts: Readonly<Record<string, number>>;
  /** Of `wall` to a bare compile. */
  readonly ratio: number;
  /** What `wall` should stay under. */
  readonly aim: number;
}

/** The measurements of one fix, in milliseconds. */
export interface Measured {
  readonly patch: string;
  readonly what: string;
  readonly sources: readonly string[];
  /** One compilation of the TUs by Kbuild's own command, one after the other. */
  readonly bare: number;
  readonly cold: Way;
  readonly warm: Way;
}

const TIMED = resolve(import.meta.dirname, 'uptide-timed.ts');
const EXAMPLE = resolve(import.meta.dirname, '../examples/cmdline-mark.patch');

/** Where a fix is measured. */
export interface Place {
  readonly baseline: Baseline;
  readonly mirror: Mirror;
  readonly corpus: string;
  readonly runs: number;
}

/** Measures a fix: bare compile, create without pre in the store and with it, in turn, some times over. */
export async function measureCreate(place: Place, fix: Case): Promise<Measured> {
  const { baseline, mirror, corpus, runs } = place;
  const patch = join(corpus, 'patches', `${fix.patch}.patch`);
  // What is a function of the kernel alone is there in every run, as it is from the second create on.
  await create(place, EXAMPLE);
  const ofKernel = await mirror.keys();
  const units = await Promise.all(fix.sources.map((source) => baseline.unit(source)));
  const pre = units.flatMap((unit) => (unit === undefined ? [] : [objectKey(baseline.digest, unit)]));
  const withPre = new Set([...ofKernel, ...pre]);
  const bare: number[] = [];
  const cold: Run[] = [];
  const warm: Run[] = [];
  for (let turn = 0; turn < runs; turn += 1) {
    bare.push(await bareCompile(baseline, fix.sources));
    await mirror.keepOnly(ofKernel);
    cold.push(await create(place, patch));
    await mirror.keepOnly(withPre);
    warm.push(await create(place, patch));
  }
  await mirror.keepOnly(ofKernel);
  const compile = median(bare);
  const way = (found: readonly Run[], compiles: number): Way => {
    const wall = median(found.map((one) => one.wall));
    return {
      wall,
      parts: medians(found.map(({ parts }) => parts)),
      ratio: wall / compile,
      aim: compiles * compile + AIM_MILLISECONDS,
    };
  };
  const { what, sources } = fix;
  const ways = { cold: way(cold, AIM_COMPILES.cold), warm: way(warm, AIM_COMPILES.warm) };
  return { patch: fix.patch, what, sources, bare: compile, ...ways };
}

interface Run {
  readonly wall: number;
  readonly parts: Readonly<Record<string, number>>;
}

/** One `uptide create` in a process of its own. */
async function create({ baseline, mirror }: Place, patch: string): Promise<Run> {
  const output = join(mirror.store.root, 'made.uptide');
  const args = [TIMED, 'create', patch, '--kernel', baseline.release, '--unreviewed', 'a measurement'];
  const began = performance.now();
  const { stdout } = await run(
    process.execPath,
    [...args, '--store', mirror.store.root, '--output', output],
    { env: { ...process.env, LC_ALL: 'C' } as Record<string, string> },
  );
  const wall = performance.now() - began;
  const timed = JSON.parse(stdout.toString()) as Timed;
  const first = timed.steps[0]?.began ?? timed.ended;
  const last = timed.steps.at(-1)?.ended ?? timed.ended;
  const parts: Record<string, number> = { start: timed.began, open: first - timed.began };
  for (const { name, began: from, ended } of timed.steps) parts[name] = (parts[name] ?? 0) + ended - from;
  parts.pack = timed.ended - last;
  parts.other = wall - Object.values(parts).reduce((sum, part) => sum + part, 0);
  return { wall, parts };
}

function medians(runs: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = [...new Set(runs.flatMap((parts) => Object.keys(parts)))];
  return Object.fromEntries(names.map((name) => [name, median(runs.map((parts) => parts[name] ?? 0))]));
}
