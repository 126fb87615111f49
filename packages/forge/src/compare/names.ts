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

/**
 * Whether a name is one that GCC gives to a static local, or to a table that it makes inside a function; or
 * clang to an initialiser with an address (`.compoundliteral.2`), which it numbers like GCC.
 */
export function isStaticLocal(name: string): boolean {
  return /^[^.].*\.\d+$|^\.compoundliteral(\.\d+)?$/.test(name);
}

/**
 * Whether a name is one that the source never gives as it is: a static local of GCC (`var.12`) or of clang
 * (`function.var`).
 */
export function isInsideFunction(name: string): boolean {
  return name.indexOf('.') > 0;
}

/** For the cold part that GCC splits off a function, the name of the function; else undefined. */
export function coldParent(name: string): string | undefined {
  return /^(.+)\.cold(\.\d+)?$/.exec(name)?.[1];
}

/**
 * For the symbol that objtool or the compiler puts over the bytes before a function (CONFIG_CALL_PADDING,
 * kCFI), the name of the function; else undefined.
 */
export function prefixedFunction(name: string): string | undefined {
  return /^__(?:pfx|cfi)_(.+)$/.exec(name)?.[1];
}
