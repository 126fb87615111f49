// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The statements of a function, from its words and signs.
 *
 * A grammar would need every type and macro of the kernel. What a rule asks of the text is less: what runs after
 * what, and on which way out. So keywords, brackets and semicolons are read, and all else is a plain statement. Of a
 * macro before a brace (`list_for_each_entry(...) {`) it is known that a statement follows, and it is taken for a
 * loop.
 *
 * Example: `if (a) { f(); goto out; } g(); out: h();` is an `if` with one arm of two statements, a plain one, a label
 * and a plain one.
 *
 * Limits: both branches of an `#if` stand in the text one after the other. Any words are read; where brackets do not
 * match, the reading ends early. Depth and number are bounded, since the text is not trusted: cost is linear.
 */

/** Words and signs without comments. */
export type Words = readonly string[];

/** A condition and what runs when it holds. */
export interface Arm {
  readonly head: Words;
  readonly body: readonly Statement[];
}

/** A piece of a function's text. `each` is a loop whose head a macro makes; `scope` a lock for one statement. */
export type Statement =
  | { readonly kind: 'plain' | 'return'; readonly words: Words }
  | { readonly kind: 'block'; readonly body: readonly Statement[] }
  | {
      readonly kind: 'if';
      readonly arms: readonly Arm[];
      readonly otherwise: readonly Statement[] | undefined;
    }
  | ({ readonly kind: 'for' | 'while' | 'do' | 'each' | 'switch' | 'scope' } & Arm)
  | { readonly kind: 'label' | 'goto'; readonly name: string }
  | { readonly kind: 'case'; readonly isDefault: boolean }
  | { readonly kind: 'break' | 'continue' };

/** Statements in statements; the deepest function of Linux 6.1 has 102 (lib/crypto/curve25519-fiat32.c). */
export const MAX_NESTING = 256;
/** Statements of a function; the longest of Linux 6.1 has 3,522 (gaudi_security.c). */
export const MAX_STATEMENTS = 16_384;
/** Words of one statement, of which calls are looked at within calls; Linux 6.1 has less than 6,500. */
export const MAX_STATEMENT_WORDS = 8192;

const WORD = /^[A-Za-z_$]/;
/** Macros before a statement without a brace; others may stand without a semicolon. */
const EACH = /each/i;
const SCOPE = /^scoped_(?:cond_)?guard$/;

/**
 * The bodies of a function; of one that is written twice, in the branches of an `#if`, both.
 *
 * @returns undefined when it is deeper or longer than what is read
 */
export function readBodies(words: Words): readonly (readonly Statement[])[] | undefined {
  return new Reader(words).bodies();
}

class Reader {
  readonly #words: Words;
  #at = 0;
  #count = 0;
  #tooMuch = false;

  constructor(words: Words) {
    this.#words = words;
  }

