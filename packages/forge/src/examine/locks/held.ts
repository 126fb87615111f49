// SPDX-License-Identifier: GPL-2.0-or-later
import type { LockCall } from './lock-names.ts';
import type { Lock } from './lock-steps.ts';
import type { Words } from './statements.ts';

/** A lock that is held at some place of a function. */
export interface Held {
  readonly lock: Lock;
  readonly call: LockCall;
  /** Whether it is held on every way that leads there. */
  readonly isSure: boolean;
  /** The block whose end releases it; 0 when a call does. */
  readonly scope: number;
  /** The variable that what took it returned. */
  readonly result: string | undefined;
}

/** The locks that are held, in the order in which they were taken; undefined where no way leads. */
export type State = readonly Held[] | undefined;

/** With one lock more. One that is held already (a loop came back with it) is held once. */
export function withLock(state: State, held: Held): State {
  return state === undefined ? undefined : [...withoutLock(state, held.lock.id), held];
}

export function withoutLock(state: readonly Held[], id: string): readonly Held[] {
  return state.some(({ lock }) => lock.id === id) ? state.filter(({ lock }) => lock.id !== id) : state;
}

/** Where two ways meet: what only one of them holds is not sure. */
export function merge(one: State, other: State): State {
  if (one === undefined || one === other) return other;
  if (other === undefined) return one;
  const there = new Map(other.map((held) => [held.lock.id, held]));
  const both = one.map((held) => ({
    ...held,
    isSure: held.isSure && there.get(held.lock.id)?.isSure === true,
  }));
  const here = new Set(one.map(({ lock }) => lock.id));
  return [
    ...both,
    ...other.filter(({ lock }) => !here.has(lock.id)).map((held) => ({ ...held, isSure: false })),
  ];
}

/** The same ways, with a lock that only some of them hold. */
export function unsure(state: State, id: string): State {
  return state?.map((held) => (held.lock.id === id ? { ...held, isSure: false } : held));
}

/** Variables that keep an error; another one keeps what was locked, or that it was. */
const ERROR = /^(?:e|err|error|errno|r|rc|ret|retval|rv|res|result|status)\d?$/;

/**
 * The way on which a condition holds (`branch`) or does not, without the locks of which it says there that they were
 * not taken: `err = mutex_lock_killable(&a); if (err) ...`.
 */
export function failed(state: State, condition: Words, branch: boolean): State {
  const plain = condition.filter((word) => !/^(?:\(|\)|likely|unlikely)$/.test(word));
  const isNot = plain[0] === '!';
  const isError = /^IS_ERR(?:_OR_NULL)?$/.test(plain[0] ?? '');
  const [name = '', ...rest] = isNot || isError ? plain.slice(1) : plain;
  if (!['', '<0', '!=0'].includes(rest.join(''))) return state;
  const isFailure = ({ result, call }: Held): boolean => {
    if (result === undefined || result !== name) return false;
    if (isError) return branch;
    const isZero = call.succeeds === 'always' ? ERROR.test(name) : call.succeeds === 'zero';
    return isZero === (isNot !== branch);
  };
  return state?.some(isFailure) === true ? state.filter((held) => !isFailure(held)) : state;
}

/** The state after a statement that sets a variable anew: it no longer tells of a lock. */
export function forget(state: State, words: Words): State {
  const isSet = ({ result }: Held): boolean =>
    result !== undefined &&
    words.some((word, at) => word === result && words[at + 1] === '=' && words[at + 2] !== '=');
  if (state?.some(isSet) !== true) return state;
  return state.map((held) => (isSet(held) ? { ...held, result: undefined } : held));
}
