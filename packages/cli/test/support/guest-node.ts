// SPDX-License-Identifier: GPL-2.0-or-later
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CpioFile } from '@uptide/lab';

const ROOT = resolve(import.meta.dirname, '../../../..');
/** What the commands on a machine import; a dependency of another room is not carried. */
const FOLDERS = [
  'packages/{base,cli,elf,host,stream}/src/**/*.ts',
  'packages/{base,cli,elf,host,stream}/package.json',
  'packages/cli/node_modules/**/*.{js,json,mjs}',
  'node_modules/zod/**/*.{js,json}',
];
const ROOMS = ['base', 'cli', 'elf', 'host', 'stream'];
/** Where the checkout lies in the guest. */
const HOME = 'uptide';

/** A line for the guest's shell that makes `uptide` a command. An archive of the lab holds no links. */
export const SET_UP = [
  `mkdir -p /${HOME}/node_modules/@uptide`,
  ...ROOMS.map((room) => `ln -sfn /${HOME}/packages/${room} /${HOME}/node_modules/@uptide/${room}`),
  `uptide() { /bin/node /${HOME}/packages/cli/src/main.ts "$@"; }`,
].join('\n');

/** Node, flock(1), the libraries of both, and the rooms that a machine needs. */
export function guestNode(): CpioFile[] {
  const sources = globSync(FOLDERS, { cwd: ROOT });
  return [
    ...guestPrograms(),
    ...sources.map((path) => ({ path: `${HOME}/${path}`, content: readFileSync(join(ROOT, path)) })),
    { path: `${HOME}/package.json`, content: readFileSync(join(ROOT, 'package.json')) },
  ];
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
