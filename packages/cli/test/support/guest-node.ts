// SPDX-License-Identifier: GPL-2.0-or-later
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CpioFile } from '@uptide/lab';
import { bundleAgent } from '../../../../scripts/package/bundle.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** A line for the guest's shell that makes `uptide` a command. */
export const SET_UP = 'uptide() { /bin/node /uptide.mjs "$@"; }';

/** The agent as it is packed for hosts. */
export async function guestAgent(): Promise<CpioFile> {
  const { code } = await bundleAgent(ROOT);
  return { path: 'uptide.mjs', content: code };
}

/** Node, flock(1) and the libraries of both. */
export function guestPrograms(): CpioFile[] {
  const programs = [
    { path: 'bin/node', from: realpathSync(join(ROOT, 'node_modules/.bin/node')) },
    { path: 'bin/flock', from: '/usr/bin/flock' },
  ];
  const libraries = new Set(programs.flatMap(({ from }) => librariesOf(from)));
  return [
    ...programs.map(({ path, from }) => ({ path, content: readFileSync(from), executable: true })),
    ...[...libraries].map((from) => ({ path: from.slice(1), content: readFileSync(from), executable: true })),
  ];
}

function librariesOf(program: string): string[] {
  const text = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...text.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
}
