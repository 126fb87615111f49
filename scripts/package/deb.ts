// SPDX-License-Identifier: GPL-2.0-or-later
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, globSync, lutimesSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIGURATION, type Tree, writeTree } from './tree.ts';

/** How the archive is compressed: `xz` for a release, `none` where it is only looked at. */
export type Compression = 'xz' | 'none';

/**
 * Makes the Debian package of a tree in `work`, an empty folder.
 *
 * @returns its path below `out`.
 */
export function makeDeb(
  root: string,
  tree: Tree,
  work: string,
  out: string,
  compression: Compression,
): string {
  const folder = join(work, 'root');
  const control = join(folder, 'DEBIAN');
  mkdirSync(control, { recursive: true });
  writeTree(tree, folder);
  const size = tree.files.reduce(
    (sum, file) => sum + ('link' in file ? 0 : Math.ceil(Buffer.byteLength(file.bytes) / 1024)),
    0,
  );
  writeFileSync(join(control, 'control'), controlFile(tree.version, size));
  writeFileSync(join(control, 'conffiles'), CONFIGURATION.map((path) => `/${path}\n`).join(''));
  writeFileSync(
    join(control, 'md5sums'),
    tree.files
      .filter((file) => 'bytes' in file && !file.path.startsWith('etc/'))
      .map(
        (file) =>
          `${'bytes' in file ? createHash('md5').update(file.bytes).digest('hex') : ''}  ${file.path}\n`,
      )
      .join(''),
  );
  for (const name of ['postinst', 'prerm', 'postrm']) {
    copyFileSync(join(root, 'packaging/debian', name), join(control, name));
    chmodSync(join(control, name), 0o755);
  }
  for (const path of globSync(['DEBIAN/*', 'DEBIAN', '{etc,usr}/**/', 'etc', 'usr', '.'], { cwd: folder })) {
    lutimesSync(join(folder, path), tree.epoch, tree.epoch);
  }
  mkdirSync(out, { recursive: true });
  const file = join(out, `uptide_${tree.version}_amd64.deb`);
  // A fixed number of threads: the blocks of xz, and so the bytes, follow from it.
  execFileSync(
    'dpkg-deb',
    ['--root-owner-group', `-Z${compression}`, '--threads-max=2', '--build', folder, file],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, SOURCE_DATE_EPOCH: String(tree.epoch) },
    },
  );
  return file;
}

function controlFile(version: string, kilobytes: number): string {
  return `Package: uptide
Version: ${version}
Architecture: amd64
Maintainer: The Uptide authors <maintainers@uptide.invalid>
Installed-Size: ${kilobytes}
Depends: kmod, util-linux, libc6 (>= 2.28), libstdc++6 (>= 9), libgcc-s1
Recommends: ca-certificates
Suggests: openssl
Section: admin
Priority: optional
Description: live updates of the running kernel from a signed stream
 Uptide replaces functions of the running kernel by fixed ones, without a
 reboot, an account or trust in mirrors. It verifies what a stream offers,
 compares the code that runs with the code that an update was made for,
 loads it, and finds its own way back when a machine crashes.
`;
}
