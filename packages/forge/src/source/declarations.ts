// SPDX-License-Identifier: GPL-2.0-or-later
//
// What does a header declare, and what does each declaration depend on?
//
// The problem. When a line of a header changes, few of the thousands of units that include it can come out
// different: those that use what the line declares, directly or through other declarations. To find them each
// declaration must be known by its names, and by the words that it is made of.
//
// Worked example.
//
//     struct queue { int depth; };                              a change of it is seen by whoever says `queue`
//     struct disk { struct queue *queue; };                     says `queue`: who says `queue` (the member) ...
//     struct port { struct queue own; };                        ... or `port`, whose layout changes with it, ...
//     static inline int depth(struct disk *d)                   ... or `depth` can come out different
//     { return d->queue->depth; }
//
// The approach. The text is cut into declarations where it is at depth 0, without a grammar. A rule says: when one
// of these words has changed its meaning, these names have too. A member's rule leads to the member's name, and to
// the tag only when the member is a part of the layout. Members of a changed struct need no rule: every way to one
// begins with something that is declared with the tag, or with a name that is. The lines of `#if` around a
// declaration are a part of it. All branches of a condition are read.
//
// What is not understood (a call of a macro at depth 0, a pragma, braces without a partner) becomes a declaration
// with the rule `everything`: whoever includes the header is affected when one of its words is, or when it changes.
//
// Limits. A word that is cut in two by a backslash at the end of a line is not seen. Braces in a macro's arguments
// and branches of one condition that open different numbers of them end in `everything`.
//
// Cost: some 10 MB of text a second.
import { type Paste, pastesIn } from './pastes.ts';
import { type Token, tokenize } from './tokens.ts';

/** When one of `words` changes its meaning, so does each of `names`. */
export interface Rule {
  readonly words: ReadonlySet<string>;
  readonly pastes: readonly Paste[];
  readonly names: readonly string[];
  /** Every unit that includes the file is affected then: it makes code or data by itself, or nobody knows. */
  readonly everything: boolean;
}

/** One declaration of a file, or one line of the preprocessor. */
export interface Declaration {
  /** Equal for declarations that mean the same: the text without spaces and comments, with its conditions. */
  readonly key: string;
  /** What changes its meaning when the declaration is changed. */
  readonly names: readonly string[];
  /** A change of it concerns every unit that includes the file. */
  readonly everything: boolean;
  readonly rules: readonly Rule[];
  readonly line: number;
}

/** A condition of the preprocessor that is open: its lines so far. */
interface Condition {
  text: string;
  readonly words: Set<string>;
  readonly depth: number;
  readonly skipped: boolean;
}

const WORD = /[A-Za-z_$][\w$]*/g;
/** Macros and keywords that take arguments in parentheses and stand beside a declared name. */
const ATTRIBUTES = new Set(
  `__attribute__ __attribute asm __asm__ __asm typeof __typeof__ __typeof _Alignas __alignof__ sizeof __printf
  __scanf __aligned __section __alloc_size __acquires __releases __acquire __release __must_hold __acquires_shared
  __releases_shared __cond_acquires __assume_aligned __no_sanitize_address __nonnull __counted_by __counted_by_le
  __counted_by_be __guarded_by __diagnose_as __compiletime_error __compiletime_warning __error __warning __alias
  __copy __format_arg __mode__ __designated_init __realloc_size __bdos __access`.split(/\s+/),
);
/** Words at the end of a declarator that are not its name. */
const TRAILING = new Set(
  `__rcu __percpu __user __iomem __force __kernel __read_mostly __ro_after_init ____cacheline_aligned
  ____cacheline_aligned_in_smp ____cacheline_internodealigned_in_smp __cacheline_aligned
  __cacheline_aligned_in_smp __packed __randomize_layout __no_randomize_layout __maybe_unused __always_unused
  __initdata __initconst __initdata_memblock __init __exit __must_check __pure __weak __malloc __noreturn
  __nosavedata __bitwise __private __nocast __safe __designated_init __aligned_largest __page_aligned_data
  __refdata __refconst const volatile restrict __restrict`.split(/\s+/),
);
/** Calls at depth 0 that declare no more than names which are their arguments; asserts make no code. */
const DECLARING_CALL = /^(?:DECLARE_(?!EVENT_CLASS|TRACE)\w+|static_assert|_Static_assert)$/;
/** Types whose names begin with underscores, so that a look backwards for a declared name stops at them. */
const BUILTIN_TYPE =
  /^__(?:[usbl]?e?(?:8|16|32|64|128)|kernel_\w+|poll_t|wsum|sum16|int128|builtin_va_list)$/;

