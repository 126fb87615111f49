// SPDX-License-Identifier: GPL-2.0-or-later
import { type Aliases, type Step, scopeStep, stepsOf } from './lock-steps.ts';
import { localNames } from './shared-work.ts';
import { MAX_STATEMENTS, partsOf, readBodies, type Statement, type Words } from './statements.ts';

/** A function as it is read. */
export interface LockText {
  readonly bodies: readonly (readonly Statement[])[];
  readonly aliases: Aliases;
  /** All steps, in the order of the text; those of helpers stand where they are called. */
  readonly steps: readonly Step[];
  readonly locals: ReadonlySet<string>;
  /** The functions that only this version has and that this function calls, directly or not. */
  readonly helpers: ReadonlyMap<string, LockText>;
}

/** What is known before the walk. */
export interface LockTexts {
  /** Whether a step counts. */
  readonly isStep: (step: Step) => boolean;
  /** The function. */
  readonly text: LockText;
  /** What is held when the function begins. */
  readonly entry: readonly Step[];
  /** Releases of another text than the taking, by the id of what is released: what they may release. */
  readonly orphans: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Locks of one function; more are not followed. Linux 6.1 has 14 in one. */
export const MAX_LOCKS = 64;
/** Functions that only one version has, and that are read for one that calls them; a fix adds one or two. */
export const MAX_HELPERS = 16;

/**
 * Reads a function.
 *
 * @param others functions that only this version has, by name: their work is that of who calls them
 * @returns undefined when it is longer or deeper than what is read, or has too many locks or helpers
 */
export function readLockText(words: Words, others: ReadonlyMap<string, Words>): LockText | undefined {
  const helpers = new Map<string, LockText>();
  const text = readText(words, others, helpers, []);
  if (text === undefined || new Set(text.steps.map(({ lock }) => lock.id)).size > MAX_LOCKS) return undefined;
  return text;
}

function readText(
  words: Words,
  others: ReadonlyMap<string, Words>,
  helpers: Map<string, LockText>,
  callers: readonly string[],
): LockText | undefined {
  const bodies = readBodies(words);
  if (bodies === undefined) return undefined;
  const parts = bodies.flatMap((body) => [...partsOf(body)]);
  const plain = parts.flatMap((part) => ('words' in part ? [part.words] : []));
  const aliases = aliasesOf(words, plain);
  const locals = new Set(localNames(words.slice(0, words.indexOf('{')), plain));
  const steps: Step[] = [];
  for (const part of parts) {
    const found = 'words' in part ? part.words : 'head' in part ? part.head : [];
    const isScope = 'kind' in part && part.kind === 'scope';
    steps.push(...(isScope ? [scopeStep(found, aliases)] : stepsOf(found, aliases)));
    for (const name of calledOf(found, others)) {
      if (callers.includes(name)) continue;
      const known = helpers.get(name);
      if (known === undefined && helpers.size + callers.length >= MAX_HELPERS) return undefined;
      const helper = known ?? readText(others.get(name) ?? [], others, helpers, [...callers, name]);
      if (helper === undefined) return undefined;
      helpers.set(name, helper);
      steps.push(...helper.steps);
      for (const local of helper.locals) locals.add(local);
      if (steps.length > MAX_STATEMENTS) return undefined;
    }
  }
  return { bodies, aliases, steps, locals, helpers };
}

/** The functions among `others` that words call. */
export function calledOf(words: Words, others: { has(name: string): boolean }): string[] {
  return words.filter((word, at) => words[at + 1] === '(' && others.has(word));
}

/** Pointers that are declared with a value and set nowhere else. */
function aliasesOf(words: Words, statements: readonly Words[]): Aliases {
  const set = new Map<string, number>();
  for (const [at, word] of words.entries()) {
    const isSet = words[at + 1] === '=' && words[at + 2] !== '=';
    if (isSet || words[at - 1] === '&') set.set(word, (set.get(word) ?? 0) + 1);
  }
  const aliases = new Map<string, Words>();
  for (const statement of statements) {
    const at = statement.indexOf('=');
    const name = statement[at - 1] ?? '';
    if (statement[at - 2] !== '*' || at < 3 || statement.includes(',') || set.get(name) !== 1) continue;
    aliases.set(name, statement.slice(at + 1));
  }
  return aliases;
}

/** What both versions together tell of the locks of one of them. */
export function lockTexts(text: LockText, both: readonly LockText[]): LockTexts {
  const all = both.flatMap(({ steps }) => steps);
  const families = (step: Step['call']['step']): ReadonlySet<string> =>
    new Set(all.filter((each) => each.call.step === step).map(({ call }) => call.family));
  const [taken, released] = [families('take'), families('release')];
  const operands = new Set(
    all.flatMap(({ call, lock }) =>
      call.step === 'release' && call.family === '' ? [lock.id.slice(1)] : [],
    ),
  );
  const isStep = ({ call, result }: Step): boolean =>
    call.isCertain ||
    (taken.has(call.family) && released.has(call.family)) ||
    (result !== undefined && operands.has(result));
  const own = text.steps.filter(isStep);
  const entry = new Map(both.flatMap(({ steps }) => [...releasedFirst(steps.filter(isStep))]));
  for (const [id, { call }] of firstSteps(own)) if (call.step === 'take') entry.delete(id);
  return { isStep, text, entry: [...entry.values()], orphans: orphansOf(own) };
}

/** Locks that a function releases before it takes them: who calls it holds them. */
function releasedFirst(steps: readonly Step[]): Map<string, Step> {
  const orphans = orphansOf(steps);
  const results = new Set(steps.flatMap(({ result }) => result ?? []));
  const isOwn = (id: string): boolean => orphans.has(id) || results.has(id.slice(1));
  return new Map([...firstSteps(steps)].filter(([id, { call }]) => call.step === 'release' && !isOwn(id)));
}

function firstSteps(steps: readonly Step[]): Map<string, Step> {
  return new Map(steps.toReversed().map((step) => [step.lock.id, step]));
}

/**
 * Locks that are released under another text than they are taken (`rq = lock(p)`, `unlock(rq)`): for each that is only
 * released those of the same functions that are only taken.
 */
function orphansOf(steps: readonly Step[]): Map<string, ReadonlySet<string>> {
  const only = (step: Step['call']['step']): Step[] => {
    const others = new Set(steps.filter((each) => each.call.step !== step).map(({ lock }) => lock.id));
    return steps.filter((each) => each.call.step === step && !each.isGuard && !others.has(each.lock.id));
  };
  const taken = only('take');
  const orphans = new Map<string, ReadonlySet<string>>();
  for (const { call, lock } of only('release')) {
    const same = taken.filter(
      (each) => each.call.family === call.family && rootOf(each) === rootOf({ call }),
    );
    if (same.length > 0) orphans.set(lock.id, new Set(same.map((each) => each.lock.id)));
  }
  return orphans;
}

/** The functions of a lock without whether they try, and what they do to interrupts. */
export function rootOf({ call }: Pick<Step, 'call'>): string {
  if (call.family !== '') return call.family;
  return call.way
    .replace(/(down\w*)_trylock/, '$1')
    .replace('trylock', 'lock')
    .replace(/_(?:irq|irqsave|bh)$/, '');
}
