// SPDX-License-Identifier: GPL-2.0-or-later
import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Compression } from './deb.ts';
import { CONFIGURATION, type Tree, writeTree } from './tree.ts';

/**
 * Makes the RPM package of a tree in `work`, an empty folder.
 *
 * @returns its path below `out`.
 */
export function makeRpm(
  root: string,
  tree: Tree,
  work: string,
  out: string,
  compression: Compression,
): string {
  const [staged, top] = [join(work, 'tree'), join(work, 'rpm')];
  writeTree({ ...tree, files: tree.files.map((file) => ({ ...file, path: placeOf(file.path) })) }, staged);
  const spec = join(work, 'uptide.spec');
  const files = tree.files.map(({ path }) => {
    const configuration = (CONFIGURATION as readonly string[]).includes(path) ? '%config(noreplace) ' : '';
    return `${configuration}/${placeOf(path)}`;
  });
  const template = readFileSync(join(root, 'packaging/rpm/uptide.spec'), 'utf8');
  writeFileSync(spec, template.replace('@VERSION@', tree.version).replace('@FILES@', files.join('\n')));
  const define = (name: string, value: string): string[] => ['--define', `${name} ${value}`];
  execFileSync(
    'rpmbuild',
    [
      '-bb',
      '--quiet',
      '--target=x86_64-linux',
      ...define('_topdir', top),
      ...define('staged', staged),
      ...define('_buildhost', 'localhost'),
      ...define('use_source_date_epoch_as_buildtime', '1'),
      ...define('clamp_mtime_to_source_date_epoch', '1'),
      ...define('_binary_payload', compression === 'xz' ? 'w6.xzdio' : 'w0.gzdio'),
      spec,
    ],
    { stdio: 'pipe', env: { ...process.env, SOURCE_DATE_EPOCH: String(tree.epoch) } },
  );
  const [made] = globSync('RPMS/x86_64/*.rpm', { cwd: top });
  if (made === undefined) throw new Error('rpmbuild made no package');
  mkdirSync(out, { recursive: true });
  const file = join(out, `uptide-${tree.version}-1.x86_64.rpm`);
  copyFileSync(join(top, made), file);
  return file;
}

/** Fedora and its kin look for completions of zsh elsewhere than Debian. */
function placeOf(path: string): string {
  return path.replace('zsh/vendor-completions', 'zsh/site-functions');
}
