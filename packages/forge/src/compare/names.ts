// SPDX-License-Identifier: GPL-2.0-or-later

/**
 * The part of a name that a compiler keeps from one compilation to the next. GCC numbers clones
 * (`foo.isra.0`, `foo.constprop.3`) and static locals (`count.12`) in the order in which it meets them;
 * kernel macros number with __COUNTER__ and __LINE__; clang's LTO appends a hash.
 */
export function stableName(name: string): string {
  const cut = name.indexOf('.llvm.');
  const whole = cut < 0 ? name : name.slice(0, cut);
  if (whole.startsWith('__initcall__')) return whole.replace(/__\d+_\d+_/, '__');
  if (whole.includes('__UNIQUE_ID_')) return whole.replace(/[\d._]+$/, '');
  return whole.replace(/\.\d+(?=\.|$)/g, '');
}

/** Whether a name is one that GCC gives to a static local, or to a table that it makes inside a function. */
export function isStaticLocal(name: string): boolean {
  return /^[^.].*\.\d+$/.test(name);
}

/** Whether a name carries a number that another compilation may give to something else. */
export function isNumbered(name: string): boolean {
  return stableName(name) !== name;
}

/** For the cold part that GCC splits off a function, the name of the function; else undefined. */
export function coldParent(name: string): string | undefined {
  return /^(.+)\.cold(\.\d+)?$/.exec(name)?.[1];
}