/** No declaration gives these another meaning, however it was read. */
const KEYWORDS = new Set(
  `auto break case char const continue default do double else enum extern float for goto if inline int long register
  return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof _Bool __inline
  __inline__ __always_inline noinline defined __VA_ARGS__ bool`.split(/\s+/),
);

/** Structs inside structs that are looked into; the kernel's own stay far below. A patch could nest any number. */
const MAX_NESTING = 32;

/** Reads the declarations of a header, bytes as Latin-1. */
export function declarationsIn(text: string): Declaration[] {
  const tokens = tokenize(text).filter(({ kind }) => kind !== 'comment');
  const reader = new Reader();
  for (let at = 0; at < tokens.length; ) {
    const first = tokens[at];
    if (first === undefined) break;
    let end = at + 1;
    if (first.directive !== 0) {
      while (tokens[end]?.directive === first.directive) end += 1;
      reader.directive(tokens.slice(at, end));
    } else reader.token(first, tokens[end]);
    at = end;
  }
  return reader.finish();
}

class Reader {
  readonly #found: Declaration[] = [];
  readonly #conditions: Condition[] = [];
  /** The declaration that is being read, with preprocessor lines inside it as text. */
  #open: Token[] = [];
  #inside: Token[] = [];
  #depth = 0;
  #isBody = false;
  #unbalanced = false;

