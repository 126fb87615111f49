// SPDX-License-Identifier: GPL-2.0-or-later
import { SHF, STB } from '@uptide/elf';
import type { Piece } from '../dissect/piece.ts';
import { isInsideFunction, isStaticLocal, stableName } from './names.ts';

/**
 * How a piece is recognised in another compilation.
 * - `name`: by its name, which the source gives it.
 * - `users`: a static local; by its stable name and the functions that use it.
 * - `content`: what it holds is all that matters, and two with equal content stand for each other.
 */
export type Identity = 'name' | 'users' | 'content';

/**
 * Static locals that kernel macros and compilers make. Their state is a help to the code around them (said
 * once, looked up once), so a replaced function may have a fresh one.
 */
const MADE_BY_MACROS: ReadonlySet<string> = new Set([
  '__already_done',
  '__func__',
  '__FUNCTION__',
  '__key',
  '__PRETTY_FUNCTION__',
  '__print_once',
  '__UNIQUE_ID_ddebug',
  '__warned',
  '_entry',
  '_entry_ptr',
  '_rs',
  'CSWTCH',
  'descriptor',
]);

/** Tables and initial values that clang gives a name of its own, before the name of the function. */
const MADE_BY_CLANG = /^(switch\.table|__const|__func__|__FUNCTION__|__PRETTY_FUNCTION__)\./;

/** Flags of WARN_ONCE, pr_warn_once and the like, by whatever name (include/linux/once_lite.h). */
const ONCE = /^\.data\.\.?once$/;

/** Whether a name, in GCC's form `var.N` or clang's `function.var`, is one that macros make. */
export function isMadeByMacro(name: string): boolean {
  if (!isInsideFunction(name)) return false;
  const stable = stableName(name);
  if (MADE_BY_MACROS.has(stable) || MADE_BY_CLANG.test(name)) return true;
  return MADE_BY_MACROS.has(stable.slice(stable.indexOf('.') + 1));
}

const KNOWN = new WeakMap<Piece, Identity>();

/** Decides how a piece is recognised. */
export function identityOf(piece: Piece): Identity {
  const known = KNOWN.get(piece);
  if (known !== undefined) return known;
  const identity = decide(piece);
  KNOWN.set(piece, identity);
  return identity;
}

function decide(piece: Piece): Identity {
  if (piece.symbol === undefined) return 'content';
  if (piece.kind !== 'data' || piece.symbol.bind !== STB.LOCAL) return 'name';
  if (isMadeByMacro(piece.name) || ONCE.test(piece.section.name)) return 'content';
  if (!isStaticLocal(piece.name)) return 'name';
  return (piece.section.flags & SHF.WRITE) === 0 && !isKept(piece) ? 'content' : 'users';
}

/** Constants that GCC copies a local variable from, `C.0.1234`: nobody keeps a pointer to them. */
const INITIAL_VALUE = /^C\.\d+\.\d+$/;

/**
 * Whether a pointer to a constant may be kept for long. A table with addresses of functions or variables is
 * made to be registered somewhere, and a copy of it would be gone with the update; strings are not.
 */
function isKept({ name, references }: Piece): boolean {
  if (INITIAL_VALUE.test(name)) return false;
  return references.some(
    ({ target }) =>
      target.kind === 'external' || target.piece.kind === 'function' || target.piece.kind === 'data',
  );
}