  bodies(): readonly (readonly Statement[])[] | undefined {
    const bodies: (readonly Statement[])[] = [];
    for (; this.#at < this.#words.length; this.#at += 1) {
      const word = this.#words[this.#at];
      if (word === '(') this.#at = closingSign(this.#words, this.#at);
      else if (word === '{') bodies.push(this.#block(0));
      if (this.#tooMuch) return undefined;
    }
    return bodies;
  }

  /** What stands between braces; ends on the closing one. */
  #block(depth: number): Statement[] {
    const body: Statement[] = [];
    this.#at += 1;
    while (this.#at < this.#words.length && this.#words[this.#at] !== '}' && !this.#tooMuch) {
      body.push(...this.#statement(depth + 1));
    }
    return body;
  }

  /** What a condition or a loop governs: a block, or one statement with its labels. */
  #governed(depth: number): Statement[] {
    for (const body: Statement[] = []; ; ) {
      const found = this.#statement(depth);
      const [only] = found;
      if (only?.kind === 'block') return body.length === 0 ? [...only.body] : [...body, only];
      body.push(...found);
      const isLabel = only?.kind === 'label' || only?.kind === 'case';
      if (!isLabel || this.#at >= this.#words.length || this.#words[this.#at] === '}') return body;
    }
  }

  /** One statement, or none where only a sign stands. */
  #statement(depth: number): Statement[] {
    this.#count += 1;
    if (depth > MAX_NESTING || this.#count > MAX_STATEMENTS) {
      this.#tooMuch = true;
      return [];
    }
    const word = this.#words[this.#at] ?? '';
    switch (word) {
      case ';':
      case 'else':
        this.#at += 1;
        return [];
      case '{': {
        const body = this.#block(depth);
        this.#at += 1;
        return [{ kind: 'block', body }];
      }
      case 'if':
        return [this.#if(depth)];
      case 'for':
      case 'while':
      case 'switch':
        this.#at += 1;
        return [{ kind: word, head: this.#head(), body: this.#governed(depth + 1) }];
      case 'do':
        return [this.#do(depth)];
      case 'case':
      case 'default':
        return [this.#case(word)];
      case 'break':
      case 'continue':
        this.#plain();
        return [{ kind: word }];
      case 'goto': {
        const name = this.#plain().slice(1).join(' ');
        return [{ kind: 'goto', name }];
      }
      case 'return':
        return [{ kind: 'return', words: this.#plain() }];
      default:
        return [this.#other(word, depth)];
    }
  }

  #if(depth: number): Statement {
    const arms: Arm[] = [];
    do {
      this.#at += 1;
      if (this.#words[this.#at] === 'if') this.#at += 1;
      this.#count += 1;
      arms.push({ head: this.#head(), body: this.#governed(depth + 1) });
    } while (this.#words[this.#at] === 'else' && this.#words[this.#at + 1] === 'if' && !this.#tooMuch);
    if (this.#words[this.#at] !== 'else') return { kind: 'if', arms, otherwise: undefined };
    this.#at += 1;
    return { kind: 'if', arms, otherwise: this.#governed(depth + 1) };
  }

  #do(depth: number): Statement {
    this.#at += 1;
    const body = this.#governed(depth + 1);
    if (this.#words[this.#at] !== 'while') return { kind: 'do', head: ['0'], body };
    this.#at += 1;
    const head = this.#head();
    if (this.#words[this.#at] === ';') this.#at += 1;
    return { kind: 'do', head, body };
  }

  #case(word: string): Statement {
    // In `case A ? B : C:` each question mark has a colon of its own.
    let questions = 0;
    for (this.#at += 1; this.#at < this.#words.length; this.#at += 1) {
      const sign = this.#words[this.#at];
      if (sign === '?') questions += 1;
      if (sign === '}' || sign === ';' || (sign === ':' && questions === 0)) break;
      if (sign === ':') questions -= 1;
    }
    if (this.#words[this.#at] === ':') this.#at += 1;
    return { kind: 'case', isDefault: word === 'default' };
  }

  /** A label, a macro that governs a statement, or a plain statement. */
  #other(word: string, depth: number): Statement {
    const next = this.#words[this.#at + 1];
    if (WORD.test(word) && next === ':') {
      this.#at += 2;
      return { kind: 'label', name: word };
    }
    if (WORD.test(word) && next === '(') {
      const end = closingSign(this.#words, this.#at + 1);
      const after = this.#words[end + 1] ?? '';
      const isScope = SCOPE.test(word);
      if (after === '{' || (WORD.test(after) && (isScope || EACH.test(word)))) {
        const head = this.#kept(this.#at, end + 1);
        this.#at = end + 1;
        return { kind: isScope ? 'scope' : 'each', head, body: this.#governed(depth + 1) };
      }
    }
    return { kind: 'plain', words: this.#plain() };
  }

  /** The words between parentheses, which are passed. */
  #head(): Words {
    if (this.#words[this.#at] !== '(') return [];
    const end = closingSign(this.#words, this.#at);
    const head = this.#kept(this.#at + 1, end);
    this.#at = end + 1;
    return head;
  }

  #kept(begin: number, end: number): Words {
    if (end - begin > MAX_STATEMENT_WORDS) this.#tooMuch = true;
    return this.#words.slice(begin, end);
  }

  /** The words up to the semicolon, which is passed; a brace that closes the block ends them too. */
  #plain(): Words {
    const begin = this.#at;
    let depth = 0;
    for (; this.#at < this.#words.length; this.#at += 1) {
      const sign = this.#words[this.#at];
      if (sign === '(' || sign === '[' || sign === '{') depth += 1;
      if (depth === 0 && (sign === ';' || sign === '}')) break;
      if (sign === ')' || sign === ']' || sign === '}') depth -= 1;
    }
    const words = this.#kept(begin, this.#at);
    if (this.#words[this.#at] !== '}' || words.length === 0) this.#at += 1;
    return words;
  }
}

/** The index of the parenthesis that closes the one at `at`; the end of the words where none does. */
export function closingSign(words: Words, at: number): number {
  let depth = 0;
  for (let index = at; index < words.length; index += 1) {
    if (words[index] === '(') depth += 1;
    if (words[index] === ')') depth -= 1;
    if (depth === 0) return index;
  }
  return words.length;
}

/** The words of all statements and heads, in the order of the text. */
export function* partsOf(body: readonly Statement[]): Generator<Statement | Arm> {
  for (const statement of body) {
    switch (statement.kind) {
      case 'if':
        for (const arm of statement.arms) {
          yield arm;
          yield* partsOf(arm.body);
        }
        yield* partsOf(statement.otherwise ?? []);
        break;
      case 'block':
        yield* partsOf(statement.body);
        break;
      default:
        yield statement;
        if ('body' in statement) yield* partsOf(statement.body);
    }
  }
}
