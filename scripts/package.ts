// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Makes installable packages of the agent: `package.ts deb|rpm... [--quick]`, into the folder dist/. They carry
 * their own Node, so the distribution's version does not matter, and nothing is built on the host. The same commit
 * gives the same bytes; `--quick` leaves out compression.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { VERSION } from '@uptide/cli';
import { makeDeb } from './package/deb.ts';
import { makeRpm } from './package/rpm.ts';
import { packageTree } from './package/tree.ts';

const MAKERS = { deb: makeDeb, rpm: makeRpm } as const;

const root = resolve(import.meta.dirname, '..');
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, out: { type: 'string', default: join(root, 'dist') } },
});
process.umask(0o022);
const tree = await packageTree(root, VERSION);
for (const name of positionals) {
  const make = name === 'deb' || name === 'rpm' ? MAKERS[name] : undefined;
  if (make === undefined) throw new Error(`there is no kind of package ${name}: deb, rpm`);
  const work = mkdtempSync(join(tmpdir(), 'uptide-package-'));
  try {
    console.log(make(root, tree, work, values.out, values.quick === true ? 'none' : 'xz'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
