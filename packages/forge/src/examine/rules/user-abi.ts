// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What user space relies on: system calls, ioctl numbers, names in /proc and /sys, parameters of modules, the headers
 * that programs are compiled with, the formats of tracepoints. None of it shows as such in an object: an ioctl number
 * is a constant in a comparison. So the text is read, before and after the patch, as a list of statements that each
 * stand for one thing that programs can name; what is only in one of the lists has changed.
 *
 * Example. `#define FOO_IOC _IOR('f', 1, struct foo)` became `_IOWR(...)`: the old statement is gone, a new one of
 * the same name is there.
 */
import { finding } from '../../error.ts';
import { declarationsIn } from '../../source/declarations.ts';
import type { Token } from '../../source/tokens.ts';
import type { ExamineRule } from '../model.ts';
import { closing, type SourceText } from '../source.ts';

/** Statements that make something for programs, by the word before their parentheses. */
const MAKERS: readonly (readonly [RegExp, string])[] = [
  [/^(?:COMPAT_)?SYSCALL_DEFINE\d$/, 'a system call'],
  [/^_IO(?:C|R|W|WR)?$/, 'an ioctl number'],
  [/^(?:TRACE_EVENT|DECLARE_EVENT_CLASS|DEFINE_EVENT)(?:_\w+)?$/, 'a tracepoint'],
  [/^module_param(?:_\w+)?$|^core_param(?:_\w+)?$/, 'a parameter of a module'],
  [
    /^(?:DEVICE|DRIVER|BUS|CLASS|SENSOR_DEVICE|IIO_DEVICE)_ATTR(?:_\w+)?$|^__ATTR(?:_\w+)?$/,
    'a file in /sys',
  ],
  [/^proc_(?:create|mkdir|symlink)(?:_\w+)?$/, 'a file in /proc'],
  [/^debugfs_create_\w+$/, 'a file in debugfs'],
];
/** Of these the first arguments name the thing; the rest is code. */
const NAMED_ONLY = /^(?:proc_|debugfs_)/;
/** Headers that programs are compiled with. */
const UAPI = /(?:^|\/)uapi\//;

/** Programs are not compiled again with a live update. */
export const USER_ABI: ExamineRule = {
  code: 'EXAMINE_USER_ABI',
  looksFor:
    'What programs can name and the patch adds, removes or changes, by the text of the changed files: heads of system calls, `_IO` numbers, files of `/proc`, `/sys` (attributes, `.procname` of sysctl) and debugfs, parameters of modules, tracepoints with their fields and formats, and every declaration in a header below `uapi/`.',
  cannotSee:
    'Names and numbers that are made by other macros, or put together at run time. What a system call or a file takes and says, as another errno or another line of text. Attributes of netlink and options of sockets outside of `uapi/` headers. Whether a program uses it.',
  examine: ({ changes }) =>
    changes.flatMap(({ path, pre, post }) => {
      const [before, after] = [statements(path, pre), statements(path, post)];
      const gone = [...before].filter(([key]) => !after.has(key));
      const come = [...after].filter(([key]) => !before.has(key));
      const names = [...new Set([...gone, ...come].map(([, { name }]) => name))];
      return names.map((name) => {
        const [old, made] = [gone, come].map(
          (list) => list.find(([, statement]) => statement.name === name)?.[1],
        );
        const what = (made ?? old)?.what ?? '';
        const words = old === undefined ? 'is new' : made === undefined ? 'is gone' : 'changed';
        const text = `${what} ${words}: ${short([old, made].flatMap((one) => one?.text ?? []).join(' became '))}`;
        return finding('EXAMINE_USER_ABI', 'review', { file: path, symbol: name }, text);
      });
    }),
};

interface Statement {
  readonly what: string;
  readonly name: string;
  readonly text: string;
}

/** Each thing that programs can name, by its text. */
function statements(path: string, source: SourceText): Map<string, Statement> {
  const found = new Map<string, Statement>();
  const add = (what: string, name: string, text: string): void => {
    found.set(`${what} ${text}`, { what, name, text });
  };
  const { text: whole, tokens } = source;
  if (UAPI.test(path)) {
    for (const { key, names } of declarationsIn(whole))
      add('a declaration for programs', names[0] ?? '', key);
    return found;
  }
  for (const [at, token] of tokens.entries()) {
    if (token.text === 'procname' && tokens[at - 1]?.text === '.' && tokens[at + 1]?.text === '=') {
      const name = tokens[at + 2]?.text ?? '';
      add('a sysctl', name, `.procname = ${name}`);
    }
    const maker =
      tokens[at + 1]?.text === '(' ? MAKERS.find(([pattern]) => pattern.test(token.text)) : undefined;
    if (maker === undefined) continue;
    const isDefined = token.directive !== 0;
    const definition = isDefined ? definedName(tokens, at) : undefined;
    // Inside of the kernel's own definitions of these macros there is nothing to name.
    if (isDefined && (definition === undefined || definition === token.text)) continue;
    const all = tokens.slice(at, closing(tokens, at + 1) + 1).map(({ text }) => text);
    const words = NAMED_ONLY.test(token.text) ? all.filter((word) => word.startsWith('"')) : all;
    if (words.length === 0) continue;
    add(
      maker[1],
      definition ?? words.find((word) => /^["\w]/.test(word) && word !== token.text) ?? '',
      words.join(' '),
    );
  }
  return found;
}

/** The macro that a line of the preprocessor defines; undefined when it does not, or when it has parameters. */
function definedName(tokens: readonly Token[], at: number): string | undefined {
  const line = tokens[at]?.directive;
  let first = at;
  while (tokens[first - 1]?.directive === line) first -= 1;
  return tokens[first + 1]?.text === 'define' ? tokens[first + 2]?.text : undefined;
}

/** Enough of a statement to know it by. */
const MAX_TEXT = 300;

function short(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)} ...` : text;
}
