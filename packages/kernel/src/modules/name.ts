// SPDX-License-Identifier: GPL-2.0-or-later

/** What a module's file may be called: modules can be compressed (CONFIG_MODULE_COMPRESS_*). */
const MODULE_FILE = /\.ko(?:\.(?:gz|xz|zst))?$/;

/** Whether a path is that of a module file. */
export function isModuleFile(path: string): boolean {
  return MODULE_FILE.test(path);
}

/**
 * The name that the kernel gives a module, from the path of its file or object: the last part, without
 * its extension, with dashes as underscores (`KBUILD_MODNAME`, scripts/Makefile.lib `name-fix`).
 */
export function moduleName(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1);
  return base.replace(MODULE_FILE, '').replaceAll('-', '_');
}
