// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which locks are held where in a function, by its text.
 *
 * Problem: the text says `mutex_lock(&a)` and `mutex_unlock(&a)`, and between them are branches, ways out and jumps.
 * A count of calls cannot say what runs under the lock.
 *
 * Example:
 *     mutex_lock(&a);            // held: a
 *     if (x->gone) {             // asked under a
 *             mutex_unlock(&a);
 *             return -ENODEV;    // held: nothing; this way ends here
 *     }
 *     list_del(&x->node);        // under a, since only the way that did not end comes here
 *     mutex_unlock(&a);
 *
 * Approach: the statements are walked once with the list of the locks that are held. A branch that ends says nothing
 * for what follows; where ways meet, what only one of them holds is held "on some ways". A label is met with what the
 * jumps to it held; jumps back are known at a second walk, and count where no other way leads to the label. A lock
 * that is released first is held when the function begins. A condition that tries a lock splits the ways.
 *
 * Limits: conditions are not compared, so `if (locked) unlock()` ends a section on some ways only. Loops are walked
 * once. Locks are told apart by their text. Cost: statements times locks, and locks are bounded.
 */
import { failed, forget, type Held, merge, type State, unsure, withLock, withoutLock } from './held.ts';
import { type Step, scopeStep, stepsOf } from './lock-steps.ts';
import { calledOf, type LockText, type LockTexts } from './lock-texts.ts';
import { MAX_STATEMENTS, type Statement, type Words } from './statements.ts';

/** A statement or a condition, with the locks under which it runs. */
export interface Place {
  readonly words: Words;
  /** What the words are the head of; empty for statements. */
  readonly keyword: string;
  readonly held: readonly Held[];
}

/** A place where a lock is taken. */
export interface Taking {
  readonly step: Step;
  readonly held: readonly Held[];
}

/** What a walk through a function has seen. */
export interface LockWalk {
  readonly places: readonly Place[];
  readonly takings: readonly Taking[];
  /** Where the function ends, with what calls must still release. */
  readonly ends: readonly (readonly Held[])[];
}

/** Walks the bodies of a function; undefined when helpers that are called again and again make the way too long. */
export function walkLocks(texts: LockTexts): LockWalk | undefined {
  const entry = texts.entry.map((step) => ({ ...heldBy(step), scope: 0 }));
  const walk = walkTwice(texts, texts.text, {
    state: entry,
    scope: 0,
    callers: [],
    isFirst: false,
    steps: { left: 4 * MAX_STATEMENTS },
  });
  return walk.isTooLong ? undefined : walk;
}

/** From where a function is walked: with a helper in the middle of who calls it. */
interface Start {
  readonly state: State;
  readonly scope: number;
  readonly callers: readonly string[];
  readonly isFirst: boolean;
  /** Statements that may still be walked. */
  readonly steps: { left: number };
}

function walkTwice(texts: LockTexts, text: LockText, start: Start): Walk {
  // The first walk finds the jumps that lead back; in it helpers are walked once, or a chain of them would double.
  const { labels } = new Walk(texts, text, { ...start, isFirst: true }, new Map()).through();
  return new Walk(texts, text, start, labels).through();
}

function heldBy({ lock, call, result }: Step): Held {
  return { lock, call, isSure: true, scope: 0, result };
}

interface Ways {
  readonly yes: State;
  readonly no: State;
}

/** Where `break`, `continue` and `case` of the innermost loop or switch lead or come from. */
interface Target {
  readonly isSwitch: boolean;
  readonly entry: State;
  hasDefault: boolean;
  broken: State;
  continued: State;
}

class Walk implements LockWalk {
  readonly places: Place[] = [];
  readonly takings: Taking[] = [];
  readonly ends: (readonly Held[])[] = [];
  readonly labels = new Map<string, State>();
  /** What is held behind the function. */
  after: State;
  readonly #texts: LockTexts;
  readonly #text: LockText;
  readonly #start: Start;
  readonly #known: ReadonlyMap<string, State>;
  readonly #targets: Target[] = [];
  readonly #scopes: number[] = [];
  #lastScope: number;
  #state: State;