  /** Takes a token outside of preprocessor lines. */
  token(token: Token, next: Token | undefined): void {
    if (this.#conditions.some(({ skipped }) => skipped)) return;
    const { text } = token;
    if (this.#depth === 0 && this.#open.length === 0 && text === ';') return;
    if (this.#depth === 0 && text === '{') this.#isBody = isBody(this.#open);
    this.#open.push(token);
    if (text === '(' || text === '[' || text === '{') this.#depth += 1;
    else if (text === ')' || text === ']' || text === '}') {
      this.#depth -= 1;
      if (this.#depth < 0) {
        this.#unbalanced = true;
        this.#depth = 0;
      }
    }
    if (this.#depth > 0) return;
    if (text === ';' || (text === '}' && this.#isBody) || this.#endsCall(token, next)) this.#close();
  }

  /** A call of a macro at depth 0 may stand without a semicolon: then the next declaration begins on its own line. */
  #endsCall(token: Token, next: Token | undefined): boolean {
    if (token.text !== ')' || !isCall(this.#open)) return false;
    return next === undefined || (next.kind === 'word' && next.line > token.endLine) || next.directive !== 0;
  }

  directive(tokens: readonly Token[]): void {
    const name = tokens[1]?.text ?? '';
    const text = tokens.map((token) => token.text).join(' ');
    const words = wordsOf(tokens.slice(2));
    if (name === 'if' || name === 'ifdef' || name === 'ifndef') {
      const skipped = text.includes('__cplusplus') && name !== 'ifndef';
      this.#conditions.push({ text, words, depth: this.#depth, skipped });
      this.#enclose(tokens);
      return;
    }
    const top = this.#conditions.at(-1);
    if (name === 'elif' || name === 'else') {
      if (top === undefined) this.#unbalanced = true;
      else {
        this.#conditions[this.#conditions.length - 1] = {
          text: `${top.text} | ${text}`,
          words: new Set([...top.words, ...words]),
          depth: top.depth,
          skipped: false,
        };
        this.#depth = top.depth;
      }
      this.#enclose(tokens);
      return;
    }
    if (name === 'endif') {
      if (top?.skipped === true) this.#depth = top.depth;
      if (this.#conditions.pop() === undefined) this.#unbalanced = true;
      this.#enclose(tokens);
      return;
    }
    if (this.#conditions.some(({ skipped }) => skipped) || name === '') return;
    const line = tokens[0]?.line ?? 1;
    if (name === 'define' || name === 'undef') {
      const macro = tokens[2]?.text ?? '';
      const { body, parameters } = macroBody(tokens);
      const bodyWords = wordsOf(body);
      for (const parameter of parameters) bodyWords.delete(parameter);
      this.#add(text, [macro], line, [rule(bodyWords, [macro], { pastes: pastesIn(body, parameters) })]);
    } else if (name === 'include' || name === 'include_next' || name === 'import' || name === 'pragma') {
      this.#add(
        text,
        [],
        line,
        [rule(name === 'pragma' ? words : new Set(), [], { everything: true })],
        true,
      );
    } else if (name !== 'error' && name !== 'warning') this.#add(text, [], line, [], true);
  }

  /** A condition in the midst of a declaration is a part of it. */
  #enclose(tokens: readonly Token[]): void {
    if (this.#open.length > 0) this.#inside.push(...tokens);
  }

  finish(): Declaration[] {
    if (this.#open.length > 0) this.#close();
    if (this.#unbalanced || this.#depth !== 0 || this.#conditions.length > 0) {
      const words = new Set(this.#found.flatMap(({ rules }) => rules.flatMap((one) => [...one.words])));
      const pastes = this.#found.flatMap(({ rules }) => rules.flatMap((one) => one.pastes));
      const key = this.#found.map((one) => one.key).join('\n');
      this.#found.push({
        key,
        names: [],
        everything: true,
        rules: [rule(words, [], { pastes, everything: true })],
        line: 1,
      });
    }
    return this.#found;
  }

  #close(): void {
    const tokens = this.#open;
    const inside = wordsOf(this.#inside);
    const text = [...tokens, ...this.#inside].map((token) => token.text).join(' ');
    const line = tokens[0]?.line ?? 1;
    this.#open = [];
    this.#inside = [];
    this.#isBody = false;
    if (this.#depth !== 0) {
      const names = [...wordsOf(tokens)];
      this.#add(text, names, line, [rule(new Set(names), names, { everything: true })], true);
      return;
    }
    for (const part of describe(tokens, text)) {
      const rules = part.rules.map((one) => ({ ...one, words: new Set([...one.words, ...inside]) }));
      this.#add(part.key, part.names, line, rules, part.everything);
    }
  }

  #add(
    text: string,
    names: readonly string[],
    line: number,
    rules: readonly Rule[],
    everything = false,
  ): void {
    const conditions = this.#conditions.map((condition) => condition.text).join(' && ');
    const words = this.#conditions.flatMap((condition) => [...condition.words]);
    // What a condition asks can take the whole declaration away.
    const guarded = words.length === 0 ? [] : [rule(new Set(words), names, { everything })];
    const own = names.filter((name) => !KEYWORDS.has(name));
    this.#found.push({
      key: `${conditions} ${text}`,
      names: own,
      everything,
      rules: [...rules, ...guarded],
      line,
    });
  }
}

type Part = Pick<Declaration, 'key' | 'names' | 'everything' | 'rules'>;

function rule(
  words: ReadonlySet<string>,
  names: readonly string[],
  more: { readonly pastes?: readonly Paste[]; readonly everything?: boolean } = {},
): Rule {
  return {
    words,
    names: names.filter((name) => !KEYWORDS.has(name)),
    pastes: more.pastes ?? [],
    everything: more.everything ?? false,
  };
}

/** The words of tokens, also those inside strings: inline assembly names what it calls. */
function wordsOf(tokens: readonly Token[]): Set<string> {
  const words = new Set<string>();
  for (const { kind, text } of tokens) {
    if (kind === 'word') words.add(text);
    else if (kind === 'literal' && text.startsWith('"'))
      for (const [word] of text.matchAll(WORD)) words.add(word);
  }
  return words;
}

/** What follows a macro's name, and its parameters: those in parentheses right behind the name. */
function macroBody(tokens: readonly Token[]): { body: readonly Token[]; parameters: ReadonlySet<string> } {
  const [, , name, next] = tokens;
  const called = name !== undefined && next?.text === '(' && next.start === name.start + name.text.length;
  if (!called) return { body: tokens.slice(3), parameters: new Set() };
  const end = closing(tokens, 3);
  return { body: tokens.slice(end + 1), parameters: wordsOf(tokens.slice(4, end)) };
}

/** The parts of one declaration: one, or one for each enumerator. */
function describe(tokens: readonly Token[], key: string): Part[] {
  const items = topLevel(tokens);
  const words = wordsOf(tokens);
  const brace = items.findIndex((item) => item.group === '{');
  const before = items.slice(0, brace === -1 ? items.length : brace);
  // `struct foo;` declares nothing that code could depend on.
  if (/^(?:struct|union|enum) [\w$]+ ;$/.test(key)) return [];
  if (isCall(tokens.at(-1)?.text === ';' ? tokens.slice(0, -1) : tokens)) {
    const everything = !DECLARING_CALL.test(tokens[0]?.text ?? '');
    const names = [...wordsOf(tokens.slice(1))];
    return [{ key, names, everything, rules: [rule(words, names, { everything })] }];
  }
  const aggregate = brace === -1 ? undefined : aggregateAt(before);
  if (aggregate === undefined) return [plain(key, items, words, brace)];
  const typedef = items[0]?.text === 'typedef';
  const declared = declaratorNames(items.slice(brace + 1));
  const tags = [...aggregate.tags, ...declared];
  const emits = declared.length > 0 && !typedef && !words.has('extern');
  const body = items[brace]?.tokens ?? [];
  if (aggregate.kind === 'enum') return enumeration(key, tags, body, words, emits);
  const rules = members(body, tags);
  // Array sizes behind the braces, attributes and initial values.
  const around = wordsOf([...before, ...items.slice(brace + 1)].flatMap((item) => item.tokens ?? item.token));
  for (const tag of tags) around.delete(tag);
  rules.push(rule(around, tags));
  if (emits) rules.push(rule(words, [], { everything: true }));
  const names = [...tags, ...nestedTags(body)];
  return [{ key, names, everything: emits || names.length === 0, rules }];
}

/** Prototype, function, variable or typedef. */
function plain(key: string, items: readonly Item[], words: ReadonlySet<string>, brace: number): Part {
  const equals = items.findIndex(({ text }) => text === '=');
  const head = equals !== -1 ? items.slice(0, equals) : items;
  const functions = equals === -1 ? functionNames(head) : [];
  const names = functions.length > 0 ? functions : declaratorNames(head);
  const has = (word: string): boolean => head.some((item) => item.text === word);
  const defines =
    (brace !== -1 || equals !== -1 || functions.length === 0) && !has('typedef') && !has('extern');
  const everything = (defines && !has('static')) || names.length === 0;
  const read = functions.length > 0 && brace === -1 ? wordsOfPrototype(items) : words;
  return { key, names, everything, rules: [rule(read, names, { everything })] };
}

/**
 * The words of a prototype without those of parameters that are pointers to structs: who calls it passes a pointer
 * that was declared elsewhere, and the struct's layout does not show in the call.
 */
function wordsOfPrototype(items: readonly Item[]): Set<string> {
  const tokens = items.flatMap((item) => {
    if (item.group === undefined) return item.token;
    return split(item.tokens ?? [], ',')
      .filter((parameter) => !isStructPointer(parameter))
      .flat();
  });
  return wordsOf(tokens);
}

function isStructPointer(parameter: readonly Token[]): boolean {
  const text = parameter.map((token) => token.text).join(' ');
  return /^(?:const )?(?:struct|union) \w+ (?:const )?\*(?: \*| \w+)*$/.test(text);
}

/** Each enumerator depends on the ones before it, back to the last that states its value. */
function enumeration(
  key: string,
  tags: readonly string[],
  body: readonly Token[],
  words: ReadonlySet<string>,
  emits: boolean,
): Part[] {
  const parts: Part[] = [];
  let since = '';
  let seen = new Set<string>();
  const values: string[] = [];
  for (const item of split(body, ',')) {
    const name = item.find(({ kind }) => kind === 'word')?.text;
    if (name === undefined) continue;
    const text = item.map((token) => token.text).join(' ');
    if (text.includes('=')) {
      since = '';
      seen = new Set();
      values.push(text);
    }
    since += `${text},`;
    for (const word of wordsOf(item)) seen.add(word);
    const before = new Set([...seen].filter((word) => word !== name));
    parts.push({ key: `enum ${since}`, names: [name], everything: false, rules: [rule(before, [name])] });
  }
  // Values decide on the sign and size of the type.
  const head = `enum ${tags.join(' ')} { ${values.join(' , ')} }`;
  const rules = [
    rule(emits ? words : new Set(values.join(' ').match(WORD) ?? []), tags, { everything: emits }),
  ];
  parts.push({ key: emits ? key : head, names: tags, everything: emits, rules });
  return parts;
}

/** The rules of the members of a struct or union with these names. */
function members(body: readonly Token[], tags: readonly string[], depth = 0): Rule[] {
  const rules: Rule[] = [];
  if (depth > MAX_NESTING) return [rule(wordsOf(body), [...tags, ...wordsOf(body)], { everything: true })];
  for (const member of split(body, ';')) {
    const items = topLevel(member);
    const words = wordsOf(member);
    const brace = items.findIndex((item) => item.group === '{');
    const nested = brace === -1 ? undefined : aggregateAt(items.slice(0, brace));
    if (nested?.kind === 'enum') {
      const names = [...words];
      rules.push(rule(words, [...names, ...tags]));
    } else if (nested !== undefined) {
      rules.push(...members(items[brace]?.tokens ?? [], [...tags, ...nested.tags], depth + 1));
      rules.push(rule(wordsOf(items.slice(brace + 1).flatMap((item) => item.tokens ?? [])), tags));
    } else if (isCall(member)) {
      rules.push(rule(words, [...wordsOf(member.slice(1)), ...tags]));
    } else {
      const functions = functionNames(items);
      const names = functions.length > 0 ? functions : declaratorNames(items);
      rules.push(rule(functions.length > 0 ? wordsOfPrototype(items) : words, names));
      if (functions.length > 0 ? !isFunctionPointer(items) : embeds(items)) rules.push(rule(words, tags));
    }
  }
  return rules;
}

/** Is a member more than pointers, so that its own layout is a part of the struct's? */
function embeds(items: readonly Item[]): boolean {
  if (items.some(({ text, group }) => group !== undefined || text === ':')) return true;
  const pieces: boolean[] = [false];
  for (const { text } of items) {
    if (text === ',') pieces.push(false);
    else if (text === '*') pieces[pieces.length - 1] = true;
  }
  return pieces.includes(false);
}

/** `int (*name)(...)`: nothing but the pointer lies in the struct. */
function isFunctionPointer(items: readonly Item[]): boolean {
  const groups = items.filter(({ group }) => group !== undefined);
  return (
    groups.length === 2 &&
    groups[0]?.tokens?.map(({ text }) => text)[0] === '*' &&
    groups[0].tokens.length === 2
  );
}

/** A token at depth 0, or a group in brackets with its content. */
interface Item {
  readonly text: string;
  readonly token: readonly Token[];
  readonly group?: '(' | '[' | '{';
  readonly tokens?: readonly Token[];
}

function topLevel(tokens: readonly Token[]): Item[] {
  const items: Item[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const { text } = token;
    if (text !== '(' && text !== '[' && text !== '{') {
      items.push({ text, token: [token] });
      continue;
    }
    const end = closing(tokens, at);
    items.push({ text, token: [token], group: text, tokens: tokens.slice(at + 1, end) });
    at = end;
  }
  return items;
}

/** Where the bracket at `start` is closed; the end when it is not. */
function closing(tokens: readonly Token[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at += 1) {
    const text = tokens[at]?.text ?? '';
    if (text === '(' || text === '[' || text === '{') depth += 1;
    else if (text === ')' || text === ']' || text === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return tokens.length;
}

/** Cuts at a mark at depth 0; empty pieces are left out. */
function split(tokens: readonly Token[], mark: string): Token[][] {
  const pieces: Token[][] = [[]];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    if (token.text === mark) pieces.push([]);
    else {
      const end = /^[([{]$/.test(token.text) ? closing(tokens, at) : at;
      pieces.at(-1)?.push(...tokens.slice(at, end + 1));
      at = end;
    }
  }
  return pieces.filter((piece) => piece.length > 0);
}

/** `WORD ( ... )` and no more. */
function isCall(tokens: readonly Token[]): boolean {
  const [first, second] = tokens;
  return first?.kind === 'word' && second?.text === '(' && closing(tokens, 1) === tokens.length - 1;
}

/** Does a brace after these tokens open a function's body (and not a struct, an enum or initial values)? */
function isBody(before: readonly Token[]): boolean {
  const items = topLevel(before);
  return !items.some(({ text }) => text === '=') && aggregateAt(items) === undefined;
}

/** The struct, union or enum whose brace comes after these items. */
function aggregateAt(items: readonly Item[]): { kind: string; tags: string[] } | undefined {
  const tags: string[] = [];
  for (let at = items.length - 1; at >= 0; at -= 1) {
    const item = items[at];
    if (item === undefined) return undefined;
    if (item.text === 'struct' || item.text === 'union' || item.text === 'enum')
      return { kind: item.text, tags };
    if (item.group === '(' && ATTRIBUTES.has(items[at - 1]?.text ?? '')) at -= 1;
    else if (item.token[0]?.kind !== 'word') return undefined;
    else if (!TRAILING.has(item.text)) tags.push(item.text);
  }
  return undefined;
}

function nestedTags(body: readonly Token[]): string[] {
  const tags: string[] = [];
  let words: string[] | undefined;
  for (const { kind, text } of body) {
    if (text === 'struct' || text === 'union' || text === 'enum') words = [];
    else if (kind === 'word') words?.push(text);
    else {
      if (text === '{') tags.push(...(words ?? []));
      words = undefined;
    }
  }
  return tags;
}

/** The names before parentheses, `name(...)`, and those inside, `(*name)(...)`. */
function functionNames(items: readonly Item[]): string[] {
  const names: string[] = [];
  for (const [at, item] of items.entries()) {
    if (item.group !== '(') continue;
    const before = items[at - 1];
    const content = item.tokens ?? [];
    if (content[0]?.text === '*' || content[0]?.text === '^') {
      const name = content.filter(({ kind, text }) => kind === 'word' && !TRAILING.has(text));
      names.push(...name.map(({ text }) => text));
    } else if (
      before?.token[0]?.kind === 'word' &&
      before.group === undefined &&
      !ATTRIBUTES.has(before.text)
    ) {
      names.push(before.text);
      // `static DEFINE_SPINLOCK(name);`
      if (/^[A-Z0-9_]+$/.test(before.text)) names.push(...wordsOf(content));
      // `int (name)(void)`
      if (items[at + 1]?.group === '(') names.push(...wordsOf(content));
    }
  }
  return names;
}

/** The names of variables, members or types: the last word of each declarator. */
function declaratorNames(items: readonly Item[]): string[] {
  const names: string[] = [];
  let piece: string[] = [];
  let ended = false;
  const take = (): void => {
    for (const word of piece.reverse()) {
      if (TRAILING.has(word) || BUILTIN_TYPE.test(word)) continue;
      names.push(word);
      // A word in this form may be an attribute, and the name stands before it.
      if (!/^(?:__\w*|[A-Z0-9_]+)$/.test(word)) break;
    }
    piece = [];
    ended = false;
  };
  for (const [at, item] of items.entries()) {
    if (item.text === ',' || item.text === ';') take();
    else if (item.group === '[' || item.text === ':' || item.text === '=') ended = true;
    else if (!ended && item.group === undefined && item.token[0]?.kind === 'word') {
      if (items[at + 1]?.group !== '(') piece.push(item.text);
    }
  }
  take();
  return names;
}
