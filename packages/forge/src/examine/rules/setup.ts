// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a function sets up in the objects that it makes, the objects that are there already never had.
 *
 * Example. `open` comes to set a flag in each context, and `read` refuses contexts without it. Every file that was
 * opened before the update is refused from then on. No struct changes, so nothing else shows it.
 */
import { finding } from '../../error.ts';
import type { ExamineRule } from '../model.ts';
import { inline, missingIn, type WrittenChange, writtenCalls, writtenChanges } from '../written.ts';

/** Words in the name of what makes an object, or sets one up when it is made. */
const MAKES =
  /^(?:k?v?[mzc]?alloc|kmalloc|kzalloc|kcalloc|kmemdup|create|new|init|setup|open|clone|dup|initialize|register)$/;
/** Words in the name of a function that sets its first argument up. */
const INITIALISES = /^(?:init|setup|INIT)$/;

/** Steps that set a member up and do not say so by name (include/linux/atomic.h, refcount.h, bitops.h, rcupdate.h). */
const SETS = /^(?:atomic(?:64|_long)?_set|refcount_set|(?:__)?set_bit|RCU_INIT_POINTER|rcu_assign_pointer)$/;
/** Functions that are listed; who needs more reads the patch. */
const MAX_LISTED = 4;

/** A member that a function sets or initialises. */
interface Step {
  readonly member: string;
  readonly text: string;
  /** Whether it is a lock, a list, a timer or the like: without this step it must not be used. */
  readonly initialises: boolean;
}

/** Setting up is done once for each object, and the old code has done it for those that are there. */
export const SETUP: ExamineRule = {
  code: 'EXAMINE_SETUP_CHANGED',
  looksFor:
    'In the text of the changed functions: one that makes objects (it allocates, or creates, opens or initialises by its name) and that sets a member to something else than before, or initialises it (`mutex_init`, `INIT_WORK`, `timer_setup` and the like) where it did not or no longer does, while another changed function of the file does something else with a member of that name. Objects that the old code made are there and were set up the old way. A lock, list or timer that is newly initialised is told of even where no other function changes.',
  cannotSee:
    'Makers whose names do not say so. Whether the two members belong to one struct; members that are set through `memcpy`, as a whole struct, or in a function that is called. Users in other files. New members as such: `COMPARE_STRUCT_CHANGED` and `COMPARE_STRUCT_HOLE_USED` tell of them.',
  examine: (context) => {
    const touched = writtenChanges(context).filter(({ post }) => post.length > 0);
    const uses = new Map(touched.map((change) => [change, membersIn(change)]));
    return touched.flatMap((change) => {
      if (change.pre.length === 0 || !makes(change)) return [];
      const [before, after] = [steps(change.pre), steps(change.post)];
      const key = ({ text }: Step): string => text;
      const [come, gone] = [missingIn(after, before, key), missingIn(before, after, key)];
      const members = [...new Set([...come, ...gone].map(({ member }) => member))];
      const words = members.flatMap((member) => {
        const [made, old] = [come, gone].map((list) => list.filter((step) => step.member === member));
        const users = touched.filter(
          (other) => other !== change && other.path === change.path && uses.get(other)?.has(member) === true,
        );
        const isNew = old?.length === 0 && made?.some(({ initialises }) => initialises) === true;
        if (users.length === 0 && !isNew) return [];
        return [
          tell(
            made ?? [],
            old ?? [],
            users.map(({ name }) => name),
          ),
        ];
      });
      if (words.length === 0) return [];
      const place = { file: change.path, symbol: change.name };
      return [
        finding(
          'EXAMINE_SETUP_CHANGED',
          'review',
          place,
          `${words.join('; ')}; objects that are there were set up the old way`,
        ),
      ];
    });
  },
};

function tell(made: readonly Step[], old: readonly Step[], users: readonly string[]): string {
  const list = (of: readonly Step[]): string => of.map(({ text }) => text).join(', ');
  const what =
    made.length === 0
      ? `it sets up no more: ${list(old)}`
      : `it sets up: ${list(made)}${old.length === 0 ? '' : `, instead of ${list(old)}`}`;
  const more = users.length - MAX_LISTED;
  const named = `${users.slice(0, MAX_LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return users.length === 0
    ? what
    : `${what}, and what ${named} ${users.length === 1 ? 'does' : 'do'} with it changes`;
}

function makes({ name, pre }: WrittenChange): boolean {
  const named = (word: string): boolean => word.split('_').some((part) => MAKES.test(part));
  return (
    named(name) || writtenCalls(pre).some((call) => call.name !== name && /alloc|memdup/.test(call.name))
  );
}

function steps(words: readonly string[]): Step[] {
  const found: Step[] = [];
  for (const [at, word] of words.entries()) {
    const isMember = words[at - 1] === '.' || (words[at - 1] === '>' && words[at - 2] === '-');
    if (!isMember) continue;
    // A bitwise assignment has its sign before.
    const sign = words[at + 1] === '|' || words[at + 1] === '&' ? at + 2 : at + 1;
    if (words[sign] !== '=' || words[sign + 1] === '=') continue;
    let end = sign;
    while (end < words.length && words[end] !== ';') end += 1;
    found.push({ member: word, text: inline(words.slice(at, end).join(' ')), initialises: false });
  }
  for (const { name, arguments: given } of writtenCalls(words)) {
    const initialises = name.split('_').some((word) => INITIALISES.test(word)) && !SETS.test(name);
    if (!initialises && !SETS.test(name)) continue;
    // A bit stands before what it is set in.
    const target = given[name.endsWith('set_bit') ? 1 : 0] ?? '';
    const member = /^(?:& )?.*(?:- >|\.) (\w+)(?: \[.*)?$/.exec(target)?.[1];
    if (member === undefined || (initialises && !target.startsWith('& '))) continue;
    found.push({ member, text: inline(`${name}(${given.join(', ')})`), initialises });
  }
  return found;
}

/** The members that the statements mention which a function has only before or only after the patch. */
function membersIn({ pre, post }: WrittenChange): ReadonlySet<string> {
  const statements = (words: readonly string[]): string[] => words.join(' ').split(/(?<=[;{}]) /);
  const [before, after] = [statements(pre), statements(post)];
  const same = (statement: string): string => statement;
  const altered = [...missingIn(after, before, same), ...missingIn(before, after, same)].join(' ');
  return new Set([...altered.matchAll(/(?:- >|\.) (\w+)/g)].map(([, member]) => member ?? ''));
}