  constructor(texts: LockTexts, text: LockText, start: Start, known: ReadonlyMap<string, State>) {
    this.#texts = texts;
    this.#text = text;
    this.#start = start;
    this.#known = known;
    this.#lastScope = start.scope;
  }

  get isTooLong(): boolean {
    return this.#start.steps.left < 0;
  }

  through(): this {
    for (const body of this.#text.bodies) {
      this.#state = this.#start.state;
      this.#walk(body);
      this.#end();
    }
    return this;
  }

  #walk(body: readonly Statement[], step?: Step): void {
    this.#lastScope += 1;
    this.#scopes.push(this.#lastScope);
    if (step !== undefined) this.#take(step);
    for (const statement of body) this.#one(statement);
    this.#scopes.pop();
    this.#state = this.#open(this.#state);
  }

  /** Without the locks of blocks that are left. */
  #open(state: State): State {
    const isOpen = ({ scope }: Held): boolean => scope <= this.#start.scope || this.#scopes.includes(scope);
    return state?.every(isOpen) === false ? state.filter(isOpen) : state;
  }

  #one(statement: Statement): void {
    const target = this.#targets.at(-1);
    this.#start.steps.left -= 1;
    if (this.isTooLong) return;
    switch (statement.kind) {
      case 'plain':
        this.#plain(statement.words);
        return;
      case 'return':
        this.#plain(statement.words);
        this.#end();
        this.#state = undefined;
        return;
      case 'block':
        this.#walk(statement.body);
        return;
      case 'if':
        this.#if(statement);
        return;
      case 'scope':
        this.#walk(statement.body, scopeStep(statement.head, this.#text.aliases));
        return;
      case 'label': {
        const arrived = merge(this.#state, this.labels.get(statement.name));
        this.#state = this.#open(arrived ?? this.#known.get(statement.name));
        return;
      }
      case 'goto':
        this.labels.set(statement.name, merge(this.labels.get(statement.name), this.#state));
        this.#state = undefined;
        return;
      case 'case':
        this.#case(statement.isDefault);
        return;
      case 'break':
        if (target !== undefined) target.broken = merge(target.broken, this.#state);
        this.#state = undefined;
        return;
      case 'continue': {
        const loop = this.#targets.findLast(({ isSwitch }) => !isSwitch);
        if (loop !== undefined) loop.continued = merge(loop.continued, this.#state);
        this.#state = undefined;
        return;
      }
      default:
        this.#loop(statement);
    }
  }

  #plain(words: Words): void {
    if (!this.#steps(words)) this.#see(words, '');
  }

  #if({ arms, otherwise }: Extract<Statement, { kind: 'if' }>): void {
    let after: State;
    for (const { head, body } of arms) {
      const { yes, no } = this.#condition(head, 'if');
      this.#state = yes;
      this.#walk(body);
      after = merge(after, this.#state);
      this.#state = no;
    }
    if (otherwise !== undefined) this.#walk(otherwise);
    this.#state = merge(after, this.#state);
  }

  #case(isDefault: boolean): void {
    const found = this.#targets.findLast(({ isSwitch }) => isSwitch);
    this.#state = this.#open(merge(this.#state, found?.entry));
    // With a default no way leads past all cases.
    if (isDefault && found !== undefined) found.hasDefault = true;
  }

  #loop({ kind, head, body }: Extract<Statement, { head: Words }>): void {
    const isEndless = /^(?:1|true|;;|;1;)$/.test(head.join(''));
    const isSwitch = kind === 'switch';
    let no: State;
    if (kind === 'while') {
      const ways = this.#condition(head, kind);
      this.#state = ways.yes;
      no = ways.no;
    } else if (kind !== 'do') {
      if (!this.#steps(head)) this.#see(head, kind);
      no = this.#state;
    }
    const target: Target = {
      isSwitch,
      entry: this.#state,
      hasDefault: false,
      broken: undefined,
      continued: undefined,
    };
    this.#targets.push(target);
    if (isSwitch) this.#state = undefined;
    this.#walk(body);
    this.#targets.pop();
    this.#state = this.#open(merge(this.#state, target.continued));
    if (kind === 'do') this.#state = this.#condition(head, kind).no;
    else if (kind === 'while') this.#state = merge(no, this.#ways(head, false).no);
    else if (!isSwitch || !target.hasDefault) this.#state = merge(no, this.#state);
    this.#state = this.#open(merge(isEndless ? undefined : this.#state, target.broken));
  }

  #condition(head: Words, keyword: string): Ways {
    if (this.#stepsOf(head).length > 0) return this.#ways(head, true);
    this.#see(head, keyword);
    return { yes: failed(this.#state, head, true), no: failed(this.#state, head, false) };
  }

  /** What is held when a condition holds, and when not. */
  #ways(head: Words, isSeen: boolean): Ways {
    let [yes, no]: [State, State] = [this.#state, this.#state];
    for (const step of this.#stepsOf(head)) {
      if (step.call.step === 'release') {
        [yes, no] = [this.#released(yes, step), this.#released(no, step)];
        continue;
      }
      if (isSeen && yes !== undefined) this.takings.push({ step, held: yes });
      const { succeeds } = step.call;
      const isHeldWhenYes = (succeeds === 'nonzero') !== step.isNegated;
      const { id } = step.lock;
      const taken = this.#held(step);
      if (succeeds === 'always') [yes, no] = [withLock(yes, taken), withLock(no, taken)];
      else if (isHeldWhenYes) {
        yes = withLock(yes, taken);
        // In `other || try` the other may have decided.
        if (hasSign(head, '|')) yes = unsure(yes, id);
      } else {
        no = withLock(no, taken);
        if (hasSign(head, '&')) no = unsure(no, id);
      }
    }
    return { yes, no };
  }

  /** Does what the steps of a statement do; says whether it has any. */
  #steps(words: Words): boolean {
    const steps = this.#stepsOf(words);
    this.#state = forget(this.#state, words);
    for (const step of steps) {
      if (step.call.step === 'take') this.#take(step);
      else this.#state = this.#released(this.#state, step);
    }
    return steps.length > 0;
  }

  #stepsOf(words: Words): Step[] {
    return stepsOf(words, this.#text.aliases).filter(this.#texts.isStep);
  }

  #take(step: Step): void {
    if (this.#state === undefined || !this.#texts.isStep(step)) return;
    this.takings.push({ step, held: this.#state });
    this.#state = withLock(this.#state, this.#held(step));
  }

  #held(step: Step): Held {
    return { ...heldBy(step), scope: step.isGuard ? (this.#scopes.at(-1) ?? 0) : 0 };
  }

  #released(state: State, { lock, call }: Step): State {
    if (state === undefined || state.some((held) => held.lock.id === lock.id)) {
      return state === undefined ? undefined : withoutLock(state, lock.id);
    }
    const operand = lock.id.slice(call.family.length + 1);
    const others = this.#texts.orphans.get(lock.id);
    const found =
      state.find(({ result }) => result !== undefined && result === operand) ??
      state.findLast((held) => others?.has(held.lock.id));
    return found === undefined ? state : withoutLock(state, found.lock.id);
  }

  #see(words: Words, keyword: string): void {
    if (this.#state !== undefined) this.places.push({ words, keyword, held: this.#state });
    this.#enter(words);
  }

  #end(): void {
    const state = this.#state?.filter(({ scope }) => scope <= this.#start.scope);
    this.after = merge(this.after, state);
    if (state !== undefined) this.ends.push(state);
  }

  /** Walks the helpers that words call, as if their text stood there. */
  #enter(words: Words): void {
    const { callers } = this.#start;
    for (const name of calledOf(words, this.#text.helpers)) {
      const helper = this.#text.helpers.get(name);
      if (helper === undefined || callers.includes(name) || this.#state === undefined) continue;
      const start = {
        ...this.#start,
        state: this.#state,
        scope: this.#lastScope,
        callers: [...callers, name],
      };
      const { places, takings, after } = start.isFirst
        ? new Walk(this.#texts, helper, start, new Map()).through()
        : walkTwice(this.#texts, helper, start);
      this.places.push(...places);
      this.takings.push(...takings);
      this.#state = after;
    }
  }
}

function hasSign(words: Words, sign: string): boolean {
  return words.some((word, at) => word === sign && words[at + 1] === sign);
}
