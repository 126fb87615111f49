// SPDX-License-Identifier: GPL-2.0-or-later
import { finding } from '../../error.ts';
import type { ExamineRule } from '../model.ts';
import { reachedFromElsewhere, unchangedCallers } from '../reach.ts';
import { type SourceFunction, sourceNameOf } from '../source.ts';

/** What a caller must look for in what is returned. */
type Convention = 'a negative error' | 'a positive number' | 'NULL' | 'ERR_PTR';

/** A caller that is not compiled again goes on asking the question of the old convention. */
export const RETURNS: ExamineRule = {
  code: 'EXAMINE_RETURN_CHANGED',
  looksFor:
    'Changed functions whose text comes to mention, or no longer mentions, a way to tell an error in what they return: a negative error number, a positive number, NULL, or `ERR_PTR`; or that return true and false, or 0 and 1, in exchanged places; when callers that are not replaced can reach them.',
  cannotSee:
    'What a value is that a function passes on from another one: a negative number that comes through a variable was there before as far as the text tells when any error number is mentioned. Another error number, a positive result that is computed or has a new meaning, a condition that is turned round, errors in structs or through pointers. Whether the callers look.',
  examine: ({ source, comparison, changes }) =>
    comparison.changed.flatMap(({ name, pre }) => {
      const written = sourceNameOf(name);
      const change = changes.find(
        ({ pre: old, post }) => old.functions.has(written) && post.functions.has(written),
      );
      const [old, made] = [change?.pre.functions.get(written), change?.post.functions.get(written)];
      if (change === undefined || old === undefined || made === undefined) return [];
      const [before, after] = [conventions(old), conventions(made)];
      const come = [...after].filter((each) => !before.has(each));
      const gone = [...before].filter((each) => !after.has(each));
      const turned = isTurned(old, made);
      if (come.length + gone.length === 0 && !turned) return [];
      const callers = unchangedCallers(pre, comparison);
      const reach = reachedFromElsewhere(pre, comparison.pre);
      if (callers.length === 0 && reach === undefined) return [];
      const words = [
        ...(come.length === 0 ? [] : [`it can return ${come.join(' and ')}, and did not say so before`]),
        ...(gone.length === 0 ? [] : [`it no longer returns ${gone.join(' and ')}`]),
        ...(turned ? ['it returns its two answers in exchanged places'] : []),
        ...(callers.length === 0
          ? []
          : [`${callers.join(', ')} ${callers.length === 1 ? 'calls' : 'call'} it and stay`]),
        ...(reach === undefined ? [] : [reach]),
      ];
      const place = { file: source, symbol: name };
      return [finding('EXAMINE_RETURN_CHANGED', 'review', place, words.join('; '))];
    }),
};

/** The ways of telling an error that a function's text mentions where it returns, or where it sets what it returns. */
function conventions({ tokens }: SourceFunction): ReadonlySet<Convention> {
  const found = new Set<Convention>();
  const returned = returnedWords(tokens);
  for (const [at, word] of tokens.entries()) {
    if (word === '-' && /^E[A-Z][A-Z0-9]+$/.test(tokens[at + 1] ?? '') && !isCompared(tokens, at)) {
      if (!isWrapped(tokens, at)) found.add('a negative error');
    }
    if (/^ERR_(?:PTR|CAST)$/.test(word) && tokens[at + 1] === '(') found.add('ERR_PTR');
    if (word === 'return' && tokens[at + 2] === ';' && /^[1-9]\d*$/.test(tokens[at + 1] ?? '')) {
      found.add('a positive number');
    }
    if (word === 'NULL' && setsReturned(tokens, at, returned)) found.add('NULL');
  }
  return found;
}

/** Whether the same answers of yes and no stand behind `return`, in another order. */
function isTurned(old: SourceFunction, made: SourceFunction): boolean {
  const [before, after] = [answers(old), answers(made)];
  return before.join() !== after.join() && before.toSorted().join() === after.toSorted().join();
}

function answers({ tokens }: SourceFunction): readonly string[] {
  return tokens.flatMap((word, at) => {
    const answer = tokens[at + 1] ?? '';
    return word === 'return' && tokens[at + 2] === ';' && /^(?:true|false|0|1)$/.test(answer) ? [answer] : [];
  });
}

/** The variables that stand alone behind `return`. */
function returnedWords(tokens: readonly string[]): ReadonlySet<string> {
  const words = new Set<string>();
  for (const [at, word] of tokens.entries()) {
    if (word === 'return' && tokens[at + 2] === ';') words.add(tokens[at + 1] ?? '');
  }
  return words;
}

/** Whether NULL is returned, or put into a variable that is. */
function setsReturned(tokens: readonly string[], at: number, returned: ReadonlySet<string>): boolean {
  const before = tokens[at - 1];
  if (before === 'return') return true;
  return (
    before === '=' && tokens[at - 2] !== '=' && tokens[at - 2] !== '!' && returned.has(tokens[at - 2] ?? '')
  );
}

/** Whether an error number is only looked for: `== -EAGAIN`. */
function isCompared(tokens: readonly string[], at: number): boolean {
  const [two, one] = [tokens[at - 2], tokens[at - 1]];
  return (one === '=' && (two === '=' || two === '!')) || one === '<' || one === '>' || one === 'case';
}

/** Whether an error number stands in ERR_PTR. */
function isWrapped(tokens: readonly string[], at: number): boolean {
  return tokens[at - 1] === '(' && tokens[at - 2] === 'ERR_PTR';
}
