// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type RunOptions, run } from '@uptide/base';
import { KernelError } from '../error.ts';
import { openImage } from '../image/image.ts';
import { serialiseSymbols } from '../image/symbol-file.ts';
import { KallsymsTable } from '../image/symbol-table.ts';
import { unpackImage } from '../image/unpack.ts';
import { exists } from '../store/files.ts';
import { FILES } from './record.ts';
import { measureTree } from './tree.ts';

/** Where packages are unpacked to. */
export interface UnpackPlace {
  /** A folder for what is thrown away afterwards. */
  readonly staging: string;
  /** The folder that becomes the baseline. */
  readonly baseline: string;
  readonly signal?: AbortSignal;
}

/** What is taken of /lib/modules/RELEASE; the links `build` and `source` lead out of it. */
const MODULE_FILES = ['kernel', 'modules.builtin', 'modules.builtin.modinfo', 'modules.order'];

/**
 * Takes vmlinuz, configuration and modules out of the image package, Module.symvers out of the headers
 * package, and keeps the unpacked image with its decoded symbols beside them.
 *
 * @returns the build id of the image.
 * @throws KernelError PACKAGE_MALFORMED, PACKAGE_UNSAFE, and the codes of the image's readers.
 */
export async function unpackBinaries(
  place: UnpackPlace,
  release: string,
  packages: { readonly image: string; readonly headers: string },
): Promise<string> {
  const { baseline } = place;
  const image = await unpackPackage(place, packages.image, 'image');
  const headers = await unpackPackage(place, packages.headers, 'headers');
  await take(image, join('boot', `vmlinuz-${release}`), join(baseline, FILES.vmlinuz));
  await take(image, join('boot', `config-${release}`), join(baseline, FILES.config));
  await mkdir(join(baseline, FILES.modules));
  for (const name of MODULE_FILES) {
    const plain = join('lib', 'modules', release, name);
    // With merged /usr (Debian 13) packages have the modules in /usr/lib.
    const inside = (await exists(join(image, plain))) ? plain : join('usr', plain);
    await take(image, inside, join(baseline, FILES.modules, name));
  }
  const symvers = join('usr', 'src', `linux-headers-${release}`, 'Module.symvers');
  await take(headers, symvers, join(baseline, FILES.symvers));
  await measureTree(baseline);
  return await unpackKernel(place);
}

async function unpackKernel({ baseline, signal }: UnpackPlace): Promise<string> {
  const vmlinux = join(baseline, FILES.vmlinux);
  await writeFile(vmlinux, await unpackImage(await readFile(join(baseline, FILES.vmlinuz)), signal));
  const { buildId, symbols } = openImage(vmlinux);
  if (!(symbols instanceof KallsymsTable)) throw new TypeError('an opened image decodes its own symbols');
  await writeFile(join(baseline, FILES.symbols), serialiseSymbols(symbols));
  return buildId;
}

/**
 * Unpacks the source package's tarball as the baseline's tree.
 *
 * @param name of the package, which the tarball is called after.
 * @throws KernelError PACKAGE_MALFORMED, PACKAGE_UNSAFE.
 */
export async function unpackSource(place: UnpackPlace, path: string, name: string): Promise<void> {
  const folder = await unpackPackage(place, path, 'source');
  const tarball = join(place.staging, `${name}.tar.xz`);
  await take(folder, join('usr', 'src', `${name}.tar.xz`), tarball);
  const tree = join(place.baseline, FILES.tree);
  await mkdir(tree);
  const args = ['--extract', '--xz', '--no-same-owner', '--no-same-permissions', '--strip-components=1'];
  await run('tar', [...args, '--directory', tree, '--file', tarball], options(place, 'xz-utils'));
  // Before anything of it is run or written to.
  await measureTree(tree);
}

/** Unpacks a .deb; tar neither leaves the folder nor follows links that the archive made. */
async function unpackPackage(place: UnpackPlace, path: string, name: string): Promise<string> {
  const folder = join(place.staging, name);
  await mkdir(folder);
  await run('dpkg-deb', ['--extract', path, folder], options(place, 'dpkg'));
  return await realpath(folder);
}

/** Moves a file or folder out of an unpacked package, unless a link on the way leads elsewhere. */
async function take(folder: string, inside: string, to: string): Promise<void> {
  const from = join(folder, inside);
  if (!(await exists(from))) {
    throw new KernelError('PACKAGE_MALFORMED', `the package has no ${inside}`, { place: { file: inside } });
  }
  const real = relative(folder, await realpath(from));
  if (real !== inside) {
    throw new KernelError('PACKAGE_UNSAFE', `${inside} is a link to ${real}`, { place: { file: inside } });
  }
  await rename(from, to);
}

function options({ signal }: UnpackPlace, tool: string): RunOptions {
  return { package: tool, ...(signal === undefined ? {} : { signal }) };
}
