// SPDX-License-Identifier: GPL-2.0-or-later
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { kernelSections, writeImage } from './image-writer.ts';
import { LAYOUTS, sorted, TEXT_SYMBOLS, writeKallsyms } from './kallsyms-writer.ts';

/** Files of a package: path to content; an object makes a link. */
export type PackageFiles = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>;

/** Writes files and links below a folder. */
export function writeFiles(folder: string, files: PackageFiles): void {
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, target);
    else writeFileSync(target, content);
  }
}

/** Builds a .deb with dpkg-deb. */
export function writePackage(
  path: string,
  control: Readonly<Record<string, string>>,
  files: PackageFiles,
): void {
  const folder = mkdtempSync(join(tmpdir(), 'uptide-deb-'));
  try {
    chmodSync(folder, 0o755);
    const fields = Object.entries({
      Architecture: 'amd64',
      Maintainer: 'nobody',
      Description: 'test',
      ...control,
    });
    writeFiles(folder, {
      ...files,
      'DEBIAN/control': fields.map(([name, value]) => `${name}: ${value}\n`).join(''),
    });
    execFileSync('dpkg-deb', ['--build', '--root-owner-group', '-Zgzip', '-z1', folder, path], {
      stdio: 'ignore',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What distinguishes one written kernel from another. */
export interface WrittenKernel {
  readonly release?: string;
  readonly version?: string;
  /** CONFIG_CC_VERSION_TEXT. */
  readonly compilerText?: string;
  /** What `make olddefconfig` does to `.config`, as a shell command. */
  readonly configure?: string;
  readonly image?: PackageFiles;
  /** What is at /lib/modules/RELEASE/kernel in place of a folder with demo.ko. */
  readonly modules?: { readonly link: string };
  readonly tree?: PackageFiles;
}

export const RELEASE = '5.0.0-1-amd64';
export const VERSION = '5.0.3-1';

/** The first line of `gcc-12 --version`, which a kernel for this machine was built with. */
export function machineCompiler(): string {
  return execFileSync('gcc-12', ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? '';
}

/**
 * Writes the three packages of the smallest kernel that can become a baseline: an image with symbols, one
 * module, and a source tree of one built-in unit, one unit of the module and a generated header, whose
 * makefiles print what Kbuild prints.
 */
export function writeKernelPackages(folder: string, kernel: WrittenKernel = {}): void {
  const { release = RELEASE, version = VERSION } = kernel;
  mkdirSync(folder, { recursive: true });
  const text = kernel.compilerText ?? machineCompiler();
  writePackage(
    join(folder, 'image.deb'),
    {
      Package: `linux-image-${release}`,
      Version: version,
      'Built-Using': `linux (= ${version})`,
      'Installed-Size': '64',
    },
    { ...imageFiles(release, text, kernel.modules), ...kernel.image },
  );
  writePackage(
    join(folder, 'headers.deb'),
    {
      Package: `linux-headers-${release}`,
      Version: version,
      Depends: `linux-headers-5.0.0-1-common (= ${version})`,
    },
    {
      [`usr/src/linux-headers-${release}/Module.symvers`]:
        '0x12345678\tdemo_symbol\tfs/demo/demo\tEXPORT_SYMBOL_GPL\t\n',
    },
  );
  writePackage(
    join(folder, 'source.deb'),
    { Package: 'linux-source-5.0', Version: version, Architecture: 'all' },
    { 'usr/src/linux-source-5.0.tar.xz': writeTarball(treeFiles(kernel)) },
  );
}

function imageFiles(
  release: string,
  compilerText: string,
  modulesLink: WrittenKernel['modules'],
): PackageFiles {
  const layout = LAYOUTS['changed order'];
  if (layout === undefined) throw new Error('there is no such layout');
  const { bytes } = writeKallsyms(sorted([...TEXT_SYMBOLS]), layout);
  const modules = `lib/modules/${release}`;
  return {
    // unpackImage takes an ELF file as it is.
    [`boot/vmlinuz-${release}`]: writeImage(kernelSections(bytes)),
    [`boot/config-${release}`]: `CONFIG_CC_VERSION_TEXT="${compilerText}"\nCONFIG_MODULES=y\n# CONFIG_SMP is not set\n`,
    ...(modulesLink === undefined
      ? { [`${modules}/kernel/fs/demo/demo.ko`]: 'a module' }
      : { [`${modules}/kernel`]: modulesLink }),
    [`${modules}/modules.builtin`]: '',
    [`${modules}/modules.builtin.modinfo`]: '',
    [`${modules}/modules.order`]: 'kernel/fs/demo/demo.ko\n',
    [`${modules}/build`]: { link: `/usr/src/linux-headers-${release}` },
  };
}

function treeFiles(kernel: WrittenKernel): PackageFiles {
  const rule = (verb: string, object: string, source: string, flags: string): string =>
    `\tset -e;  echo '  ${verb} ${object}';    trap 'rm -f ${object}; kill -s HUP $$$$' HUP; ` +
    `$(CC) -Iinclude ${flags} -c -o ${object} ${source}   ; ./tools/objtool/objtool --orc ${object}; ` +
    `scripts/basic/fixdep .d ${object} '$(CC) again' > ${object}.cmd; rm -f .d\n`;
  return {
    Makefile:
      `olddefconfig:\n\t${kernel.configure ?? ':'}\nmodules_prepare:\n\tmkdir -p include/generated\n` +
      `\techo '#define UTS_RELEASE "$(KERNELRELEASE)"' > include/generated/utsrelease.h\n` +
      `export srctree := .\nvmlinux:\n${rule('CC     ', 'init/main.o', 'init/main.c', '')}` +
      `\tset -e;  echo '  GEN     init/made.h'; sh gen > init/made.h\n` +
      `\tset -e;  echo '  AR      built-in.a'; rm -f built-in.a;  printf "./%s " init/main.o | xargs ar cDPrST built-in.a; printf '%s\\n' x > .built-in.a.cmd\n` +
      `\tset -e;  echo '  AR      vmlinux.a'; rm -f vmlinux.a; ar cDPrST vmlinux.a ./built-in.a; ar mPiT $$(ar t vmlinux.a) x\n` +
      `modules:\n${rule('CC [M]  ', 'fs/demo/demo.o', 'fs/demo/demo.c', `-DMODULE -DKBUILD_MODNAME='"demo"'`)}`,
    'scripts/Makefile.build': 'init/made.h:\n\techo made > init/made.h\n',
    'init/Makefile': 'obj-y := main.o\n',
    'init/main.c': '#include "made.h"\nint main_value;\n',
    'fs/demo/demo.c': 'int demo_value;\n',
    'linked.h': { link: 'init/main.c' },
    ...kernel.tree,
  };
}

/** A .tar.xz with everything below one folder, as linux-source has it. */
export function writeTarball(files: PackageFiles): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'uptide-tar-'));
  try {
    writeFiles(join(folder, 'linux-source'), files);
    return execFileSync('tar', ['--create', '--xz', '--directory', folder, 'linux-source'], {
      env: { ...process.env, XZ_OPT: '-0' },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
