// SPDX-License-Identifier: GPL-2.0-or-later
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { UptideError } from '@uptide/base';
import type { FixProbe, HostFile, Load, UpdateToProve } from '@uptide/lab';
import type { Update } from '@uptide/stream';
import { readInput } from '../shell/input.ts';

/** What is asked of a proof on the command line besides the update. */
export interface Wishes {
  /** Names of loads and paths of scripts; by default all that come with Uptide, for a level of a series. */
  readonly load?: readonly string[] | undefined;
  /** `FIX=FILE` or, for the fix that the update brings, `FILE`. */
  readonly probe?: readonly string[] | undefined;
  /** `HOST_PATH[:GUEST_PATH]`. */
  readonly file?: readonly string[] | undefined;
}

/** What stands for no load at all. */
const NONE = 'none';
/** The name of the probe of an update that is no level of a series. */
const ONLY_FIX = 'update';

/**
 * Reads the scripts and files that a proof is asked to be made with.
 *
 * @throws UptideError FILE_UNREADABLE, PROVE_NO_SUCH_FIX, PROVE_NO_SUCH_LOAD; LabError LAB_BAD_GUEST_FILE
 */
export async function readWishes(
  { load, probe = [], file = [] }: Wishes,
  update: Update,
): Promise<Pick<UpdateToProve, 'loads' | 'fixProbes' | 'files'>> {
  return {
    ...(await readGuest({ load, file }, update.description.fixes !== undefined)),
    fixProbes: await readProbes(probe, update),
  };
}

/** Reads what the guest is to have whatever the update is: loads and files. */
export async function readGuest(
  { load, file = [] }: Pick<Wishes, 'load' | 'file'>,
  isLevel: boolean,
): Promise<Pick<UpdateToProve, 'loads' | 'files'>> {
  const { guestFiles, LOADS } = await import('@uptide/lab');
  const loads = load === undefined ? (isLevel ? LOADS : []) : await readLoads(load, LOADS);
  return { loads, files: await guestFiles(file.map(toHostFile)) };
}

async function readLoads(wanted: readonly string[], known: readonly Load[]): Promise<readonly Load[]> {
  const loads: Load[] = [];
  for (const name of new Set(wanted)) {
    const own = known.find((load) => load.name === name);
    if (own !== undefined) loads.push(own);
    else if (name !== NONE) loads.push(await readLoad(name));
  }
  return loads;
}

async function readLoad(path: string): Promise<Load> {
  if ((await stat(path).catch(() => undefined)) === undefined) {
    throw new UptideError('PROVE_NO_SUCH_LOAD', 'there is no such load', { place: { file: path } });
  }
  return { name: basename(path).replace(/\.sh$/, ''), script: await readScript(path) };
}

async function readProbes(wanted: readonly string[], { description }: Update): Promise<readonly FixProbe[]> {
  const fixes = description.fixes?.map(({ id }) => id) ?? [ONLY_FIX];
  const probes: FixProbe[] = [];
  for (const text of wanted) {
    const [, named, file = text] = /^([a-z0-9][a-z0-9._-]*)=(.*)$/s.exec(text) ?? [];
    const fix = named ?? fixes.at(-1) ?? ONLY_FIX;
    const index = fixes.indexOf(fix);
    if (index === -1 || probes.some((probe) => probe.fix === fix)) {
      const reason = index === -1 ? `the update has no fix ${fix}` : `${fix} has a probe already`;
      throw new UptideError('PROVE_NO_SUCH_FIX', reason, { place: { file } });
    }
    // The last is what the level brings; of the others the level before has each.
    const level = index === fixes.length - 1 ? description.level : index + 1;
    probes.push({ fix, level, script: await readScript(file) });
  }
  return probes.sort((a, b) => a.level - b.level);
}

async function readScript(path: string): Promise<string> {
  return Buffer.from(await readInput(path)).toString('utf8');
}

/** A colon in a path of this machine is one of the path unless a path of the guest follows it. */
function toHostFile(text: string): HostFile {
  const [, host, guest] = /^(.+):(\/.*)$/s.exec(text) ?? [];
  return host === undefined || guest === undefined ? { host: text } : { host, guest };
}
